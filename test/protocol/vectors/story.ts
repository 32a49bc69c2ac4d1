/** A story: a lock as it stands, what happens to it at which moments, and what it has to say and do each time. */
import { concat } from '../../../protocol/bytes.ts';
import {
  type Channel,
  type ControlOp,
  type ControlResult,
  publicKeyOf,
  type Refusal,
  rotateRoot,
  toHex,
  type VisitOutcome,
} from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import { array, bstr, type ChainRequest, type ControlFields, controlMessage, type Fields, int } from './raw.ts';
import { textOf, textOfBytes } from './vector.ts';

/** The lock when the story begins: at rest, its door closed, its bolt thrown, its clock trusted. */
export interface StoryLock {
  readonly root: string;
  readonly recovery: string;
  readonly audience: string;
  readonly epoch: number;
  readonly timezone: string;
  /** Counter of the last control that was applied. */
  readonly counter: number;
  /** Moment of `at` 0. */
  readonly now: number;
  /** What it draws at random, one for each nonce that it makes, in hexadecimal. */
  readonly nonces: readonly string[];
  /** Delegations that it remembers, in hexadecimal; first the one remembered longest. */
  readonly remembered: readonly string[];
  /** So many tokens it has used, on this local day, all of which have this exp. */
  readonly used: { readonly count: number; readonly expires: number; readonly day: string };
  /** `lockdown`: its journal is damaged. */
  readonly disk: 'ok' | 'lockdown';
  /** `full`: events wait to be reported, so many that those of one more visit could not be kept. */
  readonly log: 'room' | 'full';
  /** Whether it reports to anybody. */
  readonly reports: boolean;
  /** What the product asks for besides. */
  readonly asks: readonly Asked[];
}

export type Asked = 'battery' | 'ignition' | 'mount' | 'ring';

/** What is seen from then on. `rung` and `pressed`, by somebody inside, are once. */
export type Sight =
  | { readonly board: 'there' | 'away' }
  | { readonly bolt: 'thrown' | 'withdrawn' | 'between' | 'jammed' | 'unknown' }
  | { readonly door: 'closed' | 'open' }
  | { readonly battery: 'ok' | 'low' }
  | { readonly ignition: 'off' | 'on' }
  | { readonly mount: 'holds' | 'removed' }
  | { readonly bell: 'rung' }
  | { readonly button: 'pressed' };

/** One thing that happens. */
export type Happening =
  | { readonly does: 'show'; readonly channel: Channel; readonly text: string }
  | {
      readonly does: 'publish';
      /** Behind the lock's base. */
      readonly topic: string;
      readonly retained: boolean;
      readonly payload: string;
      /** Blanks follow until it is so many bytes long. */
      readonly bytes?: number;
      /** So often, with the number of each, from 0, in the place of each `#`. */
      readonly times?: number;
    }
  | { readonly does: 'see'; readonly sight: Sight }
  | { readonly does: 'clock'; readonly clock: 'trusted' | 'untrusted' }
  /** `waits`: it answers nothing until it is `ok`. `fails`: every write does. */
  | { readonly does: 'disk'; readonly disk: 'ok' | 'waits' | 'fails' }
  /** The power goes, and comes again at once; the disk is `ok` then. */
  | { readonly does: 'power'; readonly journal?: 'gone' };

/** The answer to a command. */
export type Reply =
  | { readonly cid: string; readonly ok: true; readonly nonce?: string }
  | { readonly cid: string; readonly ok: false; readonly answer: 'denied' | 'try_again' };

/** What the lock says and does from then on until the next thing happens. What is not there does not come. */
export interface Comes {
  /** To a text that is shown, at once. */
  readonly answer?: 'accepted' | 'heard' | 'denied' | 'try_again';
  /** Every text that was judged and refused, with Matter's number. */
  readonly refused?: readonly (readonly [refusal: Refusal, matter: number])[];
  /** The token that each event about these names, null where it names none. Absent: not asked. */
  readonly names?: readonly (string | null)[];
  readonly controls?: readonly ControlAnswer[];
  /** Answers to controls that may come, or not. */
  readonly maybe?: readonly ControlAnswer[];
  /** Answers to commands; a number: so many, each of them ok. */
  readonly replies?: readonly Reply[] | number;
  readonly moves?: readonly ('withdraw' | 'throw')[];
  /** How visits ended. */
  readonly outcomes?: readonly VisitOutcome[];
}

/** Without the last where it depends on when each of several became durable: the next one that is expected then. */
export type ControlAnswer = readonly [op: ControlOp, result: ControlResult, counter: number, expected?: number];

export type Step = { readonly at: number } & Happening & { readonly comes: Comes };

export interface Story extends StoryLock {
  readonly name: string;
  /** The rules of SPEC.md that it tests. */
  readonly sections: readonly string[];
  readonly steps: readonly Step[];
}

export const NOTHING_USED = { count: 0, expires: 0, day: '2026-06-01' } as const;

export function story(
  sections: string,
  name: string,
  steps: readonly (Step | readonly Step[])[],
  lock: Partial<StoryLock> = {},
): Story {
  return {
    name,
    sections: sections.split(' '),
    root: toHex(keys.owner),
    recovery: toHex(publicKeyOf(seeds.recovery)),
    audience: AUDIENCE,
    epoch: 1,
    timezone: 'UTC',
    counter: 0,
    now: NOON_S,
    nonces: [],
    remembered: [],
    used: NOTHING_USED,
    disk: 'ok',
    log: 'room',
    reports: true,
    asks: [],
    ...lock,
    steps: steps.flat(),
  };
}

// What happens.

export const shown = (at: number, text: string, comes: Comes, channel: Channel = 'reader'): Step => ({
  at,
  does: 'show',
  channel,
  text,
  comes,
});

export const seen = (at: number, sight: Sight, comes: Comes = {}): Step => ({ at, does: 'see', sight, comes });
export const disk = (at: number, is: 'ok' | 'waits' | 'fails', comes: Comes = {}): Step => ({
  at,
  does: 'disk',
  disk: is,
  comes,
});
export const clock = (at: number, is: 'trusted' | 'untrusted'): Step => ({ at, does: 'clock', clock: is, comes: {} });
export const power = (at: number, comes: Comes = {}): Step => ({ at, does: 'power', comes });

export const published = (
  at: number,
  topic: string,
  payload: unknown,
  comes: Comes,
  more: { readonly retained?: boolean; readonly bytes?: number; readonly times?: number } = {},
): Step => ({
  at,
  does: 'publish',
  topic,
  retained: false,
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  ...more,
  comes,
});

/** A command that is good for a minute. */
export const asked = (at: number, command: string, cid: string, comes: Comes, more: object = {}): Step =>
  published(at, `cmd/${command}`, { cid, exp: Math.floor(NOON_S + at) + 60, ...more }, comes);

export const nonceAsked = (at: number, cid: string, nonce: string): Step =>
  asked(at, 'nonce', cid, { replies: [{ cid, ok: true, nonce }] });

// What comes of it.

export const ACCEPTED: Comes = { answer: 'accepted', moves: ['withdraw'] };
/** The disk has not answered: nothing moves yet. */
export const RESERVED: Comes = { answer: 'accepted' };
export const HEARD: Comes = { answer: 'heard' };

/** What the bearer is told of each refusal, and Matter's number: written down here, so that no table of ours is asked. */
const TOLD = {
  1: 'malformed unsupported_version unknown_issuer bad_signature wrong_lock chain_invalid holder_proof_failed',
  2: 'already_used revoked issuer_revoked epoch_stale owner_veto',
  3: 'not_yet_valid expired clock_untrusted outside_hours uses_exhausted wrong_action privacy_mode ring_first',
  4: 'battery_low',
  0: 'throttled locked_out ledger_unavailable log_full lockdown actuator_busy board_lost jammed door_open ignition_on mount_removed',
} as const;
const TRY_AGAIN =
  'holder_proof_failed clock_untrusted ring_first throttled locked_out actuator_busy board_lost door_open ignition_on';

export function numbered(refusal: Refusal): readonly [Refusal, number] {
  const row = Object.entries(TOLD).find(([, names]) => names.split(' ').includes(refusal));
  if (row === undefined) throw new Error(`no such refusal: ${refusal}`);
  return [refusal, Number(row[0])];
}

export const bearerOf = (refusal: Refusal): 'denied' | 'try_again' =>
  TRY_AGAIN.split(' ').includes(refusal) ? 'try_again' : 'denied';

export const refused = (refusal: Refusal, more: Comes = {}): Comes => ({
  answer: bearerOf(refusal),
  refused: [numbered(refusal)],
  ...more,
});

/** From the bolt seen withdrawn to the bolt seen thrown, behind a token that was accepted at this moment: two seconds. */
export const visit = (accepted: number, granted: Comes = {}): readonly Step[] => [
  seen(later(accepted, 0.5), { bolt: 'withdrawn' }, granted),
  seen(later(accepted, 1), { door: 'open' }),
  seen(later(accepted, 1.5), { door: 'closed' }, { moves: ['throw'] }),
  seen(later(accepted, 2), { bolt: 'thrown' }, { outcomes: ['sealed'] }),
];

/** In whole milliseconds: 0.1 + 0.2 is 0.3. */
export const later = (at: number, seconds: number): number => Math.round((at + seconds) * 1000) / 1000;

// Texts.

type Change = Partial<ChainRequest>;

const claimed = (change: Change, claims: Fields): Change => ({ ...change, p: { ...change.p, claims } });

/** The code of a courier's token that is drawn at this moment of the story. */
export const drawn = (id: number, at: number, change: Change = {}): string =>
  textOf(claimed({ id, ...change }, { 6: int(Math.floor(NOON_S + at)) }));

/** The code of a token that answers a nonce. */
export const answering = (id: number, nonce: string, change: Change = {}): string =>
  textOf(claimed({ id, ...change }, { 6: undefined, 10: bstr(Buffer.from(nonce, 'hex')) }));

/** What is no text of ours, as on the label of a parcel; each of them another one. */
export const label = (number: number): string => `PARCEL ${number}`;

/** As SPEC says, and not as the code does that is tested by it. */
const OPS = {
  'raise-epoch': 1,
  'deny-token': 2,
  'deny-key': 3,
  pause: 4,
  resume: 5,
  'set-mode': 6,
  'set-time': 7,
  'rotate-root': 8,
  're-seal': 9,
} as const satisfies Record<ControlOp, number>;

/** The text of a control. */
export function said(op: ControlOp, counter: number, fields: Partial<ControlFields> = {}): string {
  const seed = op === 'rotate-root' ? seeds.recovery : seeds.owner;
  return textOfBytes(controlMessage({ seed, audience: AUDIENCE, atS: NOON_S, op: OPS[op], counter, ...fields }));
}

/** The stranger becomes the root. */
export function rotation(counter: number, nonce: Uint8Array): string {
  const statement = rotateRoot(AUDIENCE, counter, seeds.stranger);
  if (statement.op !== 'rotate-root') throw new Error('no rotation');
  return said('rotate-root', counter, { argument: array(bstr(statement.root), bstr(statement.proof)), nonce });
}

/** The control is applied, and the next one is expected. */
export const applied = (op: ControlOp, counter: number): Comes => ({
  controls: [[op, 'applied', counter, counter + 1]],
});

export const nonceOf = (byte: number): string => toHex(new Uint8Array(16).fill(byte));
export const idBytes = (number: number, bytes: number): Uint8Array =>
  concat(new Uint8Array(bytes - 4), Uint8Array.of(number >> 24, number >> 16, number >> 8, number));
