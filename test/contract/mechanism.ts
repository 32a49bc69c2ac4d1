/**
 * What the lock may rely on, whatever its board is made of. Each adapter brings a bench: its
 * mechanism, the plant it is wired to, and a way to take the board away and bring it back.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTACTS, type Mechanism, type MechanismEvent } from '../../firmware/ports/index.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Plant, type Truth } from '../../sim/plant/plant.ts';

export interface MechanismBench {
  readonly mechanism: Mechanism;
  /** The bolt starts at `BOLT_THROWN`, and its contacts bounce. */
  readonly plant: Plant;
  /** Lets time pass until it is so; throws when that does not happen within a bound. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Lets enough time pass for anything that is under way to show. */
  settle(): Promise<void>;
  lose(): void;
  restore(): void;
  dispose(): Promise<void>;
}

export function mechanismContract(name: string, bench: () => MechanismBench): void {
  describe(name, () => {
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

    const types = () => events.map(({ type }) => type);
    const count = (type: MechanismEvent['type']) => types().filter((other) => other === type).length;
    const levels = () => {
      const last = new Map<string, boolean>();
      for (const event of events) if (event.type === 'contact') last.set(event.contact, event.closed);
      return last;
    };
    async function started(): Promise<void> {
      it.mechanism.start((event) => events.push(event));
      await it.until('the board is ready and has told every level', () => count('contact') >= CONTACTS.length);
    }

    test('says that it is ready, then the level of every contact, and moves nothing', async () => {
      await started();
      await it.settle();
      expect(types()).toEqual(['board.ready', ...CONTACTS.map(() => 'contact')]);
      for (const contact of CONTACTS) expect(levels().get(contact)).toBe(it.plant.contact(contact));
      expect(truths).toEqual([]);
    });

    test('reports nothing from inside start', () => {
      it.mechanism.start((event) => events.push(event));
      expect(events).toEqual([]);
    });

    test('drives the bolt from end to end, and the contacts tell of it', async () => {
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

    test('keeps the bolt where it is when told to drive it there, again and again', async () => {
      await started();
      for (let i = 0; i < 3; i++) {
        it.mechanism.drive('throw');
        await it.until('the drive has its signal', () => it.plant.truth().driven === 'throw');
        it.mechanism.halt();
        await it.until('the drive has none', () => it.plant.truth().driven === 'none');
      }
      expect(truths.map(({ bolt }) => bolt)).toEqual(truths.map(() => BOLT_THROWN));
    });

    test('lets go of the bolt half way when halted, and drives it on from there', async () => {
      await started();
      it.mechanism.drive('withdraw');
      await it.until('the bolt is on its way', () => it.plant.truth().bolt < 900);
      it.mechanism.halt();
      await it.until('the drive has let go', () => it.plant.truth().driven === 'none');
      const { bolt } = it.plant.truth();
      await it.settle();
      expect(it.plant.truth().bolt).toBe(bolt);
      it.mechanism.drive('throw');
      await it.until('the bolt is thrown', () => it.plant.truth().bolt === BOLT_THROWN);
      expect(truths.every((truth) => truth.bolt >= bolt)).toBe(true);
    });

    test('passes on every edge of a contact that bounces', async () => {
      await started();
      const edges: boolean[] = [];
      it.plant.onContact((contact, closed) => {
        if (contact === 'bell') edges.push(closed);
      });
      const before = events.length;
      it.plant.press('bell', 60);
      await it.until('the bell is released', () => it.plant.contact('bell') === false && edges.length >= 2);
      await it.settle();
      const heard = events.slice(before).flatMap((event) => (event.type === 'contact' ? [event] : []));
      expect(heard.map(({ contact }) => contact)).toEqual(edges.map(() => 'bell'));
      expect(heard.map(({ closed }) => closed)).toEqual(edges);
    });

    test('is lost once, hears nothing meanwhile, and is ready again with every level anew', async () => {
      await started();
      it.lose();
      await it.until('the loss is told', () => count('board.lost') === 1);
      const before = events.length;
      it.plant.force();
      await it.settle();
      expect(events.length).toBe(before);
      it.restore();
      await it.until('it is ready again', () => count('contact') >= 2 * CONTACTS.length);
      await it.settle();
      expect(types().slice(before)).toEqual(['board.ready', ...CONTACTS.map(() => 'contact')]);
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
      await it.until('it is ready again', () => count('contact') >= 2 * CONTACTS.length);
      await it.settle();
      expect(it.plant.truth()).toMatchObject({ bolt: BOLT_THROWN, driven: 'none' });
      expect(truths).toEqual([]);
    });

    test('leaves the drive without signal when the board goes in the middle of a drive and comes back', async () => {
      await started();
      it.mechanism.drive('withdraw');
      await it.until('the bolt is on its way', () => it.plant.truth().bolt < 900);
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
      it.mechanism.drive('withdraw');
      await it.until('the bolt is on its way', () => it.plant.truth().bolt < 900);
      await it.mechanism.close();
      await it.until('the drive has let go', () => it.plant.truth().driven === 'none');
      const before = events.length;
      it.plant.press('bell', 20);
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
