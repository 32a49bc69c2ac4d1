/**
 * What the lock may rely on, whatever its board is made of and whatever it drives. Each adapter brings a
 * bench: its mechanism, the plant it is wired to, and a way to take the board away and bring it back.
 *
 * Bolts and latches are asked different things: a bolt goes to two ends and stays; a latch is freed for a
 * while, and the while ends by itself.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Contact, Mechanism, MechanismEvent } from '../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Plant, type PlantKind, type Truth } from '../../sim/plant/plant.ts';

export interface MechanismBench {
  readonly mechanism: Mechanism;
  /** The bolt starts at `BOLT_THROWN`, or the latch holds, and the contacts bounce. */
  readonly plant: Plant;
  /** The contacts that are wired, the button inside among them. */
  readonly contacts: readonly Contact[];
  /** The battery is measured. */
  readonly battery: boolean;
  /** Lets time pass until it is so; throws when that does not happen within a bound. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets enough time pass for anything that is under way to show. */
  settle(): Promise<void>;
  lose(): void;
  restore(): void;
  dispose(): Promise<void>;
}

export function mechanismContract(name: string, kind: PlantKind, bench: () => MechanismBench): void {
  const isBolt = kind === 'servo' || kind === 'motor';
  const testWhere = (is: boolean) => (title: string, run: () => Promise<void>) => {
    if (is) test(title, run);
  };
  const bolts = testWhere(isBolt);
  const motors = testWhere(kind === 'motor');
  const latches = testWhere(!isBolt);
  const strikes = testWhere(kind === 'strike');
  const trunks = testWhere(kind === 'trunk');
  describe(`${name}, with a ${kind}`, () => {
    let it: MechanismBench;
    let events: MechanismEvent[];
    let truths: Truth[];

    beforeEach(() => {
      it = bench();
      events = [];
      truths = [];
      it.plant.onTruth((truth) => truths.push(truth));
    });
    afterEach(() => it.dispose());

    /** What happened, but for the battery, whose voltage may be told at any time. */
    const types = () => events.map(({ type }) => type).filter((type) => type !== 'battery');
    const count = (type: MechanismEvent['type']) => types().filter((other) => other === type).length;
    const levels = () => {
      const last = new Map<string, boolean>();
      for (const event of events) if (event.type === 'contact') last.set(event.contact, event.closed);
      return last;
    };
    async function started(): Promise<void> {
      it.mechanism.start((event) => events.push(event));
      await it.until('the board is ready and has told every level', () => count('contact') >= it.contacts.length);
    }
    /** Drives towards withdrawn, and is in the middle of it. */
    async function underWay(): Promise<void> {
      it.mechanism.drive('withdraw');
      await it.until('the drive is under way', () => {
        const { bolt, driven } = it.plant.truth();
        return driven === 'withdraw' && (!isBolt || bolt < 900);
      });
    }
    const hasLetGo = () => it.until('the drive has let go', () => it.plant.truth().driven === 'none');

    test('says that it is ready, then the level of every contact, and moves nothing', async () => {
      await started();
      await it.settle();
      expect(types()).toEqual(['board.ready', ...it.contacts.map(() => 'contact')]);
      for (const contact of it.contacts) expect(levels().get(contact)).toBe(it.plant.contact(contact));
      expect(truths).toEqual([]);
    });

    test('reports nothing from inside start', () => {
      it.mechanism.start((event) => events.push(event));
      expect(events).toEqual([]);
    });

    bolts('drives the bolt from end to end, and the contacts tell of it', async () => {
      await started();
      it.mechanism.drive('withdraw');
      await it.until('the bolt is withdrawn', () => it.plant.truth().bolt === BOLT_WITHDRAWN);
      await it.until('the contact says so', () => levels().get('bolt_withdrawn') === true);
      expect(levels().get('bolt_thrown')).toBe(false);
      it.mechanism.drive('throw');
      await it.until('the bolt is thrown', () => it.plant.truth().bolt === BOLT_THROWN);
      await it.until('the contact says so', () => levels().get('bolt_thrown') === true);
      expect(levels().get('bolt_withdrawn')).toBe(false);
    });

    bolts('keeps the bolt where it is when told to drive it there, again and again', async () => {
      await started();
      for (let i = 0; i < 3; i++) {
        it.mechanism.drive('throw');
        await it.until('the drive has its signal', () => it.plant.truth().driven === 'throw');
        it.mechanism.halt();
        await it.until('the drive has none', () => it.plant.truth().driven === 'none');
      }
      expect(truths.map(({ bolt }) => bolt)).toEqual(truths.map(() => BOLT_THROWN));
    });

    bolts('lets go of the bolt half way when halted, and drives it on from there', async () => {
      await started();
      await underWay();
      it.mechanism.halt();
      await hasLetGo();
      const { bolt } = it.plant.truth();
      await it.settle();
      expect(it.plant.truth().bolt).toBe(bolt);
      it.mechanism.drive('throw');
      await it.until('the bolt is thrown', () => it.plant.truth().bolt === BOLT_THROWN);
      expect(truths.every((truth) => truth.bolt >= bolt)).toBe(true);
    });

    motors('stops the motor at the limit that it goes to, without being told to', async () => {
      await started();
      for (const [direction, end] of [
        ['withdraw', BOLT_WITHDRAWN],
        ['throw', BOLT_THROWN],
      ] as const) {
        it.mechanism.drive(direction);
        await it.until('the bolt is there', () => it.plant.truth().bolt === end);
        await hasLetGo();
      }
      expect(count('drive.stalled')).toBe(0);
    });

    motors('lets go of a motor that an obstacle stops, and tells it once', async () => {
      await started();
      it.plant.fail({ type: 'jam', below: 600 });
      it.mechanism.drive('withdraw');
      await it.until('the stall is told', () => count('drive.stalled') === 1);
      await hasLetGo();
      await it.settle();
      expect(it.plant.truth()).toMatchObject({ bolt: 600, driven: 'none' });
      expect(count('drive.stalled')).toBe(1);
    });

    motors('lets go of a motor that arrives nowhere and does not stall either', async () => {
      await started();
      it.plant.fail({ type: 'slip' });
      it.mechanism.drive('withdraw');
      await it.until('it pulls', () => it.plant.truth().driven === 'withdraw');
      await hasLetGo();
      expect(count('drive.stalled')).toBe(0);
    });

    motors('drives away from a limit switch that is stuck, and towards it too', async () => {
      await started();
      it.plant.fail({ type: 'stuck', contact: 'bolt_withdrawn', closed: true });
      await it.until('the stuck switch is seen', () => levels().get('bolt_withdrawn') === true);
      it.mechanism.drive('withdraw');
      await it.until('the bolt is withdrawn all the same', () => it.plant.truth().bolt === BOLT_WITHDRAWN);
      await hasLetGo();
    });

    strikes('frees the latch for a while, which ends by itself, and again', async () => {
      await started();
      for (let i = 0; i < 2; i++) {
        await underWay();
        await it.until('the contact says so', () => levels().get('latched') === false);
        await hasLetGo();
        await it.until('the latch holds', () => levels().get('latched') === true);
        expect(it.plant.push()).toBe(false);
      }
      expect(it.plant.truth()).toMatchObject({ withdrawals: 2, doorOpenings: 0 });
    });

    strikes('opens for whoever pushes meanwhile, and latches when the door is shut', async () => {
      await started();
      await underWay();
      expect(it.plant.push()).toBe(true);
      await hasLetGo();
      expect(it.plant.close()).toBe(true);
      await it.until('it has latched', () => levels().get('latched') === true && levels().get('door_closed') === true);
      expect(it.plant.push()).toBe(false);
    });

    trunks('opens the lid by one pulse, once, however often it is asked within it', async () => {
      await started();
      for (let i = 0; i < 3; i++) it.mechanism.drive('withdraw');
      await it.until('the lid is seen open', () => levels().get('door_closed') === false);
      await hasLetGo();
      expect(it.plant.truth()).toMatchObject({ withdrawals: 1, doorOpenings: 1 });
      await it.settle();
      expect(it.plant.close()).toBe(true);
      await it.until('the lid is seen shut', () => levels().get('door_closed') === true);
      await it.settle();
      expect(it.plant.truth().doorOpen).toBe(false);
    });

    latches('never pulls to throw: that lets go', async () => {
      await started();
      it.mechanism.drive('throw');
      await it.settle();
      expect(truths).toEqual([]);
      await underWay();
      it.mechanism.drive('throw');
      await hasLetGo();
    });

    test('lets go at once when it is halted', async () => {
      await started();
      await underWay();
      const before = truths.length;
      it.mechanism.halt();
      await hasLetGo();
      await it.settle();
      expect(truths.slice(before).map(({ driven }) => driven)).not.toContain('throw');
      expect(it.plant.truth().driven).toBe('none');
    });

    test('tells the voltage of the battery where it is measured, and when it has become another', async () => {
      await started();
      const told = () => events.flatMap((event) => (event.type === 'battery' ? [event.millivolts] : []));
      if (!it.battery) {
        it.plant.charge(4_000);
        await it.settle();
        expect(told()).toEqual([]);
        return;
      }
      await it.until('the battery is told', () => told().length === 1);
      expect(Math.abs((told()[0] ?? 0) - it.plant.millivolts())).toBeLessThan(30);
      it.plant.charge(4_000);
      await it.until('it is told again', () => Math.abs((told().at(-1) ?? 0) - 4_000) < 30);
    });

    test('passes on every edge of a contact that bounces', async () => {
      await started();
      const edges: boolean[] = [];
      it.plant.onContact((contact, closed) => {
        if (contact === 'inside_button') edges.push(closed);
      });
      const before = events.length;
      it.plant.press('inside_button', 60);
      await it.until('it is released', () => it.plant.contact('inside_button') === false && edges.length >= 2);
      await it.settle();
      const heard = events.slice(before).flatMap((event) => (event.type === 'contact' ? [event] : []));
      expect(heard.map(({ contact }) => contact)).toEqual(edges.map(() => 'inside_button'));
      expect(heard.map(({ closed }) => closed)).toEqual(edges);
    });

    test('is lost once, hears nothing meanwhile, and is ready again with every level anew', async () => {
      await started();
      it.lose();
      await it.until('the loss is told', () => count('board.lost') === 1);
      const before = types().length;
      it.plant.force();
      await it.settle();
      expect(types().length).toBe(before);
      it.restore();
      await it.until('it is ready again', () => count('contact') >= 2 * it.contacts.length);
      await it.settle();
      expect(types().slice(before)).toEqual(['board.ready', ...it.contacts.map(() => 'contact')]);
      expect(levels().get('door_closed')).toBe(false);
    });

    test('drops what it is told before it is ready and while it is lost, for good', async () => {
      it.mechanism.drive('withdraw');
      await started();
      it.lose();
      await it.until('the loss is told', () => count('board.lost') === 1);
      it.mechanism.drive('withdraw');
      it.mechanism.indicate('granted');
      it.restore();
      await it.until('it is ready again', () => count('contact') >= 2 * it.contacts.length);
      await it.settle();
      expect(it.plant.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none' });
      expect(truths).toEqual([]);
    });

    test('leaves the drive without signal when the board goes in the middle of a drive and comes back', async () => {
      await started();
      await underWay();
      it.lose();
      await it.until('the loss is told', () => count('board.lost') === 1);
      it.restore();
      await it.until('it is ready again', () => count('board.ready') === 2);
      expect(it.plant.truth().driven).toBe('none');
      const { bolt } = it.plant.truth();
      await it.settle();
      expect(it.plant.truth().bolt).toBe(bolt);
    });

    test('halts at its close and tells nothing after it', async () => {
      await started();
      await underWay();
      await it.mechanism.close();
      await hasLetGo();
      const before = events.length;
      it.plant.press('inside_button', 20);
      it.mechanism.drive('throw');
      it.mechanism.halt();
      await it.settle();
      expect(events.length).toBe(before);
      expect(it.plant.truth().driven).toBe('none');
    });

    test('tells nothing more to a listener that closed it in answer', async () => {
      let closed = false;
      it.mechanism.start((event) => {
        events.push(event);
        it.mechanism.close().then(() => {
          closed = true;
        });
      });
      await it.until('it is closed', () => closed);
      await it.settle();
      expect(types()).toEqual(['board.ready']);
    });

    test('may be closed before it was started, before it was ready, and twice', async () => {
      it.mechanism.start((event) => events.push(event));
      await it.mechanism.close();
      await it.mechanism.close();
      await it.settle();
      expect(events).toEqual([]);
    });
  });
}
