/** What went wrong once, and must not again: bad moments for a button, a disk, a broker, a power cut. */
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { type EventTopic, toWallS } from '../../protocol/index.ts';
import { type World, world } from '../../sim/world.ts';
import { benchLock } from '../support/bench-lock.ts';
import { EVERY_RING, heard, home, people, token, topics } from '../support/home.ts';

describe('the button inside, while the bolt has just begun to be thrown', () => {
  it('drives the bolt back, and does not let go in the same breath', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    // It has left its end, and the contact has not held still yet.
    lock.give({ type: 'contact', contact: 'bolt_withdrawn', closed: false });
    lock.settle('inside_button', true);
    const motions = lock.effects.filter((effect) => effect.type === 'drive' || effect.type === 'halt');
    expect(motions.at(-1)).toEqual({ type: 'drive', direction: 'withdraw' });
  });

  it('opens the door at whatever moment it is pressed', async () => {
    const stuck: string[] = [];
    for (let afterMs = 0; afterMs <= 60; afterMs++) {
      const lock = await home();
      lock.plant.press('inside_button', 100);
      await lock.pass(1_000);
      // Nobody opens; after the time to leave the bolt is thrown again.
      while (lock.lock().state().bolt.row !== 'locking') await lock.pass(1);
      await lock.pass(afterMs);
      lock.plant.press('inside_button', 100);
      await lock.pass(2_000);
      if (!lock.plant.push())
        stuck.push(`${afterMs} ms: ${lock.lock().state().bolt.row}, at ${lock.plant.truth().bolt}`);
    }
    expect(stuck).toEqual([]);
  });

  it('opens the door of a lock whose disk does not answer at its start', async () => {
    const lock = await world({ seed: 1, cast: people, verify: opensslVerify() });
    lock.disk().stall('read');
    expect(await lock.boot()).toBe(true);
    await lock.pass(200);
    expect(lock.lock().state()).toMatchObject({ ledgerFault: true, bolt: { row: 'locked' } });
    lock.present(token());
    await lock.pass(2_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.push()).toBe(true);
  });

  it('drives a bolt whose withdrawn contact is stuck', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt'); // thrown, but it meets something on its way and the contact never opens
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    lock.settle('inside_button', true);
    const motions = lock.effects.filter((effect) => effect.type === 'drive' || effect.type === 'halt');
    expect(motions.at(-1)).toEqual({ type: 'drive', direction: 'withdraw' });
  });
});

describe('a door that the wind opens and shuts for half an hour', () => {
  it('fills no journal, is told once, and locks and takes tokens again when it has come to rest', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    const { seq } = lock.lock().document();
    for (let second = 0; second < 1_800; second++) {
      lock.plant.push();
      await lock.pass(500);
      lock.plant.close();
      await lock.pass(500);
    }
    expect(lock.lock().document().seq - seq).toBeLessThan(100);
    expect(heard(lock, 'system').filter((event) => 'fault' in event)).toMatchObject([{ fault: 'contact_restless' }]);
    expect(lock.lock().document().alarms).toContain('SensorConflict');
    await lock.pass(70_000);
    expect(lock.lock().document()).toMatchObject({ lock: 'locked', door: 'closed', alarms: [] });
    lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    await lock.pass(2_000);
    expect(lock.lock().document().visit).toBe('awaiting_entry');
  });
});

describe('the drive', () => {
  it('is taken away when somebody has locked by hand', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.press('inside_button');
    lock.bolt('thrown');
    expect(lock.row()).toBe('locked');
    expect(lock.effects.filter((effect) => effect.type === 'drive' || effect.type === 'halt').at(-1)).toEqual({
      type: 'halt',
    });
  });
  it('leaves a bolt alone that was thrown by hand after the button was pressed twice', async () => {
    const lock = await home();
    for (let i = 0; i < 2; i++) {
      lock.plant.press('inside_button', 100);
      await lock.pass(1_000);
    }
    lock.plant.turn('throw');
    await lock.pass(1_500);
    expect(lock.lock().state().bolt.row).toBe('locked');
    expect(lock.plant.truth()).toMatchObject({ bolt: 1000, driven: 'none', withdrawals: 1 });
  });
});

describe('the id of an event', () => {
  it('is no other event’s, not even after a boot that the disk did not take', async () => {
    const lock = await home();
    const ids = new Map<string, string>();
    const twice: string[] = [];
    const note = () => {
      for (const topic of Object.keys(topics.event) as EventTopic[]) {
        for (const { id, ...rest } of heard(lock, topic)) {
          const text = JSON.stringify(rest);
          if (ids.has(id) && ids.get(id) !== text) twice.push(`${id}: ${ids.get(id)} and ${text}`);
          ids.set(id, text);
        }
      }
    };
    note();
    lock.cutPower();
    lock.disk().failNext('append', 'EIO');
    await lock.boot();
    await lock.pass(5_000);
    lock.plant.press('bell', 100);
    await lock.pass(5_000);
    note();
    lock.cutPower();
    await lock.boot();
    await lock.pass(5_000);
    lock.plant.press('inside_button', 100);
    await lock.pass(5_000);
    note();
    expect(twice).toEqual([]);
  });
});

const endings = (lock: World): number => heard(lock, 'visit').filter((event) => event.event_type === 'ended').length;

describe('the end of a visit', () => {
  it('is told, whenever the power goes while it is written', async () => {
    const wrong: string[] = [];
    // Each ring moves what follows within its sector.
    for (let rings = 0; rings < 12; rings++) {
      for (let operation = 0; operation < 24; operation++) {
        const lock = await home({ seed: rings, profile: EVERY_RING });
        for (let i = 0; i < rings; i++) {
          lock.plant.press('bell', 60);
          await lock.pass(200);
        }
        lock.present(token());
        await lock.pass(1_000);
        lock.plant.push();
        await lock.pass(500);
        lock.plant.close();
        let told = 0;
        let on = true;
        const first = lock.disk().operations;
        lock.disk().onOperation(({ index, phase }) => {
          if (!on || index - first !== operation || phase !== 'done') return;
          on = false;
          told += endings(lock);
          lock.cutPower();
        });
        await lock.pass(1_500);
        if (on) break;
        await lock.boot();
        await lock.pass(5_000);
        told += endings(lock);
        if (told === 0) wrong.push(`${rings} rings, cut at ${operation}: never told`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is told after a boot, whenever the power goes during that boot', async () => {
    const wrong: string[] = [];
    for (let rings = 0; rings < 12; rings++) {
      for (let operation = 0; operation < 24; operation++) {
        const lock = await home({ seed: rings, profile: EVERY_RING });
        lock.broker().lose();
        for (let i = 0; i < rings; i++) {
          lock.plant.press('bell', 60);
          await lock.pass(200);
        }
        lock.present(token());
        await lock.pass(1_000);
        lock.cutPower();
        let on = true;
        let up = false;
        let told = 0;
        lock.disk().onOperation(({ index, phase }) => {
          if (!on || index !== operation || phase !== 'done') return;
          on = false;
          if (up) told += endings(lock);
          lock.cutPower();
        });
        up = await lock.boot();
        if (on) {
          await lock.pass(500);
          if (on) break;
        }
        await lock.boot();
        await lock.pass(5_000);
        told += endings(lock);
        if (told === 0) wrong.push(`${rings} rings, cut at ${operation}: never told`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a jammed bolt', () => {
  it('is tried again after the door was opened and closed: somebody has cleared the way', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    for (let i = 0; lock.armed.has('bolt') && i < 20; i++) lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    const before = lock.drives().length;
    lock.door('open');
    lock.door('closed');
    if (lock.armed.has('bolt')) lock.elapse('bolt');
    expect(lock.drives().length).toBe(before + 1);
  });
});

describe('a board that says it is ready twice', () => {
  it('is not taken for a door that opened', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'contact', contact: 'door_closed', closed: false });
    lock.give({ type: 'board.ready' });
    if (lock.armed.has('contact.door_closed')) lock.elapse('contact.door_closed');
    expect(lock.state().door).not.toBe('forced_open');
    expect(lock.state().contacts.door_closed.closed).toBeUndefined();
  });
});

describe('a bolt that was thrown in the air', () => {
  it('is sealed when the door is observed closed and the bolt is locked already', () => {
    const lock = benchLock();
    lock.boot();
    lock.grant();
    lock.bolt('withdrawn');
    lock.door('open');
    lock.bolt('thrown');
    lock.door('closed');
    if (lock.armed.has('visit')) lock.elapse('visit');
    expect(lock.outcomes()).toEqual(['sealed']);
  });
});

describe('a reader that goes on showing a code', () => {
  it('that only the open door refused lets the courier in once the door is shut', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(500);
    const text = people.people.show(token(), toWallS(lock.clock.wallMs()));
    for (let i = 0; i < 50; i++) {
      lock.lock().present(text, 'reader');
      await lock.pass(200);
      if (i === 5) lock.plant.close();
    }
    expect(lock.lock().state().visit.row).not.toBe('idle');
  });
});

describe('the end of the process', () => {
  it('comes although the disk does not answer', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.plant.press('bell', 100);
    await lock.pass(500);
    let stopped = false;
    void lock
      .lock()
      .stop()
      .then(() => {
        stopped = true;
      });
    await lock.pass(60_000);
    expect(stopped).toBe(true);
  });
  it('by kill writes nothing more', async () => {
    const lock = await home();
    lock.plant.press('bell', 100);
    await lock.pass(150);
    lock.lock().kill();
    await lock.pass(0);
    const before = lock.disk().operations;
    await lock.pass(2_000);
    expect(lock.disk().operations).toBe(before);
  });
});

describe('the world of the tests', () => {
  it('does not go on with a life whose power went in the turn in which it was up', async () => {
    const zombies: string[] = [];
    for (const phase of ['before', 'issued', 'done'] as const) {
      for (let operation = 0; operation < 12; operation++) {
        const lock = await world({ seed: 1, cast: people, verify: opensslVerify() });
        const first = lock.disk().operations;
        let on = true;
        lock.disk().onOperation((done) => {
          if (!on || done.index - first !== operation || done.phase !== phase) return;
          on = false;
          lock.cutPower();
        });
        const up = await lock.boot();
        if (!on && up) zombies.push(`${phase} ${operation}`);
      }
    }
    expect(zombies).toEqual([]);
  });
});
