/**
 * A house for other people's tests: the lock's own firmware with everything around it, in your test's
 * process, in some fifty milliseconds.
 *
 *     const h = await house();
 *     const token = h.issue();                           // or your backend's, see `carrier`
 *     await h.present(token);                            // { result: 'granted', … }
 *     await h.until({ bolt: 'withdrawn' });
 *     await h.push();
 *     await h.close();
 *     await h.until({ bolt: 'thrown', openings: 1 });
 *     await h.stop();
 *
 * It is the house of `latchstring sim` (real johnny-five bytes to a virtual board, a real MQTT broker on
 * loopback, real time), with a disk in memory. Your backend listens at `brokerUrl` as it would at a real
 * broker. Any number of houses stand side by side in one process.
 */

import { PROFILE, PROFILES, type Profile, type ProfileName, whyUnsafe } from '../../firmware/lock/profiles/index.ts';
import { DELEGATION_PREFIX, toArmour } from '../../firmware/tools/armour.ts';
import { failure, usage } from '../../firmware/tools/failure.ts';
import { parseHours } from '../../firmware/tools/hours.ts';
import { parseLength } from '../../firmware/tools/times.ts';
import {
  ACTION,
  ACTIONS,
  type Action,
  type Limits,
  LOCK_ID,
  publicKeyOf,
  type Topics,
  toHex,
} from '../../protocol/index.ts';
import { type House, type HouseOptions, startHouse } from '../house.ts';
import { seesTheDoor } from './cuts.ts';
import { type Hands, handsOf } from './hands.ts';
import { checkKeys, houseError, inShort, inWords, settledInWords } from './house-error.ts';
import { publicKeyFrom, seedFrom } from './tokens.ts';

export interface TestHouseOptions {
  /** Public key of your own carrier: 32 bytes, 64 hexadecimal digits, or the line of a `.pub` file. Your backend signs the tokens, and `issue` throws. */
  readonly carrier?: Uint8Array | string;
  /** Secret key (seed) of your own carrier, in the same forms: `issue` signs with it. Never one that opens a real door. */
  readonly carrierKey?: Uint8Array | string;
  /** What the owner grants the carrier, where it is to be another than usual. */
  readonly grant?: TestGrant;
  /** `door`, unless said otherwise. */
  readonly profile?: ProfileName;
  /** What the owner wants otherwise: waits in milliseconds (`stayMsMax: 300` raises VisitOverstay soon), `ringFirst`, … */
  readonly policy?: Partial<Omit<Profile, 'name' | 'drive' | 'contacts' | 'action' | 'unit'>>;
  /** Time that the bolt takes from one end to the other: 100 ms, unless said otherwise. */
  readonly travelMs?: number;
  /** Port of the broker on loopback; any that is free, unless said otherwise. */
  readonly port?: number;
  /** In the topics: 3 to 36 of a-z, 0-9 and `-`; `front-door`, unless said otherwise. */
  readonly lockId?: string;
}

/** As the options of `latchstring grant`. */
export interface TestGrant {
  /** Tokens a day, in the lock's time zone, which is this machine's: 1000. */
  readonly uses?: number;
  /** Longest token: `24h`. */
  readonly window?: string;
  /** Hours of the week, `mon-sat 08:00-20:00`: any. */
  readonly hours?: string;
  /** All of `unlock`, `unlatch`, `release`. */
  readonly actions?: readonly Action[];
  /** 1: that of a new lock. */
  readonly epoch?: number;
}

/** Public keys, 64 hexadecimal digits each, and what a carrier needs beside its own key. */
export interface HouseKeys {
  readonly owner: string;
  readonly recovery: string;
  readonly carrier: string;
  /** Of the courier's phone: what a token is `for`. */
  readonly courier: string;
  /** The lock's own. */
  readonly lock: string;
  /** The owner's delegation to the carrier, `LSD1:` and base64url, as `latchstring grant` writes it. */
  readonly delegation: string;
}

export interface TestHouse extends Hands {
  /** `mqtt://127.0.0.1:PORT`; speaks MQTT 3.1.1, asks for no password. */
  readonly brokerUrl: string;
  /** The lock's audience, for which tokens are made: its id, and this enrolment. */
  readonly audience: string;
  /** Where the lock publishes and listens. */
  readonly topics: Topics;
  /** Made when it is asked for the first time, which takes some milliseconds. */
  readonly keys: HouseKeys;
  /** Ends everything; no port, no file and no timer is left. More than once does no harm. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const TRAVEL_MS = 100;
const LOCKED_MS_MAX = 10_000;
const OPTIONS = ['carrier', 'carrierKey', 'grant', 'profile', 'policy', 'travelMs', 'port', 'lockId'] as const;
const GRANT_OPTIONS = ['uses', 'window', 'hours', 'actions', 'epoch'] as const;

/**
 * Settles when the lock is locked and sees its door: what happens from now on is news to it. Rejects with a
 * `HouseError` that says what to do: an option that is none (`usage`), a port that is taken (`io`).
 */
export async function house(options: TestHouseOptions = {}): Promise<TestHouse> {
  const built = await settledInWords(startHouse(checkedOptions(options)));
  const { waiting, letGo, ...hands } = handsOf(built);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    letGo();
    stopping ??= built.stop();
    return stopping;
  };
  if (!(await waiting.soon(() => built.lock.state().bolt.row === 'locked' && seesTheDoor(built), LOCKED_MS_MAX))) {
    await stop();
    throw houseError(
      failure('io', `the lock is not locked after ${LOCKED_MS_MAX} ms`, 'try on a machine that does less'),
    );
  }
  const { issue } = hands;
  return {
    ...hands,
    brokerUrl: built.broker.url,
    audience: built.identity.audience,
    topics: built.topics,
    get keys() {
      return keysOf(built);
    },
    issue(request) {
      if (options.carrier === undefined || options.carrierKey !== undefined) return issue(request);
      throw houseError(
        usage(
          "the house has only your carrier's public key, and cannot sign",
          'let your backend issue, or give carrierKey',
        ),
      );
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export function keysOf({ people, identity }: House): HouseKeys {
  const { owner, recovery, carrier, courier } = people.keys;
  return {
    owner: toHex(owner),
    recovery: toHex(recovery),
    carrier: toHex(carrier),
    courier: toHex(courier),
    lock: toHex(publicKeyOf(identity.lockSeed)),
    delegation: toArmour(DELEGATION_PREFIX, people.delegation),
  };
}

function checkedOptions(given: TestHouseOptions): HouseOptions {
  const { carrier, carrierKey, grant, profile, policy, travelMs, port, lockId } = checkKeys('house', given, OPTIONS);
  if (carrier !== undefined && carrierKey !== undefined) {
    throw houseError(
      usage('carrier and carrierKey say the same twice', 'give one: the secret key has its public half'),
    );
  }
  const name = lockId === undefined ? undefined : String(lockId);
  if (name !== undefined && !LOCK_ID.test(name)) {
    throw houseError(usage(`lockId ${inShort(lockId)} is no lock's id`, 'give 3 to 36 of a-z, 0-9 and -'));
  }
  return {
    inMemory: true,
    seeds: carrierKey === undefined ? {} : { carrier: seedFrom(carrierKey, 'carrierKey') },
    grant: {
      limits: limitsOf(checkKeys('grant', grant === undefined ? {} : grant, GRANT_OPTIONS)),
      ...(carrier === undefined ? {} : { carrier: publicKeyFrom(carrier, 'carrier') }),
    },
    profile: profileOf(profile ?? 'door', policy === undefined ? {} : policy),
    travelMs: travelMs === undefined ? TRAVEL_MS : whole('travelMs', travelMs, 1, 60_000),
    port: port === undefined ? 0 : whole('port', port, 0, 65_535),
    ...(name === undefined ? {} : { lockId: name }),
  };
}

function profileOf(given: unknown, policy: unknown): Profile {
  const known = Object.values(PROFILES).find(({ name }) => name === given);
  if (known === undefined) {
    throw houseError(usage(`there is no profile ${inShort(given)}`, `choose from ${Object.keys(PROFILES).join(', ')}`));
  }
  const fixed = ['name', 'drive', 'contacts', 'action', 'unit'];
  const open = Object.keys(PROFILE.unwrap().shape).filter((key) => !fixed.includes(key));
  const parsed = PROFILE.safeParse({ ...known, ...checkKeys('policy', policy, open) });
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw houseError(
      usage(`policy ${first?.path.join('.')}: ${first?.message}`, 'give what firmware/lock/TABLE.md lists'),
    );
  }
  // The clock of a simulated house counts as an RTC.
  const unsafe = whyUnsafe(parsed.data, { clockTrust: ['rtc'] });
  if (unsafe !== undefined) throw houseError(usage(unsafe.why, unsafe.next));
  return parsed.data;
}

function limitsOf({ uses, window, hours, actions, epoch }: Readonly<Record<string, unknown>>): Partial<Limits> {
  return {
    ...(uses === undefined ? {} : { usesPerDay: whole('grant.uses', uses, 1, 4096) }),
    ...(window === undefined ? {} : { windowS: inWords(() => parseLength(String(window), 'grant.window')) }),
    ...(hours === undefined ? {} : { hours: inWords(() => parseHours(String(hours))) }),
    ...(actions === undefined ? {} : { actions: bitsOf(actions) }),
    ...(epoch === undefined ? {} : { epoch: whole('grant.epoch', epoch, 1, Number.MAX_SAFE_INTEGER) }),
  };
}

function bitsOf(given: unknown): number {
  const names = Array.isArray(given) ? given : [];
  const known = ACTIONS.filter((action) => names.includes(action));
  if (known.length > 0 && known.length === names.length)
    return known.reduce((bits, action) => bits | ACTION[action], 0);
  throw houseError(usage(`grant.actions ${inShort(given)} are none`, `give a list of ${ACTIONS.join(', ')}`));
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw houseError(usage(`${name} ${inShort(value)} is not possible`, `give a whole number from ${least} to ${most}`));
}
