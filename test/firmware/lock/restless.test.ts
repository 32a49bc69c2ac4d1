/** Contacts that hold still each time, and change again and again. */
import { describe, expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { allowanceOf } from '../../../firmware/lock/restless.ts';
import type { Contact } from '../../../firmware/ports/index.ts';
import { benchLock } from '../../support/bench-lock.ts';
import { type Bench, flicker, told } from '../../support/loose-wires.ts';

describe('a contact that changes again and again, and holds still each time', () => {
  const MOST = allowanceOf('door_closed').most;
  const swing = (lock: Bench, contact: Contact, changes: number): void => {
    for (let i = 0; i < changes; i++) lock.settle(contact, lock.state().contacts[contact].raw !== true);
  };
  /** To and fro, too fast for a restless contact to rest. */
  const rattle = (lock: Bench, contact: Contact, edges: number): void => {
    for (let i = 0; i < edges; i++)
      lock.give({ type: 'contact', contact, closed: lock.state().contacts[contact].raw !== true });
  };

  it.each(['door_closed', 'cover_on', 'bolt_thrown'] as const)('all night tells no event for each: %s', (contact) => {
    const { most, againMs, restMs } = allowanceOf(contact);
    const lock = benchLock({ ...DOOR, contacts: [...DOOR.contacts, 'cover_on'], flickerEdgesMax: 10_000 });
    lock.boot();
    const before = lock.told().length;
    swing(lock, contact, most);
    expect(lock.state().contacts[contact].closed).toBe(true);
    swing(lock, contact, 1);
    const atMost = lock.told().length;
    rattle(lock, contact, 5_001);
    expect(
      lock
        .told()
        .slice(atMost)
        .map(({ body }) => body),
    ).toContainEqual(expect.objectContaining({ event_type: 'fault', fault: 'contact_restless' }));
    expect(lock.told().length).toBeLessThanOrEqual(atMost + 4);
    expect(atMost - before).toBeLessThanOrEqual(3 * most + 4);
    expect(lock.state()).toMatchObject({ restless: [contact], alarms: expect.arrayContaining(['SensorConflict']) });
    expect(lock.armed.get(`contact.${contact}`)).toBe(restMs);
    lock.elapse(`contact.${contact}`);
    expect(lock.state()).toMatchObject({ restless: [], unsteady: [] });
    expect(lock.state().contacts[contact].closed).toBe(true);
    // Its bucket is as empty as it was, and fills by one at a time.
    expect(lock.armed.get(`change.${contact}`)).toBe(againMs);
    for (let i = 0; i < most; i++) lock.elapse(`change.${contact}`);
    expect(lock.armed.has(`change.${contact}`)).toBe(false);
    swing(lock, contact, most);
    expect(lock.state().restless).toEqual([]);
  });

  it('hides no forced door: that is told before it is doubted, and stands until the door is seen closed', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    swing(lock, 'door_closed', MOST);
    lock.bolt('thrown');
    lock.settle('door_closed', false);
    expect(lock.state().alarms).toEqual(['DoorForcedOpen']);
    rattle(lock, 'door_closed', 3);
    expect(lock.state()).toMatchObject({ door: 'unknown', restless: ['door_closed'] });
    expect(lock.state().alarms).toEqual(['DoorForcedOpen', 'SensorConflict']);
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ door: 'closed', alarms: [] });
  });

  it('or does not hold still, hides no door that is found open behind it while the bolt is seen thrown', () => {
    const found = (begin: (lock: Bench) => void, profile = DOOR): Bench => {
      const lock = benchLock(profile);
      begin(lock);
      rattle(lock, 'door_closed', profile.flickerEdgesMax + 1);
      lock.elapse('flicker.door_closed');
      expect(lock.state()).toMatchObject({ door: 'unknown', alarms: ['SensorConflict'] });
      lock.elapse('contact.door_closed');
      return lock;
    };
    const forced = found((lock) => lock.boot());
    expect(forced.state()).toMatchObject({ door: 'forced_open', alarms: ['DoorForcedOpen'] });
    expect(told(forced, 'door')).toEqual(['forced_open']);
    expect(found((lock) => lock.boot('withdrawn')).state()).toMatchObject({ door: 'open', alarms: [] });
    const byHand = { ...DOOR, opensByHand: true };
    expect(found((lock) => lock.boot(), byHand).state()).toMatchObject({ door: 'open', alarms: [] });
  });

  it('is not taken for rested by a board that comes back', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    swing(lock, 'door_closed', MOST + 1);
    rattle(lock, 'door_closed', 1);
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    lock.give({ type: 'board.ready' });
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    expect(lock.armed.get('contact.door_closed')).toBe(allowanceOf('door_closed').restMs);
    lock.bolt('withdrawn');
    expect(lock.state().alarms).toEqual(['SensorConflict']);
  });

  it('at a loose wire that flickers and rests in turn is one alarm, not one for each time', () => {
    const lock = benchLock();
    lock.boot();
    for (let i = 0; i < MOST; i++) {
      flicker(lock, 'door_closed');
      lock.elapse('contact.door_closed');
    }
    const raised = told(lock, 'alarm').length;
    for (let i = 0; i < 100; i++) flicker(lock, 'door_closed');
    expect(told(lock, 'alarm').length).toBeLessThanOrEqual(raised + 1);
    expect(lock.state().restless).toEqual(['door_closed']);
  });

  it('is never a button: whoever is inside gets out, however often it is pressed', () => {
    const lock = benchLock();
    lock.boot();
    for (let i = 0; i < 1_000; i++) lock.press('inside_button');
    expect(lock.state().restless).toEqual([]);
    lock.bolt('withdrawn');
    lock.bolt('thrown');
    lock.effects.length = 0;
    lock.press('inside_button');
    expect(lock.drives()).toEqual(['withdraw']);
  });

  /** It flickers and rests in turn, until it is believed no more. */
  function wearOut(lock: Bench, contact: Contact): void {
    while (!lock.state().restless.includes(contact)) {
      flicker(lock, contact);
      if (!lock.state().restless.includes(contact)) lock.elapse(`contact.${contact}`);
    }
  }

  it('hides no door that is forced after it was shaken until nobody believed it', () => {
    const lock = benchLock();
    lock.boot();
    wearOut(lock, 'door_closed');
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
    expect(lock.armed.get('contact.door_closed')).toBe(DOOR.settleMs);
    lock.elapse('contact.door_closed');
    expect(lock.state()).toMatchObject({ door: 'forced_open' });
    expect(lock.state().alarms).toContain('DoorForcedOpen');
    // Shut again, it has to rest before anybody believes that.
    lock.give({ type: 'contact', contact: 'door_closed', closed: true });
    expect(lock.state()).toMatchObject({ door: 'unknown', restless: ['door_closed'] });
    expect(lock.armed.get('contact.door_closed')).toBe(allowanceOf('door_closed').restMs);
    // And it tells no more than that for as long as it goes on.
    const before = lock.told().length;
    rattle(lock, 'door_closed', 1_000);
    expect(lock.told().length).toBe(before);
    lock.elapse('contact.door_closed');
    expect(lock.state().alarms).toEqual([]);
  });

  it.each(['bell', 'inside_button'] as const)('at a button that flickers all night is one alarm: %s', (button) => {
    const lock = benchLock();
    lock.boot();
    for (let i = 0; i < 1_000; i++) {
      flicker(lock, button);
      lock.elapse(`contact.${button}`);
    }
    expect(told(lock, 'alarm').length).toBeLessThanOrEqual(2 * allowanceOf(button).most);
    expect(lock.state()).toMatchObject({ restless: [button], alarms: ['SensorConflict'] });
    // It is heard all the same.
    lock.effects.length = 0;
    lock.press(button);
    if (button === 'bell') expect(told(lock, 'doorbell')).toEqual(['ring']);
    else expect(lock.drives()).toEqual(['withdraw']);
    while (lock.armed.has(`change.${button}`)) lock.elapse(`change.${button}`);
    expect(lock.state()).toMatchObject({ restless: [], unsteady: [] });
    expect(lock.state().alarms).not.toContain('SensorConflict');
  });

  it('is not made restless by a level that is told again', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    swing(lock, 'door_closed', MOST + 1);
    expect(lock.state().contacts.door_closed.closed).toBe(false);
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
    expect(lock.state().restless).toEqual([]);
  });

  it('has to rest at whatever level, but for the worse one of a contact that was believed at its better', () => {
    const lock = benchLock({ ...DOOR, flickerEdgesMax: 10_000 });
    const { restMs } = allowanceOf('door_closed');
    const settleMs = (): number | undefined => lock.armed.get('contact.door_closed');
    lock.boot('withdrawn');
    swing(lock, 'door_closed', MOST + 1);
    rattle(lock, 'door_closed', 1);
    expect(lock.state().contacts.door_closed).toMatchObject({ raw: true, doubted: false });
    expect(settleMs()).toBe(restMs);
    rattle(lock, 'door_closed', 1);
    expect(settleMs()).toBe(restMs);

    const worn = benchLock();
    worn.boot();
    wearOut(worn, 'door_closed');
    expect(worn.state().contacts.door_closed).toMatchObject({ raw: true, doubted: true });
    expect(worn.armed.get('contact.door_closed')).toBe(restMs);
    rattle(worn, 'door_closed', 1);
    expect(worn.armed.get('contact.door_closed')).toBe(DOOR.settleMs);
  });

  it('has its changes made good by time, however it goes on meanwhile, and has to rest all the same', () => {
    const lock = benchLock({ ...DOOR, flickerEdgesMax: 10_000 });
    lock.boot('withdrawn');
    lock.effects.length = 0;
    swing(lock, 'door_closed', 3);
    const arms = lock.effects.filter((effect) => effect.type === 'arm' && effect.timer === 'change.door_closed');
    expect(arms).toHaveLength(1);
    swing(lock, 'door_closed', MOST);
    rattle(lock, 'door_closed', 2);
    for (let i = 0; i < MOST; i++) lock.elapse('change.door_closed');
    expect(lock.state()).toMatchObject({ changes: {}, restless: ['door_closed'], door: 'unknown' });
  });

  it('or a button that does not hold still in the moment in which its changes are made good is not believed yet', () => {
    const lock = benchLock();
    lock.boot();
    wearOut(lock, 'inside_button');
    expect(lock.state().contacts.inside_button.doubted).toBeDefined();
    while (lock.armed.has('change.inside_button')) lock.elapse('change.inside_button');
    expect(lock.state()).toMatchObject({ restless: [], unsteady: ['inside_button'] });
    lock.elapse('contact.inside_button');
    expect(lock.state()).toMatchObject({ restless: [], unsteady: [] });
  });
});
