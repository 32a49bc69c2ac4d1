/** What `admit` is asked with, and what became of it. */
import type { AdmitContext, Verdict } from '../../firmware/access/admit.ts';
import { dialIn } from '../../firmware/access/dial.ts';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { emptyMemory } from '../../firmware/journal/memory.ts';
import { initialState, type LockState } from '../../firmware/lock/state.ts';
import type { Refusal } from '../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S } from './people.ts';

export const locked: LockState = {
  ...initialState(),
  board: 'ready',
  door: 'closed',
  bolt: { ...initialState().bolt, row: 'locked', status: 'thrown' },
};

/** All that a token is judged by, on a lock of Berlin that is locked at noon and remembers nothing. */
export const admissionContext = (change: Partial<AdmitContext> = {}): AdmitContext => ({
  pins: { audience: AUDIENCE, root: keys.owner },
  firstLook: opensslVerify(),
  verify: opensslVerify(),
  time: { state: 'trusted', nowS: NOON_S },
  action: 'unlock',
  dial: dialIn('Europe/Berlin'),
  disk: 'ok',
  memory: emptyMemory(),
  isFreshNonce: () => false,
  lock: locked,
  ...change,
});

export const refusalOf = (verdict: Verdict): Refusal | 'admitted' =>
  verdict.admitted ? 'admitted' : verdict.refused.refusal;
