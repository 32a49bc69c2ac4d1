/** A stage in virtual time: tier A. */
import { topicsOf, toWallS } from '../../protocol/index.ts';
import type { Observer } from '../observation.ts';
import { type Cast, type WorldOptions, world } from '../world.ts';
import { heardAt } from './heard.ts';
import { type Breathe, CAPTURED_MAX, type Captured, type Stage } from './stage.ts';

export interface VirtualStageOptions extends Pick<WorldOptions, 'seed' | 'profile' | 'disk' | 'witness'> {
  readonly cast: Cast;
  readonly observe?: Observer;
  readonly breathe?: Breathe | undefined;
}

/** Entries of the world's list that one `until` may go through: more is a world that never rests. */
const LOOKS_MAX = 1_000_000;
/**
 * How often it breathes: some milliseconds of a machine's time. Only where everything has settled: a turn of the event
 * loop while something is under way would bring it about sooner, and the same run would come out another way.
 */
const BREATH_MS = 600_000;
const LOOKS_A_BREATH = 1_000;

export async function virtualStage(options: VirtualStageOptions): Promise<Stage> {
  const topics = topicsOf(options.cast.identity.lockId);
  const heard = heardAt(topics);
  const captured: Captured[] = [];
  const capture = (topic: string, payload: string): void => {
    captured.push({ topic, payload });
    if (captured.length > CAPTURED_MAX) captured.shift();
  };
  const home = await world({
    ...options,
    observe(observation, atMs) {
      if (observation.what === 'published') {
        heard.take(observation.topic, observation.payload);
        capture(observation.topic, observation.payload);
      } else if (observation.what === 'sent') capture(observation.topic, observation.payload);
      options.observe?.(observation, atMs);
    },
  });
  const { clock } = home;
  const breathe: Breathe = options.breathe ?? (() => Promise.resolve());
  return {
    tier: 'a',
    profile: options.profile ?? home.profile,
    plant: home.plant,
    people: home.people,
    topics,
    heard,
    captured,
    world: home,
    nowMs: () => clock.monoMs(),
    wallS: () => toWallS(clock.wallMs()),
    async pass(ms) {
      let leftMs = ms;
      for (; leftMs > BREATH_MS; leftMs -= BREATH_MS) {
        await home.pass(BREATH_MS);
        await breathe(clock.monoMs());
      }
      await home.pass(leftMs);
      await breathe(clock.monoMs());
    },
    async until(holds, withinMs) {
      const endMs = clock.monoMs() + withinMs;
      await clock.settle();
      await breathe(clock.monoMs());
      for (let looks = 0; !holds(); looks++) {
        if (looks >= LOOKS_MAX) throw new Error(`something never rests: ${LOOKS_MAX} entries within ${withinMs} ms`);
        if (looks % LOOKS_A_BREATH === LOOKS_A_BREATH - 1) await breathe(clock.monoMs());
        const dueMs = clock.nextDueMs();
        if (dueMs === undefined || dueMs > endMs) {
          await clock.advanceAsync(endMs - clock.monoMs());
          return holds();
        }
        await clock.advanceAsync(dueMs - clock.monoMs());
      }
      return true;
    },
    after: (ms, callback) => void clock.after(ms, callback),
    isUp: () => home.isUp,
    indication: () => (home.isUp ? home.mechanism().indication() : 'off'),
    show: (text, channel) => home.show(text, channel),
    send: (topic, payload, retain) => home.send(topic, payload, retain),
    network: async (there) => home.network(there),
    board: (there) => home.board(there),
    async power(on) {
      if (on) await home.boot();
      else home.cutPower();
    },
    stallBoard(stalls) {
      if (!home.isUp || home.mechanism().stall(stalls)) return;
      // The next question to the board finds that words are missing.
      home.board(false);
      home.board(true);
    },
    noise() {
      throw new Error('there are no bytes on tier a');
    },
    async end() {
      // Nothing of it is real: it goes with its memory.
    },
  };
}
