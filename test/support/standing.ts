/** What outlives the power: a lock that is cut and comes back, and the records by which it does. */
import type { EventRecord, Spent, Standing } from '../../firmware/journal/records.ts';
import type { World } from '../../sim/world.ts';
import { home, token } from './home.ts';

/** The power goes, and comes back after so long in the dark. */
export async function reboot(lock: World, darkMs = 0): Promise<void> {
  lock.cutPower();
  await lock.pass(darkMs);
  await lock.boot();
  await lock.pass(500);
}

/** A courier has opened the door, and stands in it. */
export async function entered(): Promise<World> {
  const lock = await home();
  lock.present(token());
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  return lock;
}

export const endOf = (key: string, outcome: 'sealed' | 'left_open'): EventRecord => ({
  type: 'event',
  seq: 0,
  boot: 1,
  ts: '',
  topic: 'visit',
  body: {},
  life: 'x',
  ends: { key, outcome },
});

export const spent = (key: string): Spent => ({
  type: 'spent',
  key,
  token_id: '0'.repeat(32),
  channel: 'reader',
  at_s: 1,
  expires_s: 2,
  day: '2026-06-01',
});

export function standing(change: Partial<Standing>): Standing {
  return {
    type: 'standing',
    item: { place: 'in', overdue: false },
    relock_failed: false,
    alarms: [],
    until: {},
    ...change,
  };
}
