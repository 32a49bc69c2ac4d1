import { describe, expect, it } from 'vitest';
import { ALARM_RULES, alarmsOf, WITHOUT_CAUSE } from '../../../firmware/lock/alarms.ts';
import type { Restored } from '../../../firmware/lock/lasting.ts';
import { DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { ALARMS, type Alarm } from '../../../protocol/index.ts';
import { benchLock } from '../../support/bench-lock.ts';

type Bench = ReturnType<typeof benchLock>;

const COVERED: Profile = { ...DOOR, contacts: [...DOOR.contacts, 'cover_on'] };

interface Story {
  readonly profile?: Profile;
  readonly raise: (lock: Bench) => void;
  readonly clear: (lock: Bench) => void;
}

const entered = (lock: Bench): void => {
  lock.grant();
  lock.bolt('withdrawn');
  lock.door('open');
};

const flicker = (lock: Bench): void => {
  for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
    lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
  lock.elapse('flicker.door_closed');
};

/** For each alarm a way to raise it, and the way that clears it. */
const STORIES: Readonly<Partial<Record<Alarm, Story>>> = {
  LockJammed: {
    raise(lock) {
      lock.press('inside_button');
      lock.elapse('bolt');
    },
    clear: (lock) => lock.bolt('between'),
  },
  WrongCodeEntryLimit: {
    raise: (lock) => lock.give({ type: 'lockout.began', channel: 'reader' }),
    clear: (lock) => lock.elapse('lockout.reader'),
  },
  FrontEscutcheonRemoved: {
    profile: COVERED,
    raise: (lock) => lock.settle('cover_on', false),
    clear: (lock) => lock.settle('cover_on', true),
  },
  DoorForcedOpen: { raise: (lock) => lock.door('open'), clear: (lock) => lock.door('closed') },
  DoorAjar: {
    raise(lock) {
      lock.bolt('withdrawn');
      lock.door('open');
      expect(lock.armed.get('ajar')).toBe(DOOR.ajarMsMax);
      lock.elapse('ajar');
    },
    clear: (lock) => lock.door('closed'),
  },
  RelockFailed: {
    raise(lock) {
      entered(lock);
      lock.door('closed');
      lock.elapse('visit');
      expect(lock.outcomes()).toEqual(['relock_failed']);
    },
    clear: (lock) => lock.bolt('thrown'),
  },
  LedgerFault: {
    raise: (lock) => lock.give({ type: 'ledger.failed' }),
    clear: (lock) => lock.give({ type: 'ledger.resealed' }),
  },
  ClockUntrusted: {
    raise: (lock) => lock.give({ type: 'clock.judged', trusted: false }),
    clear: (lock) => lock.give({ type: 'clock.judged', trusted: true }),
  },
  LogBroken: {
    raise: (lock) => lock.give({ type: 'log.judged', full: true }),
    clear: (lock) => lock.give({ type: 'log.judged', full: false }),
  },
  VisitOverstay: {
    raise(lock) {
      entered(lock);
      lock.elapse('visit');
    },
    clear(lock) {
      lock.door('closed');
      lock.bolt('thrown');
    },
  },
  ItemNotReturned: {
    profile: KEY_SAFE,
    raise(lock) {
      entered(lock);
      lock.settle('item_present', false);
      expect(lock.armed.get('item')).toBe(KEY_SAFE.returnMsMax);
      lock.elapse('item');
    },
    clear: (lock) => lock.settle('item_present', true),
  },
  MountRemoved: {
    profile: KEY_SAFE,
    raise: (lock) => lock.settle('upright', false),
    clear: (lock) => lock.settle('upright', true),
  },
  SensorConflict: { raise: flicker, clear: (lock) => lock.elapse('contact.door_closed') },
  BoardLost: {
    raise: (lock) => lock.give({ type: 'board.lost', reason: 'test' }),
    clear: (lock) => lock.give({ type: 'board.ready' }),
  },
};

const toldOf = (lock: Bench, alarm: Alarm): readonly string[] =>
  lock.told().flatMap(({ topic, body }) => (topic === 'alarm' && body.alarm === alarm ? [body.event_type] : []));

const held = (alarm: Alarm): Restored => ({
  visit: undefined,
  item: { place: 'in', overdue: false },
  relockFailed: false,
  held: [alarm],
  left: {},
});

describe('an alarm', () => {
  it('of the ledger stands as well while it is full, with the light that says that no token can be spent', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'ledger.judged', full: true });
    expect(lock.state()).toMatchObject({ alarms: ['LedgerFault'], indication: 'fault' });
    lock.give({ type: 'ledger.judged', full: false });
    expect(lock.state()).toMatchObject({ alarms: [], indication: 'ready' });
  });

  it.each(ALARM_RULES.map(({ alarm }) => alarm))('%s is raised by its cause, and told', (alarm) => {
    const story = STORIES[alarm];
    const lock = benchLock(story?.profile);
    lock.boot();
    expect(lock.state().alarms).toEqual([]);
    story?.raise(lock);
    expect(lock.state().alarms).toEqual([alarm]);
    expect(toldOf(lock, alarm)).toEqual(['raised']);
  });

  it.each(ALARM_RULES.map(({ alarm }) => alarm))('%s is cleared by the end of its cause, and told', (alarm) => {
    const story = STORIES[alarm];
    const lock = benchLock(story?.profile);
    lock.boot();
    story?.raise(lock);
    story?.clear(lock);
    expect(lock.state().alarms).toEqual([]);
    expect(toldOf(lock, alarm)).toEqual(['raised', 'cleared']);
  });

  it('that comes in the moment in which another goes is told, although as many stand as before', () => {
    const lock = benchLock(COVERED);
    lock.boot();
    lock.settle('cover_on', false);
    lock.grant();
    lock.elapse('bolt');
    const before = lock.state().alarms;
    const after = alarmsOf({ ...lock.state(), board: 'away', bolt: { ...lock.state().bolt, row: 'locked' } }, COVERED);
    expect(before).toEqual(['LockJammed', 'FrontEscutcheonRemoved']);
    expect(after).toEqual(['FrontEscutcheonRemoved', 'BoardLost']);
    expect(alarmsOf({ ...lock.state(), alarms: ['LockJammed', 'BoardLost'] }, COVERED)).toEqual(before);
    expect(alarmsOf(lock.state(), COVERED)).toBe(before);
  });

  it('has a rule, or a reason why nothing causes it', () => {
    const ruled = ALARM_RULES.map(({ alarm }) => alarm);
    expect([...ruled, ...Object.keys(WITHOUT_CAUSE)].sort()).toEqual(Object.keys(ALARMS).sort());
  });

  it('of the life before stands until its cause can be judged, and is not told a second time', () => {
    const lock = benchLock(COVERED, held('FrontEscutcheonRemoved'));
    lock.give({ type: 'resumed' });
    lock.give({ type: 'board.ready' });
    lock.door('closed');
    expect(lock.state().alarms).toEqual(['FrontEscutcheonRemoved']);
    lock.settle('cover_on', true);
    expect(lock.state().alarms).toEqual([]);
    expect(toldOf(lock, 'FrontEscutcheonRemoved')).toEqual(['cleared']);
  });

  it('of a door that was forced before the power went stands while that door stands open', () => {
    const lock = benchLock(DOOR, held('DoorForcedOpen'));
    lock.give({ type: 'resumed' });
    lock.boot('thrown', 'open');
    expect(lock.state().alarms).toEqual(['DoorForcedOpen']);
    lock.door('closed');
    expect(lock.state().alarms).toEqual([]);
  });

  it('of a bolt that is jammed stands while it is found where it was, by another life or another board, until it moves', () => {
    for (const clear of ['thrown', 'withdrawn', 'moved'] as const) {
      const lock = benchLock(DOOR, held('LockJammed'));
      lock.give({ type: 'resumed' });
      lock.boot('between', 'closed');
      expect(lock.state()).toMatchObject({ alarms: ['LockJammed'], bolt: { row: 'not_fully_locked' } });
      lock.give({ type: 'board.lost', reason: '' });
      lock.boot('between', 'closed');
      expect(lock.state().alarms).toEqual(['LockJammed']);
      if (clear === 'moved') {
        // A try that fails is none that has moved it; one that jams at another place has.
        lock.elapse('bolt');
        lock.elapse('bolt');
        expect(lock.state()).toMatchObject({ alarms: ['LockJammed'], bolt: { row: 'jammed' } });
        lock.bolt('thrown');
        lock.bolt('between');
      } else lock.bolt(clear);
      expect(lock.state().alarms).toEqual([]);
    }
  });

  it.each(['LockJammed', 'MountRemoved', 'SensorConflict'] as const)(
    '%s of the life before ends when the cause is seen to be gone',
    (alarm) => {
      const lock = benchLock(KEY_SAFE, held(alarm));
      lock.give({ type: 'resumed' });
      lock.give({ type: 'board.ready' });
      expect(lock.state().alarms).toEqual([alarm]);
      lock.boot();
      expect(lock.state().alarms).toEqual([]);
    },
  );
});

describe('what nobody sees clears no alarm', () => {
  const KEPT = ['FrontEscutcheonRemoved', 'DoorForcedOpen'] as const;

  it('neither a board that is torn off after the cover', () => {
    const lock = benchLock(COVERED);
    lock.boot();
    lock.settle('cover_on', false);
    lock.door('open');
    lock.give({ type: 'board.lost', reason: 'its cable was cut' });
    expect(lock.state().alarms).toEqual([...KEPT, 'BoardLost']);
    lock.give({ type: 'board.ready' });
    lock.door('open');
    expect(lock.state().alarms).toEqual(KEPT);
    lock.settle('cover_on', true);
    lock.door('closed');
    expect(lock.state().alarms).toEqual([]);
    for (const alarm of KEPT) expect(toldOf(lock, alarm)).toEqual(['raised', 'cleared']);
  });

  it('nor a wire that somebody plays with', () => {
    const lock = benchLock();
    lock.boot();
    lock.door('open');
    flicker(lock);
    expect(lock.state().alarms).toEqual(['DoorForcedOpen', 'SensorConflict']);
    lock.door('closed');
    expect(lock.state().alarms).toEqual([]);
  });

  it('nor one of the two contacts of a mount, while the other has not been seen', () => {
    const lock = benchLock(KEY_SAFE, held('MountRemoved'));
    lock.give({ type: 'board.ready' });
    lock.settle('mounted', true);
    expect(lock.state().alarms).toEqual(['MountRemoved']);
    lock.settle('upright', false);
    expect(toldOf(lock, 'MountRemoved')).toEqual([]);
  });

  it('nor one more try to throw: only a bolt that has moved or arrived is jammed no longer', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.state()).toMatchObject({ bolt: { row: 'locking' }, alarms: ['LockJammed'] });
    lock.elapse('bolt');
    expect(toldOf(lock, 'LockJammed')).toEqual(['raised']);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(toldOf(lock, 'LockJammed')).toEqual(['raised', 'cleared']);
  });
});

describe('a board that has not answered yet', () => {
  it('is no alarm: there is one only when it is gone', () => {
    const lock = benchLock();
    lock.give({ type: 'resumed' });
    expect(lock.state()).toMatchObject({ alarms: [], indication: 'off' });
    lock.give({ type: 'board.lost', reason: 'it is not there' });
    expect(lock.state().alarms).toEqual(['BoardLost']);
  });
});

describe('a contact that flickers at 1 kHz', () => {
  it('is not believed until it holds still, and the door behind it is not closed', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    flicker(lock);
    expect(lock.state().door).toBe('unknown');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', alarms: [] });
  });

  it('at an end of the bolt leaves nobody knowing where it is', () => {
    const lock = benchLock();
    lock.boot();
    for (let edge = 0; edge <= DOOR.flickerEdgesMax + 1; edge++)
      lock.give({ type: 'contact', contact: 'bolt_thrown', closed: edge % 2 === 1 });
    lock.elapse('flicker.bolt_thrown');
    expect(lock.state().alarms).toEqual(['SensorConflict']);
    expect(lock.row()).toBe('unknown');
    expect(lock.drives()).toEqual([]);
    lock.elapse('contact.bolt_thrown');
    expect(lock.row()).toBe('locked');
  });

  it('is told from one that bounces a few times and settles', () => {
    const lock = benchLock();
    lock.boot();
    for (let edge = 0; edge < 9; edge++) lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('contact.door_closed');
    expect(lock.armed.has('flicker.door_closed')).toBe(false);
    expect(lock.state().alarms).toEqual(['DoorForcedOpen']);
  });

  it('is told from one that bounced back: its window ends without a word', () => {
    const lock = benchLock();
    lock.boot();
    for (let edge = 0; edge < 8; edge++) lock.give({ type: 'contact', contact: 'door_closed', closed: edge % 2 === 1 });
    lock.elapse('flicker.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', alarms: [], edges: {} });
  });
});

describe('the battery', () => {
  const SAFE = KEY_SAFE.battery;
  const levels = (lock: Bench) =>
    lock.told().flatMap(({ topic, body }) => (topic === 'system' && body.event_type === 'battery' ? [body] : []));

  it('that gets low is told once, and shown; what is left below is kept', () => {
    const lock = benchLock(KEY_SAFE);
    lock.boot();
    lock.give({ type: 'battery', millivolts: 3_900 });
    expect(levels(lock)).toEqual([]);
    lock.give({ type: 'battery', millivolts: (SAFE?.warnMillivolts ?? 0) - 1 });
    lock.give({ type: 'battery', millivolts: (SAFE?.warnMillivolts ?? 0) + 40 });
    expect(levels(lock)).toEqual([{ event_type: 'battery', level: 'low', millivolts: 3_499 }]);
    expect(lock.state()).toMatchObject({ indication: 'battery_low', interlock: undefined });
    lock.give({ type: 'battery', millivolts: (SAFE?.reserveMillivolts ?? 0) - 1 });
    expect(lock.state().interlock?.refusal).toBe('battery_low');
    lock.give({ type: 'battery', millivolts: 3_900 });
    expect(levels(lock).map(({ level }) => level)).toEqual(['low', 'reserve', 'ok']);
    expect(lock.state()).toMatchObject({ interlock: undefined, indication: 'ready' });
  });

  it('in reserve still throws the bolt behind whoever is in', () => {
    const lock = benchLock({ ...DOOR, battery: SAFE });
    lock.boot();
    entered(lock);
    lock.give({ type: 'battery', millivolts: 3_000 });
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('in reserve lets whoever is inside out', () => {
    const lock = benchLock({ ...DOOR, battery: SAFE });
    lock.boot();
    lock.give({ type: 'battery', millivolts: 3_000 });
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
  });

  it('whose limits nobody has named is told to nobody', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'battery', millivolts: 10 });
    expect(lock.state()).toMatchObject({ battery: { millivolts: 10, level: 'unknown' }, interlock: undefined });
    expect(levels(lock)).toEqual([]);
  });
});

describe('a door on which the bell has to be rung first', () => {
  it('takes no token until it was', () => {
    const lock = benchLock({ ...DOOR, ringFirst: true });
    lock.boot();
    expect(lock.state().interlock?.refusal).toBe('ring_first');
    lock.press('bell');
    expect(lock.state().interlock).toBeUndefined();
    lock.elapse('visit');
    expect(lock.state().interlock?.refusal).toBe('ring_first');
  });
});

describe('a visit that was given up', () => {
  it('as left open has its alarms, and the door that is shut at last relocks by itself', () => {
    const lock = benchLock();
    lock.boot();
    entered(lock);
    lock.elapse('ajar');
    lock.elapse('visit');
    expect(lock.armed.get('visit')).toBe(DOOR.leaveMsMax);
    expect(lock.state().alarms).toEqual(['DoorAjar', 'VisitOverstay']);
    lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['left_open']);
    expect(lock.state()).toMatchObject({ visit: { row: 'idle' }, alarms: ['DoorAjar'] });
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(lock.state().alarms).toEqual([]);
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('a second opening', () => {
  it('is told when the policy knows of none', () => {
    const lock = benchLock();
    lock.boot();
    entered(lock);
    lock.door('closed');
    lock.door('open');
    const visits = lock.told().flatMap(({ topic, body }) => (topic === 'visit' ? [body.event_type] : []));
    expect(visits).toEqual(['entered', 'reopened']);
  });

  it('that the policy allows finds the bolt withdrawn still, and a third one does not', () => {
    const lock = benchLock({ ...DOOR, openingsMax: 2 });
    lock.boot();
    entered(lock);
    lock.door('closed');
    expect(lock.state().visit.row).toBe('awaiting_entry');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('open');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });

  it('that nobody makes ends in a sealed door', () => {
    const lock = benchLock({ ...DOOR, openingsMax: 2 });
    lock.boot();
    entered(lock);
    lock.door('closed');
    lock.elapse('visit');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed']);
  });
});
