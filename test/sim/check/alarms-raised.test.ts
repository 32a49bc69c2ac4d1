/** Alarms that a lock should have raised: what somebody sees who watches one that does not. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import type { Alarm } from '../../../protocol/index.ts';
import { alarmsAreRaised } from '../../../sim/check/alarms-raised.ts';
import type { Observation } from '../../../sim/observation.ts';

const SHUT = { doorOpen: false, bolt: 1000, driven: 'none', itemPresent: true };
const AROUND = { cover: true, mounted: true, upright: true, ignition: false };

/** A door where things happen, and what is complained of there. */
function door(profile: Profile = DOOR) {
  const complained: string[] = [];
  const so = {
    truth: { ...SHUT },
    around: { ...AROUND },
    nowMs: 0,
    up: true,
    network: true,
    board: true,
    voucher: 'rtc',
    troubled: [] as string[],
  };
  const since = (is: boolean) => (is ? 0 : undefined);
  const view = {
    profile,
    stateTopic: 'state',
    eventTopicOf: (topic: string) => (topic === 'state' ? undefined : topic),
    read: (payload: string) => JSON.parse(payload),
    readState: (payload: string) => JSON.parse(payload),
    vouchedBy: () => so.voucher,
    plant: { truth: () => so.truth, surroundings: () => so.around },
    now: {
      nowMs: () => so.nowMs,
      truth: () => so.truth,
      upSinceMs: () => since(so.up),
      networkSinceMs: () => since(so.network),
      boardSinceMs: () => since(so.board),
      isTroubled: (group: string) => so.troubled.includes(group),
      wasTroubled: (group: string) => so.troubled.includes(group),
      tampered: () => so.troubled.includes('tampered'),
    },
  };
  const watch = alarmsAreRaised.watch(view as never, (what) => complained.push(what));
  const see = (observation: object): void => watch.see(observation as Observation);
  return {
    so,
    complained,
    /** Time goes by, and then the door is so. */
    after(ms: number, truth: Partial<typeof SHUT> = {}) {
      so.nowMs += ms;
      so.truth = { ...so.truth, ...truth };
      see({ what: 'truth', truth: so.truth });
    },
    tell: (topic: string, said: object) => see({ what: 'published', topic, payload: JSON.stringify(said) }),
    alarms: (...alarms: readonly Alarm[]) =>
      see({ what: 'published', topic: 'state', payload: JSON.stringify({ alarms }) }),
    end: () => watch.end?.(),
  };
}

const OPEN = { doorOpen: true };
const LONG_MS = 60_000;

/** What makes each alarm due, and how long it may take to be told. */
const CAUSES: readonly (readonly [Alarm, Profile, number, (here: ReturnType<typeof door>) => void])[] = [
  ['DoorForcedOpen', DOOR, 10_000, (here) => here.after(LONG_MS, OPEN)],
  ['DoorAjar', DOOR, DOOR.ajarMsMax + 10_000, (here) => here.after(0, { ...OPEN, bolt: 0 })],
  [
    'VisitOverstay',
    DOOR,
    DOOR.stayMsMax + 10_000,
    (here) => {
      here.after(0, { ...OPEN, bolt: 0 });
      here.tell('visit', { event_type: 'entered' });
    },
  ],
  ['ItemNotReturned', KEY_SAFE, KEY_SAFE.returnMsMax + 10_000, (here) => here.after(0, { itemPresent: false })],
  ['FrontEscutcheonRemoved', KEY_SAFE, 10_000, (here) => turned(here, { cover: false })],
  ['MountRemoved', KEY_SAFE, 10_000, (here) => turned(here, { mounted: false })],
  ['MountRemoved', KEY_SAFE, 10_000, (here) => turned(here, { upright: false })],
  [
    'ClockUntrusted',
    DOOR,
    70_000,
    (here) => {
      here.so.voucher = 'none';
      here.after(0);
    },
  ],
  [
    'BoardLost',
    DOOR,
    10_000,
    (here) => {
      here.so.board = false;
      here.after(0);
    },
  ],
];

function turned(here: ReturnType<typeof door>, around: Partial<typeof AROUND>): void {
  here.so.around = { ...AROUND, ...around };
  here.after(0);
}

describe('alarms are raised', () => {
  it.each(CAUSES)('asks for %s when its cause has stood for long enough', (alarm, profile, withinMs, cause) => {
    const here = door(profile);
    here.alarms();
    cause(here);
    here.after(withinMs);
    expect(here.complained).toEqual([]);
    here.after(1);
    here.after(1);
    expect(here.complained).toEqual([`${alarm} is not told, and its cause has stood for ${withinMs + 1} ms`]);
  });

  it.each(CAUSES)(
    'is content where %s is told, and complains when it is cleared too soon',
    (alarm, profile, withinMs, cause) => {
      const here = door(profile);
      cause(here);
      here.alarms(alarm);
      here.after(withinMs + 1);
      here.end();
      expect(here.complained.filter((what) => what.startsWith(alarm))).toEqual([]);
      here.alarms();
      here.end();
      expect(here.complained.filter((what) => what.startsWith(alarm))).toHaveLength(1);
    },
  );

  it.each(CAUSES)(
    'does not ask for %s where nobody could see its cause, or tell of it',
    (alarm, profile, withinMs, cause) => {
      const dark = (here: ReturnType<typeof door>) => {
        here.so.up = false;
      };
      const unheard = (here: ReturnType<typeof door>) => {
        here.so.network = false;
      };
      const troubled = (group: string) => (here: ReturnType<typeof door>) => {
        here.so.troubled = [group];
      };
      for (const excuse of [dark, unheard, troubled('network'), troubled('power'), troubled('mechanism')]) {
        const here = door(profile);
        cause(here);
        excuse(here);
        here.after(1);
        here.after(withinMs + 1);
        here.end();
        expect(here.complained.filter((what) => what.startsWith(alarm))).toEqual([]);
      }
    },
  );

  it('calls no door forced that was not locked, that a key opens, or of which nobody knows how it came to stand open', () => {
    const opened = (
      profile: Profile,
      lockedMs: number,
      before: (here: ReturnType<typeof door>) => void = () => undefined,
    ) => {
      const here = door(profile);
      here.after(0, { bolt: 0 });
      here.after(1, { bolt: 1000 });
      before(here);
      here.after(lockedMs, OPEN);
      here.so.troubled = here.so.troubled.filter((group) => group === 'tampered' || group === 'disk');
      here.after(1);
      here.after(LONG_MS);
      return here.complained;
    };
    expect(opened(DOOR, LONG_MS)).toHaveLength(1);
    expect(opened(DOOR, 2_000)).toEqual([]);
    expect(opened(CAR_TRUNK, LONG_MS)).toEqual([]);
    for (const group of ['power', 'serial', 'tampered', 'disk'])
      expect(opened(DOOR, LONG_MS, ({ so }) => (so.troubled = [group]))).toEqual([]);
  });

  it('calls no door forced whose bolt was on its way out for somebody before its contact held still', () => {
    for (const [ms, count] of [
      [100, 0],
      [101, 1],
    ] as const) {
      const here = door();
      here.after(LONG_MS, OPEN);
      here.after(ms, { driven: 'withdraw' });
      here.after(LONG_MS, { driven: 'none' });
      here.after(1);
      expect([ms, here.complained.length]).toEqual([ms, count]);
    }
  });

  it('asks of the next life for what an event was told of, and not for what only a state has said', () => {
    for (const [topic, said, count] of [
      ['state', { alarms: ['DoorForcedOpen'] }, 0],
      ['door', { event_type: 'opened' }, 0],
      ['door', { event_type: 'forced_open' }, 1],
    ] as const) {
      const here = door();
      here.after(LONG_MS, OPEN);
      here.tell(topic, said);
      here.so.troubled = ['power'];
      here.after(1);
      here.so.troubled = [];
      here.alarms();
      here.after(1);
      here.after(LONG_MS);
      expect([topic, here.complained.length]).toEqual([topic, count]);
    }
  });

  it('does not ask whose clock it is after the owner has set the time, nor of a courier who is out whether he stays', () => {
    const set = door();
    set.tell('system', { event_type: 'control', op: 'set-time', result: 'applied' });
    set.so.voucher = 'none';
    set.after(0);
    set.after(10 * LONG_MS);
    expect(set.complained).toEqual([]);
    for (const refused of ['pause applied', 'set-time out_of_order']) {
      const here = door();
      const [op, result] = refused.split(' ');
      here.tell('system', { event_type: 'control', op, result });
      here.so.voucher = 'none';
      here.after(0);
      here.after(10 * LONG_MS);
      expect(here.complained).toHaveLength(1);
    }
    const byHost = door();
    byHost.so.voucher = 'host';
    byHost.after(0);
    byHost.after(10 * LONG_MS);
    expect(byHost.complained).toEqual([]);
    const givenUp = door();
    givenUp.after(0, { ...OPEN, bolt: 0 });
    givenUp.tell('visit', { event_type: 'entered' });
    givenUp.tell('state', { alarms: [], visit: 'idle' });
    givenUp.after(DOOR.stayMsMax + 10_001);
    expect(givenUp.complained).toEqual([]);
    const ended = door();
    ended.after(0, { ...OPEN, bolt: 0 });
    ended.tell('visit', { event_type: 'entered' });
    ended.tell('visit', { event_type: 'ended' });
    ended.after(DOOR.stayMsMax + 10_001);
    expect(ended.complained).toEqual([]);
    const out = door();
    out.after(0, { ...OPEN, bolt: 0 });
    out.tell('visit', { event_type: 'entered' });
    out.after(1, SHUT);
    out.after(1, { ...OPEN, bolt: 0 });
    out.after(DOOR.stayMsMax + 10_001);
    expect(out.complained).toEqual([]);
  });
});
