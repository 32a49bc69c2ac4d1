/**
 * The people around one lock: an owner who delegates, a carrier who issues, a courier whose phone
 * shows codes, and a forger who has everything but the keys. The same messages as real ones.
 */
import {
  ACTION,
  type Action,
  publicKeyOf,
  type Statement,
  toText,
  type WallS,
  wallS,
  writeControl,
  writeDelegation,
  writePresentation,
  writeToken,
} from '../protocol/index.ts';

export interface Seeds {
  readonly owner: Uint8Array;
  readonly recovery: Uint8Array;
  readonly carrier: Uint8Array;
  readonly courier: Uint8Array;
}
export const SEED_NAMES = ['owner', 'recovery', 'carrier', 'courier'] as const satisfies readonly (keyof Seeds)[];

export interface People {
  /** Bytes of a courier's token: good from a minute ago for an hour, unless said otherwise. */
  issue(request: IssueRequest): Uint8Array;
  /** The text that the courier's phone shows now. */
  show(token: Uint8Array, nowS: WallS): string;
  /** The text of a control that the owner signs; number 1 is the first. */
  order(counter: number, statement: Statement, by?: { readonly stranger: true }): string;
  /** Whose grant the carrier's tokens carry: bytes of the delegation. */
  readonly delegation: Uint8Array;
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
}

const DAY_S = 86_400;

/** `random` is fit for keys in a house that is real, and seeded in a world that must come out the same. */
export function people(seeds: Seeds, audience: string, nowS: WallS, random: (length: number) => Uint8Array): People {
  const delegate = (lock: string): Uint8Array =>
    writeDelegation(
      {
        audience: lock,
        notBeforeS: wallS(nowS - DAY_S),
        expiresS: wallS(nowS + 365 * DAY_S),
        id: random(8),
        carrier: publicKeyOf(seeds.carrier),
        limits: {
          epoch: 1,
          actions: ACTION.unlock | ACTION.unlatch | ACTION.release,
          windowS: DAY_S,
          usesPerDay: 1000,
        },
      },
      seeds.owner,
    );
  const delegation = delegate(audience);
  return {
    delegation,
    issue(request) {
      const fromS = request.fromS ?? wallS(request.nowS - 60);
      return writeToken(
        {
          audience: request.audience ?? audience,
          notBeforeS: fromS,
          expiresS: request.untilS ?? wallS(fromS + 3600),
          issuedAtS: fromS,
          id: random(16),
          holder: publicKeyOf(seeds.courier),
          action: request.action ?? 'unlock',
          under: { delegation: request.audience === undefined ? delegation : delegate(request.audience) },
        },
        request.forged === true ? random(32) : seeds.carrier,
      );
    },
    order: (counter, statement, by) =>
      toText(
        writeControl({ audience, issuedAtS: nowS, counter, statement }, by === undefined ? seeds.owner : seeds.courier),
      ),
    show: (token, now) => toText(writePresentation(token, { drawnAtS: now }, seeds.courier)),
  };
}
