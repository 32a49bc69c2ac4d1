/** One vector: a text, a lock to which it is shown, and what that lock has to say. */
import { encodeBase45, type Refusal, toHex } from '../../../protocol/index.ts';
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
  /** A nonce that the lock has given out; always null in this version. */
  readonly nonce: string | null;
  /** Replay keys that the lock remembers. */
  readonly spent: readonly string[];
  /** Uses that it remembers: local day, id of the delegation in hexadecimal, how many. */
  readonly uses: readonly (readonly [day: string, delegation: string, count: number])[];
  /** Denied tokens and keys; always empty in this version. */
  readonly denied: readonly string[];
  readonly expect: 'accept' | 'refuse';
  readonly refusal: Refusal | null;
}

export type LockChange = Partial<
  Pick<Vector, 'root' | 'audience' | 'now' | 'clock' | 'epoch' | 'timezone' | 'spent' | 'uses'>
>;

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
    spent: [],
    uses: [],
    denied: [],
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
