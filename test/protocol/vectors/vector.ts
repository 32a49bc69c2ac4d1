/** One vector: a text, a lock to which it is shown, and what that lock has to say. */
import { type Channel, encodeBase45, type OperatingMode, type Refusal, toHex } from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import { type ChainRequest, chain } from './raw.ts';

export interface Vector {
  readonly name: string;
  /** The rule of SPEC.md that it tests. */
  readonly section: string;
  readonly text: string;
  /** The owner's public key in hexadecimal. */
  readonly root: string;
  readonly audience: string;
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  readonly clock: 'trusted' | 'untrusted';
  readonly epoch: number;
  readonly timezone: string;
  /** A nonce that the lock gave on this channel, and that is good, in hexadecimal. */
  readonly nonce: string | null;
  /** Delegations that the lock remembers, in hexadecimal. */
  readonly remembered: readonly string[];
  /** Replay keys that the lock remembers. */
  readonly spent: readonly string[];
  /** Uses that it remembers: local day, id of the delegation in hexadecimal, how many. */
  readonly uses: readonly (readonly [day: string, delegation: string, count: number])[];
  /** Ids of denied tokens (32 hexadecimal digits), and kids of denied keys (16). */
  readonly denied: readonly string[];
  readonly channel: Channel;
  readonly paused: boolean;
  readonly mode: OperatingMode;
  readonly expect: 'accept' | 'refuse';
  readonly refusal: Refusal | null;
}

export type LockChange = Partial<Omit<Vector, 'name' | 'section' | 'text' | 'expect' | 'refusal'>>;

export const PEOPLE = { root: seeds.owner, carrier: seeds.carrier, courier: seeds.courier } as const;

/** A vector's text, before a lock of our own unless something is changed about it. */
export function vector(
  section: string,
  name: string,
  text: string,
  refusal: Refusal | null,
  lock: LockChange = {},
): Vector {
  return {
    name,
    section,
    text,
    root: toHex(keys.owner),
    audience: AUDIENCE,
    now: NOON_S,
    clock: 'trusted',
    epoch: 1,
    timezone: 'UTC',
    nonce: null,
    remembered: [],
    spent: [],
    uses: [],
    denied: [],
    channel: 'reader',
    paused: false,
    mode: 'normal',
    ...lock,
    expect: refusal === null ? 'accept' : 'refuse',
    refusal,
  };
}

export type ChainChange = Partial<ChainRequest>;

export const chainOf = (change: ChainChange = {}) =>
  chain({ seeds: PEOPLE, audience: AUDIENCE, atS: NOON_S, ...change });

export const textOfBytes = (bytes: Uint8Array): string => `LS1:${encodeBase45(bytes)}`;

/** Text of a whole chain. */
export const textOf = (change: ChainChange = {}): string => textOfBytes(chainOf(change).presentation);
