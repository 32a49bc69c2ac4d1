/** messages.json: what a lock publishes, where, and what it never does. */
import { toHex } from '../../../protocol/index.ts';
import { AUDIENCE, keys } from '../../support/people.ts';

export interface MessageVector {
  readonly name: string;
  readonly section: string;
  /** The lock's own. */
  readonly audience: string;
  readonly topic: string;
  readonly retained: boolean;
  readonly payload: string;
  /** Whether a lock of this version publishes that. */
  readonly expect: 'accept' | 'refuse';
}

const BASE = 'latchstring/v1/front-door';
const ATT = 'hEOhATgSoFgi';
const STAMP = { id: 'mbf6a0v4-7', seq: 7, boot: 2, ts: '2026-06-01T10:00:00.000Z' };
const TOKEN = `${'0'.repeat(31)}1`;

const STATE = {
  v: 1,
  seq: 7,
  boot: 2,
  ts: '2026-06-01T10:00:00.000Z',
  lock: 'locked',
  door: 'closed',
  bolt: 'thrown',
  mode: 'normal',
  paused: false,
  epoch: 1,
  control_counter: 0,
  visit: 'idle',
  changed_by: 'auto',
  problem: false,
  alarms: [],
  att: ATT,
};

const INFO = {
  v: 1,
  lock_id: 'front-door',
  audience: AUDIENCE,
  lock_key: toHex(keys.lock),
  profile: 'door',
  firmware: '0.1.0',
  boot: 2,
};

const REFUSED = {
  event_type: 'refused',
  channel: 'reader',
  refusal: 'expired',
  operation_error: 3,
  detail: 'the token ended 5 s ago',
  repeats: 0,
};

const event = (body: object): object => ({ ...STAMP, ...body, att: ATT });

interface Place {
  readonly retained?: boolean;
  readonly base?: string;
}

function made(expect: 'accept' | 'refuse') {
  return (section: string, name: string, topic: string, payload: unknown, place: Place = {}): MessageVector => ({
    name,
    section,
    audience: AUDIENCE,
    topic: `${place.base ?? BASE}/${topic}`,
    retained: place.retained ?? false,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    expect,
  });
}

const yes = made('accept');
const no = made('refuse');
const KEPT = { retained: true };

export function messageVectors(): readonly MessageVector[] {
  return [...places(), ...fields()];
}

function places(): readonly MessageVector[] {
  const ring = event({ event_type: 'ring' });
  return [
    yes('R-150', 'it is there', 'availability', 'online', KEPT),
    yes('R-150', 'it is gone', 'availability', 'offline', KEPT),
    yes('R-150', 'what it is', 'info', INFO, KEPT),
    yes('R-150', 'how it stands', 'state', STATE, KEPT),
    yes('R-150', 'an event', 'event/doorbell', ring),
    no('R-150', 'an event that is retained', 'event/doorbell', ring, KEPT),
    no('R-150', 'a state that is not', 'state', STATE),
    no('R-150', 'an availability that is not', 'availability', 'online'),
    no('R-150', 'another topic', 'secret', STATE, KEPT),
    no('R-150', 'an event of a kind that there is not', 'event/visitor', ring),
    no('R-150', 'below the id of another lock', 'event/doorbell', ring, { base: 'latchstring/v1/back-door' }),
    no('R-150', 'below another version', 'event/doorbell', ring, { base: 'latchstring/v2/front-door' }),
    no('R-150', 'an availability in JSON', 'availability', '"online"', KEPT),
    no('R-150', 'a state that is no JSON', 'state', 'locked', KEPT),
    yes('R-153', 'an answer', 'result', { cid: 'a', ok: true }),
    no('R-153', 'an answer that is retained', 'result', { cid: 'a', ok: true }, KEPT),
    no('R-153', 'a command, which is for others to give', 'cmd/unlock', { cid: 'a', exp: 1_780_308_060 }),
  ];
}

function fields(): readonly MessageVector[] {
  const { seq: _seq, ...unnumbered } = STAMP;
  const access = (body: object): readonly [string, object] => ['event/access', event(body)];
  return [
    yes('R-151', 'who was let in', ...access({ event_type: 'granted', channel: 'reader', token_id: TOKEN })),
    yes('R-151', 'who was not', ...access(REFUSED)),
    yes('R-151', 'the same, and which token', ...access({ ...REFUSED, token_id: TOKEN })),
    yes('R-151', 'late', ...access({ ...REFUSED, late: true })),
    yes(
      'R-151',
      'how a visit ended',
      'event/visit',
      event({ event_type: 'ended', outcome: 'sealed', token_id: TOKEN }),
    ),
    yes('R-151', 'the door', 'event/door', event({ event_type: 'opened' })),
    yes('R-151', 'the bolt', 'event/lock', event({ event_type: 'locked', changed_by: 'auto' })),
    yes('R-151', 'an alarm', 'event/alarm', event({ event_type: 'raised', alarm: 'DoorAjar' })),
    yes(
      'R-151',
      'an answer to the owner',
      'event/system',
      event({ event_type: 'control', op: 'pause', result: 'applied', counter: 1, expected: 2 }),
    ),
    no('R-151', 'an event without its number', 'event/door', { ...unnumbered, event_type: 'opened', att: ATT }),
    no('R-151', 'an event without a report', 'event/door', { ...STAMP, event_type: 'opened' }),
    no('R-151', 'an event_type of another topic', 'event/door', event({ event_type: 'ring' })),
    no('R-151', 'a refusal that there is not', ...access({ ...REFUSED, refusal: 'no' })),
    no('R-151', "a number that is none of Matter's", ...access({ ...REFUSED, operation_error: 5 })),
    no('R-151', 'a refusal without a channel', ...access({ ...REFUSED, channel: undefined })),
    no('R-151', 'not late', ...access({ ...REFUSED, late: false })),
    no('R-151', 'a number as a text', 'event/door', { ...event({ event_type: 'opened' }), seq: '7' }),
    no('R-151', 'a moment that is none', 'event/door', { ...event({ event_type: 'opened' }), ts: 'noon' }),
    no('R-151', 'an alarm in a state that there is not', 'state', { ...STATE, alarms: ['Fire'] }, KEPT),
    no('R-151', 'a state without a bolt', 'state', { ...STATE, bolt: undefined }, KEPT),
    no('R-151', 'an info with half a key', 'info', { ...INFO, lock_key: INFO.lock_key.slice(32) }, KEPT),
    // No field is there for them.
    no('R-152', 'a name', ...access({ event_type: 'granted', channel: 'reader', token_id: TOKEN, name: 'Anna' })),
    no('R-152', 'a token', ...access({ ...REFUSED, text: 'LS1:RRQFBBTMF' })),
    no('R-152', 'a secret key', 'info', { ...INFO, lock_seed: toHex(keys.stranger) }, KEPT),
  ];
}
