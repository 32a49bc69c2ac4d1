/**
 * The people around one lock: an owner who delegates, a carrier who issues, a courier whose phone
 * shows codes, and a forger who has everything but the keys. The same messages as real ones.
 */
import {
  ACTION,
  type Action,
  kidOf,
  publicKeyOf,
  type SigningKey,
  type Statement,
  toText,
  type WallS,
  wallS,
  writeControl,
  writeDelegation,
  writePresentation,
  writeToken,
} from '../protocol/index.ts';

export const SEED_NAMES = ['owner', 'recovery', 'carrier', 'courier'] as const;

/** Secret keys, as they lie in files. */
export type Seeds = Readonly<Record<(typeof SEED_NAMES)[number], Uint8Array>>;

/** The same keys, however they sign. */
export type Keys = Readonly<Record<(typeof SEED_NAMES)[number], SigningKey>>;

export interface People {
  /** Bytes of a courier's token: good from a minute ago for an hour, unless said otherwise. */
  issue(request: IssueRequest): Uint8Array;
  /** The text that the courier's phone shows now. */
  show(token: Uint8Array, nowS: WallS): string;
  /** The text with which the courier's phone answers the lock's nonce. */
  answer(token: Uint8Array, nonce: Uint8Array): string;
  /** Bytes of a token that the owner signs for a guest who has the courier's phone. */
  invite(nowS: WallS, epoch: number): Uint8Array;
  /** The text of a control that the owner signs, or somebody else; number 1 is the first. */
  order(counter: number, statement: Statement, how?: OrderOptions): string;
  /** Whose grant the carrier's tokens carry: bytes of the delegation. */
  readonly delegation: Uint8Array;
  /** The lock that all of this is for. */
  readonly audience: string;
  /** By which a key is named, in a denial. */
  kid(of: (typeof SEED_NAMES)[number]): Uint8Array;
}

export interface OrderOptions {
  /** Absent: with the root key. `stranger` has no key of the owner's. */
  readonly by?: 'recovery' | 'stranger';
  readonly nonce?: Uint8Array;
}

export interface IssueRequest {
  readonly nowS: WallS;
  readonly fromS?: WallS;
  readonly untilS?: WallS;
  /** Another lock's audience, under a delegation for that lock. */
  readonly audience?: string;
  /** What it asks of the lock; `unlock`, unless said otherwise. */
  readonly action?: Action;
  /** Signed by somebody who is not the carrier. */
  readonly forged?: boolean;
  /** Names the delegation by its hash instead of carrying it. */
  readonly named?: boolean;
}

const DAY_S = 86_400;

/** `random` is fit for keys in a house that is real, and seeded in a world that must come out the same. */
export function people(keys: Keys, audience: string, nowS: WallS, random: (length: number) => Uint8Array): People {
  const delegate = (lock: string): Uint8Array =>
    writeDelegation(
      {
        audience: lock,
        notBeforeS: wallS(nowS - DAY_S),
        expiresS: wallS(nowS + 365 * DAY_S),
        id: random(8),
        carrier: publicKeyOf(keys.carrier),
        limits: {
          epoch: 1,
          actions: ACTION.unlock | ACTION.unlatch | ACTION.release,
          windowS: DAY_S,
          usesPerDay: 1000,
        },
      },
      keys.owner,
    );
  const delegation = delegate(audience);
  return {
    delegation,
    audience,
    kid: (of) => kidOf(publicKeyOf(keys[of])),
    issue(request) {
      const fromS = request.fromS ?? wallS(request.nowS - 60);
      return writeToken(
        {
          audience: request.audience ?? audience,
          notBeforeS: fromS,
          expiresS: request.untilS ?? wallS(fromS + 3600),
          issuedAtS: fromS,
          id: random(16),
          holder: publicKeyOf(keys.courier),
          action: request.action ?? 'unlock',
          under: {
            delegation: request.audience === undefined ? delegation : delegate(request.audience),
            named: request.named === true,
          },
        },
        request.forged === true ? random(32) : keys.carrier,
      );
    },
    invite: (now, epoch) =>
      writeToken(
        {
          audience,
          notBeforeS: now,
          expiresS: wallS(now + 3600),
          issuedAtS: now,
          id: random(16),
          holder: publicKeyOf(keys.courier),
          action: 'unlock',
          under: { rootEpoch: epoch },
        },
        keys.owner,
      ),
    order(counter, statement, { by, nonce } = {}) {
      const key = by === undefined ? keys.owner : by === 'recovery' ? keys.recovery : keys.courier;
      const request = { audience, issuedAtS: nowS, counter, statement };
      return toText(writeControl(nonce === undefined ? request : { ...request, nonce }, key));
    },
    answer: (token, nonce) => toText(writePresentation(token, { nonce }, keys.courier)),
    show: (token, now) => toText(writePresentation(token, { drawnAtS: now }, keys.courier)),
  };
}
