/**
 * A stage in real time: tier B. A whole house in this process, whose firmware drives the real johnny-five
 * over real bytes, and reports over real MQTT. There is no disk and no clock to break here.
 */
import { topicsOf } from '../../protocol/index.ts';
import { type House, startHouse } from '../house.ts';
import type { Observer } from '../observation.ts';
import { heardAt } from './heard.ts';
import type { Scenario } from './scenario.ts';
import { CannotHappen } from './scene.ts';
import { type Breathe, CAPTURED_MAX, type Captured, type Stage } from './stage.ts';

/** As long as in a virtual world, so that both play the same. */
const TRAVEL_MS = 400;
/** How often `until` looks. */
const LOOK_MS = 5;
/** How often it breathes while time passes. */
const BREATH_MS = 100;
/** A sysex that never ends, a word that is none, and what an unplugged wire picks up. */
const NOISE = Uint8Array.of(0xf0, 0x7f, 0x00, 0xff, 0xe5, 0xf7, 0xaa, 0x55);

export const realStage =
  ({ profile }: Pick<Scenario, 'profile'>, breathe: Breathe = () => Promise.resolve()) =>
  async (observe: Observer): Promise<Stage> => {
    const topics = topicsOf('front-door');
    const heard = heardAt(topics);
    const captured: Captured[] = [];
    const capture = (topic: string, payload: string): void => {
      captured.push({ topic, payload });
      if (captured.length > CAPTURED_MAX) captured.shift();
    };
    let house: House | undefined;
    let beganMs = 0;
    const nowMs = (): number => (house === undefined ? 0 : Math.round(house.clock.monoMs() - beganMs));
    const there = await startHouse({
      inMemory: true,
      profile,
      travelMs: TRAVEL_MS,
      async beforeLock(broker) {
        broker.onMessage(({ topic, payload, retain }) => {
          capture(topic, payload);
          heard.take(topic, payload);
          observe({ what: 'published', topic, payload, retain }, nowMs());
        });
      },
    });
    house = there;
    const { plant, clock } = there;
    beganMs = clock.monoMs();
    plant.onTruth((truth) => observe({ what: 'truth', truth }, nowMs()));
    plant.onContact((contact, closed) => observe({ what: 'contact', contact, closed }, nowMs()));
    observe({ what: 'lock', is: 'up' }, 0);
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
    const pass = async (ms: number): Promise<void> => {
      const endMs = clock.monoMs() + ms;
      let leftMs = ms;
      do {
        await wait(Math.min(leftMs, BREATH_MS));
        await breathe(nowMs());
        leftMs = endMs - clock.monoMs();
      } while (leftMs > 0);
    };
    return {
      tier: 'b',
      profile,
      plant,
      people: there.people,
      topics,
      heard,
      captured,
      world: undefined,
      nowMs,
      wallS: () => there.nowS(),
      pass,
      after: (ms, callback) => void clock.after(ms, callback),
      async until(holds, withinMs) {
        const endMs = clock.monoMs() + withinMs;
        while (!holds()) {
          if (clock.monoMs() >= endMs) return false;
          await pass(LOOK_MS);
        }
        return true;
      },
      isUp: () => there.power.isOn,
      indication: () => there.lock.state().indication,
      show(text, channel) {
        if (!there.power.isOn) return undefined;
        const answer = channel === 'reader' ? there.scan(text) : there.lock.present(text, channel);
        if (answer !== undefined) observe({ what: 'shown', channel, text, answer }, nowMs());
        return answer;
      },
      send(topic, payload, retain) {
        capture(topic, payload);
        observe({ what: 'sent', topic, payload, retain }, nowMs());
        void there.broker.publish(topic, payload, { retain });
      },
      async network(isThere) {
        await (isThere ? there.network.restore() : there.network.cut());
        observe({ what: 'network', there: isThere }, nowMs());
      },
      board(isThere) {
        void (isThere ? there.serial.restore() : there.serial.cut());
        observe({ what: 'board', there: isThere }, nowMs());
      },
      async power(on) {
        await (on ? there.power.restore() : there.power.cut());
        observe({ what: 'lock', is: on ? 'up' : 'dark' }, nowMs());
      },
      stallBoard() {
        throw new CannotHappen('a real wire cannot be stalled here', 'run it on tier a');
      },
      noise: () => there.noise(NOISE),
      end: () => there.stop(),
    };
  };
