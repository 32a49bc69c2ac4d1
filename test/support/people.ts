/** The people of a delivery, with keys that are the same in every run, and the messages that they sign. */
import {
  ACTION,
  type Limits,
  publicKeyOf,
  sha256,
  toText,
  wallS,
  writeDelegation,
  writePresentation,
  writeToken,
} from '../../protocol/index.ts';

const seedOf = (name: string): Uint8Array => sha256(new TextEncoder().encode(`test seed of ${name}`));

export const seeds = {
  owner: seedOf('owner'),
  carrier: seedOf('carrier'),
  courier: seedOf('courier'),
  stranger: seedOf('stranger'),
  lock: seedOf('lock'),
  recovery: seedOf('recovery'),
} as const;

export const keys = {
  owner: publicKeyOf(seeds.owner),
  carrier: publicKeyOf(seeds.carrier),
  courier: publicKeyOf(seeds.courier),
  stranger: publicKeyOf(seeds.stranger),
  lock: publicKeyOf(seeds.lock),
} as const;

export const AUDIENCE = 'front-door/abcdefgh';

/** 2026-06-01T10:00:00Z, a Monday. */
export const NOON_S = wallS(Date.UTC(2026, 5, 1, 10) / 1000);

export const LIMITS: Limits = { epoch: 1, actions: ACTION.unlock, windowS: 4 * 3600, usesPerDay: 8 };

interface DelegationChange {
  readonly audience?: string;
  readonly notBeforeS?: number;
  readonly expiresS?: number;
  readonly limits?: Partial<Limits>;
  readonly signedBy?: Uint8Array;
  readonly carrier?: Uint8Array;
}

export const delegation = (change: DelegationChange = {}): Uint8Array =>
  writeDelegation(
    {
      audience: change.audience ?? AUDIENCE,
      notBeforeS: wallS(change.notBeforeS ?? NOON_S - 86_400),
      expiresS: wallS(change.expiresS ?? NOON_S + 30 * 86_400),
      id: new Uint8Array(8).fill(7),
      carrier: change.carrier ?? keys.carrier,
      limits: { ...LIMITS, ...change.limits },
    },
    change.signedBy ?? seeds.owner,
  );

interface TokenChange {
  readonly audience?: string;
  readonly id?: number;
  readonly notBeforeS?: number;
  readonly expiresS?: number;
  readonly signedBy?: Uint8Array;
  readonly holder?: Uint8Array;
  readonly action?: 'unlock' | 'unlatch' | 'release';
  readonly under?: { readonly delegation: Uint8Array; readonly named?: boolean } | { readonly rootEpoch: number };
}

/** A courier's token; `id` makes it another one. */
export function token(change: TokenChange = {}): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, change.id ?? 1);
  return writeToken(
    {
      audience: change.audience ?? AUDIENCE,
      notBeforeS: wallS(change.notBeforeS ?? NOON_S - 600),
      expiresS: wallS(change.expiresS ?? NOON_S + 3600),
      id,
      issuedAtS: wallS(change.notBeforeS ?? NOON_S - 600),
      holder: change.holder ?? keys.courier,
      action: change.action ?? 'unlock',
      under: change.under ?? { delegation: delegation() },
    },
    change.signedBy ?? seeds.carrier,
  );
}

/** The text that the courier's phone shows at a moment. */
export const textOf = (bytes: Uint8Array, drawnAtS: number = NOON_S, holder: Uint8Array = seeds.courier): string =>
  toText(writePresentation(bytes, { drawnAtS: wallS(drawnAtS) }, holder));
