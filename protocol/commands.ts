/**
 * What may be asked of a lock over MQTT, and what it answers. Nothing in here opens a door: `lock`
 * is always safe, `nonce` and `ping` move nothing, and `unlock` carries a presentation that the lock
 * judges like any other. `set` is one of the two, and names it.
 *
 * `cid` and `exp` stand in the body, because a body is what every version of MQTT delivers alike. Fields that are not
 * known are ignored: an asker may be of a later version than the lock.
 */
import * as z from 'zod';
import { CONTROLS_AT_ONCE_MAX, NONCE_BYTES, TEXT_CHARS_MAX } from './limits.ts';

/** `cid` is the asker's own word for this command, and comes back with the answer; `exp` is NumericDate (RFC 8392 §2). */
const asked = { cid: z.string().regex(/^[A-Za-z0-9_-]{1,36}$/), exp: z.int().nonnegative() };

/** The least that can be answered. Without a `cid` nobody would know what the answer is to. */
export const ASKED = z.object({ cid: asked.cid });

const text = z.string().max(TEXT_CHARS_MAX);

export const COMMAND_BODIES = {
  lock: z.object(asked),
  unlock: z.object({ ...asked, presentation: text }),
  nonce: z.object(asked),
  ping: z.object(asked),
  /**
   * `lock` or `unlock` by one topic, for a controller that has only one to publish to, as Home Assistant's lock has.
   * It says which of them: no command means "the other one".
   */
  set: z.discriminatedUnion('action', [
    z.object({ ...asked, action: z.literal('lock') }),
    z.object({ ...asked, action: z.literal('unlock'), presentation: text }),
  ]),
} as const;
export type Command = keyof typeof COMMAND_BODIES;
export const COMMANDS = Object.keys(COMMAND_BODIES) as readonly Command[];

/** What is published on `control`, perhaps retained: the owner's statements that the lock has not acknowledged yet, in order. */
export const CONTROL_DOCUMENT = z.array(text).max(CONTROLS_AT_ONCE_MAX);

/** The one answer to each command. Why an unlock was refused is for the owner: it stands in `event/access`. */
export const RESULT = z.union([
  z.strictObject({
    cid: asked.cid,
    ok: z.literal(true),
    /** In the answer to `nonce`: hexadecimal, good for at least 30 s on this channel. */
    nonce: z
      .string()
      .length(2 * NONCE_BYTES)
      .optional(),
  }),
  z.strictObject({ cid: asked.cid, ok: z.literal(false), answer: z.enum(['denied', 'try_again']) }),
]);
export type ResultDocument = z.infer<typeof RESULT>;
