/**
 * What the firmware's own tables call impossible. Nothing outside leads there, so these tests ask the
 * step for a wait that nobody began.
 */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/door.ts';
import type { Effect, LockEvent, LockState } from '../../../firmware/lock/state.ts';
import { step } from '../../../firmware/lock/step.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

const BEGUN: LockEvent = { type: 'token.admitted', grant: { ...GRANT, spendKey: 'issuer:2' } };

/** A step that no bench would let pass. */
function broken(state: LockState, event: LockEvent) {
  const { state: after, effects } = step(state, event, DOOR);
  const of = <T extends Effect['type']>(type: T) => effects.filter((effect) => effect.type === type);
  return { after, of };
}

describe('a cell that is impossible', () => {
  it('lets go of the bolt, knows nothing of it any more, waits for nothing, and is told', () => {
    const lock = benchLock();
    lock.boot();
    const { after, of } = broken(lock.state(), { type: 'elapsed', timer: 'bolt' });
    expect(after.bolt).toMatchObject({ row: 'unknown', status: 'unknown' });
    expect(after.visit.row).toBe('idle');
    expect(of('halt')).toEqual([{ type: 'halt' }]);
    expect(of('drive')).toEqual([]);
    expect(of('disarm')).toEqual([
      { type: 'disarm', timer: 'bolt' },
      { type: 'disarm', timer: 'visit' },
    ]);
    expect(of('fault')).toEqual([{ type: 'fault', detail: 'bolt: elapsed in locked' }]);
    expect(of('end')).toEqual([]);
  });

  it('sends away whoever had only rung', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('bell');
    expect(lock.state().visit.row).toBe('arrived');
    const { after } = broken(lock.state(), { type: 'elapsed', timer: 'bolt' });
    expect(after.visit).toMatchObject({ row: 'idle', grant: undefined });
  });

  it('ends the visit that it meets as aborted, and drives nothing', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    const { after, of } = broken(lock.state(), BEGUN);
    expect(after.visit).toMatchObject({ row: 'idle', grant: undefined });
    expect(of('end')).toMatchObject([{ outcome: 'aborted' }]);
    expect(of('fault')).toEqual([{ type: 'fault', detail: 'visit: token.admitted in unlocking' }]);
    expect(of('drive')).toEqual([]);
  });

  it('of the bell is told, too', () => {
    const lock = benchLock();
    lock.boot();
    const { of } = broken(lock.state(), { type: 'elapsed', timer: 'bell' });
    expect(of('fault')).toEqual([{ type: 'fault', detail: 'bell: elapsed in up' }]);
  });
});
