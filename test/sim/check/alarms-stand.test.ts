/** Alarms that a lock should not have cleared yet. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Alarm } from '../../../protocol/index.ts';
import { alarmsStand } from '../../../sim/check/alarms-stand.ts';

const TRUTH = { doorOpen: false, bolt: 400, driven: 'none', itemPresent: true };
const AROUND = { cover: true, mounted: true, upright: true, ignition: false };

/** A safe where things happen, and what is complained of when alarms are cleared there. */
function safe(profile: Profile = KEY_SAFE) {
  const complained: string[] = [];
  const so = { truth: { ...TRUTH }, around: { ...AROUND }, nowMs: 0, troubled: false };
  let record: object = {};
  const view = {
    profile,
    plant: { surroundings: () => so.around },
    recordsIn: () => [record],
    now: {
      nowMs: () => so.nowMs,
      truth: () => so.truth,
      tampered: () => so.troubled,
      wasTroubled: () => false,
    },
  };
  const watch = alarmsStand.watch(view as never, (what) => complained.push(what));
  const see = (observation: object): void => watch.see(observation as never);
  return {
    so,
    complained,
    after(ms: number, truth: Partial<typeof TRUTH> = {}, around: Partial<typeof AROUND> = {}) {
      so.nowMs += ms;
      so.truth = { ...so.truth, ...truth };
      so.around = { ...so.around, ...around };
      see({ what: 'truth', truth: so.truth });
    },
    fault: (fault: string) => see({ what: 'fault', fault, on: true }),
    tell(type: string, alarm: Alarm) {
      record = { topic: 'alarm', body: { event_type: type, alarm } };
      see({ what: 'disk', kind: 'append', phase: 'issued' });
    },
  };
}

const CAUSES: readonly (readonly [Alarm, Partial<typeof TRUTH>, Partial<typeof AROUND>])[] = [
  ['DoorForcedOpen', { doorOpen: true }, {}],
  ['DoorAjar', { doorOpen: true }, {}],
  ['FrontEscutcheonRemoved', {}, { cover: false }],
  ['MountRemoved', {}, { mounted: false }],
  ['MountRemoved', {}, { upright: false }],
  ['ItemNotReturned', { itemPresent: false }, {}],
];

describe('alarms stand', () => {
  it.each(CAUSES)(
    'complains when %s is cleared and its cause lasts, and not soon after it is gone',
    (alarm, truth, around) => {
      const here = safe();
      here.after(100_000);
      here.after(0, truth, around);
      here.after(6_000);
      here.tell('cleared', alarm);
      here.after(1);
      here.tell('raised', alarm);
      expect(here.complained).toEqual([]);
      here.tell('cleared', alarm);
      expect(here.complained).toEqual([`${alarm} is cleared, and its cause has lasted for 6001 ms`]);
      here.after(0, TRUTH, AROUND);
      here.tell('cleared', alarm);
      // It was so until now.
      here.after(100_000, truth, around);
      here.tell('cleared', alarm);
      expect(here.complained).toHaveLength(1);
    },
  );

  it('complains when a bolt that has not moved is said not to be jammed any more', () => {
    const here = safe();
    here.after(0, { bolt: 500 });
    here.after(1);
    here.after(6_000);
    here.tell('cleared', 'LockJammed');
    expect(here.complained).toEqual([]);
    here.after(1);
    here.tell('cleared', 'LockJammed');
    expect(here.complained).toEqual(['LockJammed is cleared, and its cause has lasted for 6001 ms']);
    for (const bolt of [501, 0, 1_000]) {
      here.after(100_000, { bolt });
      here.tell('cleared', 'LockJammed');
    }
    expect(here.complained).toHaveLength(1);
    const unseen = safe(CAR_TRUNK);
    unseen.after(100_000);
    unseen.tell('cleared', 'LockJammed');
    expect(unseen.complained).toEqual([]);
  });

  it('asks nothing of a lock that sees what is not so, whose disk is another, or for an alarm that it does not know', () => {
    for (const blinding of ['sensor-stuck', 'wire-cut', 'bounce', 'tampered', 'another']) {
      const here = safe();
      here.after(0, { doorOpen: true });
      if (blinding === 'tampered') here.so.troubled = true;
      else here.fault(blinding === 'another' ? 'jam' : blinding);
      here.after(20_000);
      here.tell('cleared', 'DoorAjar');
      here.tell('cleared', 'RelockFailed');
      expect([blinding, here.complained.length]).toEqual([blinding, blinding === 'another' ? 1 : 0]);
    }
  });
});
