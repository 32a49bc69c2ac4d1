/**
 * The people around one lock: an owner who delegates, a carrier who issues, a courier whose phone
 * shows codes, and a forger who has everything but the keys. The same messages as real ones.
 */
import {
  ACTION,
  type Action,
  type Limits,
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
import { quickSigner } from './quick.ts';

export const SEED_NAMES = ['owner', 'recovery', 'carrier', 'courier'] as const;
type Name = (typeof SEED_NAMES)[number];

/** Secret keys, as they lie in files. */
export type Seeds = Readonly<Record<Name, Uint8Array>>;

/** The same keys, however they sign. */
export type Keys = Readonly<Record<Name, SigningKey>>;

export interface People {
  /** Bytes of a courier's token: good from a minute ago for an hour, unless said otherwise. */
  issue(request: IssueRequest): Uint8Array;
  /** The text that the courier's phone shows now. */
  show(token: Uint8Array, nowS: WallS): string;
  /** The text with which the courier's phone answers the lock's nonce. */
  answer(token: Uint8Array, nonce: Uint8Array): string;
  /** Bytes of a token that the owner signs for a guest who has the courier's phone: good from now for an hour, unless said otherwise. */
  invite(nowS: WallS, epoch: number, request?: TokenSays): Uint8Array;
  /** The text of a control that the owner signs, or somebody else; number 1 is the first. */
  order(counter: number, statement: Statement, how?: OrderOptions): string;
  /** Whose grant the carrier's tokens carry: bytes of the delegation. */
  readonly delegation: Uint8Array;
  /** The lock that all of this is for. */
  readonly audience: string;
  /** Public keys, 32 bytes each. */
  readonly keys: Readonly<Record<Name, Uint8Array>>;
}

/** What the owner's delegation says, where it is to be another than usual. */
export interface GrantRequest {
  /** Public key of a carrier who is somewhere else, 32 bytes; what `issue` signs with is then worth nothing. */
  readonly carrier?: Uint8Array;
  readonly limits?: Partial<Limits>;
}

export interface OrderOptions {
  /** Absent: with the root key. `stranger` has no key of the owner's. */
  readonly by?: 'recovery' | 'stranger';
  readonly nonce?: Uint8Array;
  /** Absent: when the house was made. */
  readonly saidAtS?: WallS;
}

/** What a token is to say, whoever signs it. */
export interface TokenSays {
  readonly fromS?: WallS;
  readonly untilS?: WallS;
  /** Another lock's audience, under a delegation for that lock. */
  readonly audience?: string;
  /** What it asks of the lock; `unlock`, unless said otherwise. */
  readonly action?: Action;
  /** Public key of the phone that it is for, 32 bytes; the courier's, unless said otherwise. */
  readonly holder?: Uint8Array;
  /** Its identifier, 16 bytes; by chance, unless said otherwise. */
  readonly id?: Uint8Array;
}

export interface IssueRequest extends TokenSays {
  readonly nowS: WallS;
  /** Signed by somebody who is not the carrier. */
  readonly forged?: boolean;
  /** Names the delegation by its hash instead of carrying it. */
  readonly named?: boolean;
}

const DAY_S = 86_400;

/** `random` is fit for keys in a house that is real, and seeded in a world that must come out the same. */
export function people(
  signing: Keys,
  audience: string,
  nowS: WallS,
  random: (length: number) => Uint8Array,
  grant: GrantRequest = {},
): People {
  // Each costs milliseconds of curve arithmetic: not before somebody asks.
  const keys = once(() => ({
    owner: publicKeyOf(signing.owner),
    recovery: publicKeyOf(signing.recovery),
    carrier: grant.carrier ?? publicKeyOf(signing.carrier),
    courier: publicKeyOf(signing.courier),
  }));
  const delegate = (lock: string, id: Uint8Array): Uint8Array =>
    writeDelegation(
      {
        audience: lock,
        notBeforeS: wallS(nowS - DAY_S),
        expiresS: wallS(nowS + 365 * DAY_S),
        id,
        carrier: keys().carrier,
        limits: {
          epoch: 1,
          actions: ACTION.unlock | ACTION.unlatch | ACTION.release,
          windowS: DAY_S,
          usesPerDay: 1000,
          ...grant.limits,
        },
      },
      signing.owner,
    );
  const delegationId = random(8);
  const delegation = once(() => delegate(audience, delegationId));
  /** What a token says, whoever signs it: for an hour, to unlock this lock, by the courier's phone, unless said otherwise. */
  const says = (request: TokenSays, fromS: WallS) => {
    const notBeforeS = request.fromS ?? fromS;
    return {
      audience: request.audience ?? audience,
      notBeforeS,
      expiresS: request.untilS ?? wallS(notBeforeS + 3600),
      issuedAtS: notBeforeS,
      id: request.id ?? random(16),
      holder: request.holder ?? keys().courier,
      action: request.action ?? 'unlock',
    };
  };
  return {
    audience,
    get delegation() {
      return delegation();
    },
    get keys() {
      return keys();
    },
    issue(request) {
      const body = says(request, wallS(request.nowS - 60));
      const granted = request.audience === undefined ? delegation() : delegate(request.audience, random(8));
      const under = { delegation: granted, named: request.named === true };
      return writeToken({ ...body, under }, request.forged === true ? quickSigner(random(32)) : signing.carrier);
    },
    invite: (now, epoch, request = {}) =>
      writeToken({ ...says(request, now), under: { rootEpoch: epoch } }, signing.owner),
    order(counter, statement, { by, nonce, saidAtS = nowS } = {}) {
      const key = by === undefined ? signing.owner : by === 'recovery' ? signing.recovery : signing.courier;
      const request = { audience, issuedAtS: saidAtS, counter, statement };
      return toText(writeControl(nonce === undefined ? request : { ...request, nonce }, key));
    },
    answer: (token, nonce) => toText(writePresentation(token, { nonce }, signing.courier)),
    show: (token, now) => toText(writePresentation(token, { drawnAtS: now }, signing.courier)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
