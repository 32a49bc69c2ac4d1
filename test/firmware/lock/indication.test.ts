import { expect, it } from 'vitest';
import { DOOR, KEY_SAFE } from '../../../firmware/lock/profiles/index.ts';
import { benchLock, GRANT } from '../../support/bench-lock.ts';

it('the light follows a visit from the token to the sealed door', () => {
  const lock = benchLock();
  const shown: string[] = [];
  const show = (): void => {
    const { visit, indication } = lock.state();
    shown.push(`${visit.row}: ${indication}`);
  };
  lock.boot();
  show();
  lock.give({ type: 'token.admitted', grant: GRANT });
  show();
  lock.give({ type: 'spent', spendKey: GRANT.spendKey });
  show();
  lock.bolt('withdrawn');
  show();
  lock.door('open');
  show();
  lock.elapse('visit');
  show();
  lock.door('closed');
  show();
  lock.bolt('thrown');
  show();
  expect(shown).toEqual([
    'idle: ready',
    'spending: wait',
    'unlocking: wait',
    'awaiting_entry: granted',
    'door_open: granted',
    'overstayed: granted',
    'relocking: ready',
    'idle: ready',
  ]);
});

it('the light says battery_low below the reserve, too', () => {
  const lock = benchLock(KEY_SAFE);
  lock.boot();
  lock.give({ type: 'battery', millivolts: 3_000 });
  expect(lock.state()).toMatchObject({ battery: { level: 'reserve' }, indication: 'battery_low' });
});

it.each([
  ['the disk fails', { type: 'spend.failed', spendKey: GRANT.spendKey }],
  ['the disk does not answer', { type: 'elapsed', timer: 'visit' }],
  ['the owner stops it', { type: 'vetoed' }],
] as const)('the light says refused for a moment when a token was good, and then opens nothing: %s', (_why, event) => {
  const lock = benchLock();
  lock.boot();
  lock.give({ type: 'token.admitted', grant: GRANT });
  lock.give(event);
  expect([lock.state().indication, lock.armed.get('refused')]).toEqual(['refused', DOOR.refusedMs]);
  lock.elapse('refused');
  expect(lock.state().indication).toBe('ready');
});
