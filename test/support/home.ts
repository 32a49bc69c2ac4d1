/** A house in virtual time whose power has just come: what the tests of the whole firmware begin with. */
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { DOOR, type Profile } from '../../firmware/lock/profiles/index.ts';
import { type EventTopic, parseEvent, topicsOf, toWallS, type WallS, wallMs } from '../../protocol/index.ts';
import { BEGINNING_MS, cast, type World, type WorldOptions, world } from '../../sim/world.ts';

/** One owner, one carrier and one courier for all of them: making keys costs more than a house. */
export const people = cast(1, { quick: true });
export const NOW_S: WallS = toWallS(wallMs(BEGINNING_MS));
export const topics = topicsOf('front-door');

/** A door whose bell tells every ring, however soon it comes after the one before. */
export const EVERY_RING: Profile = { ...DOOR, repeatMs: 1, doublePressMs: 1 };

export async function home(options: Partial<WorldOptions> = {}): Promise<World> {
  const made = await world({ seed: 1, cast: people, verify: opensslVerify(), ...options });
  await made.boot();
  await made.pass(200);
  return made;
}

export const token = (): Uint8Array => people.people.issue({ nowS: NOW_S });

/** What a subscriber has been told on a topic so far. */
export const heard = (lock: World, topic: EventTopic) =>
  lock
    .broker()
    .published.filter((message) => message.topic === topics.event[topic])
    .map((message) => parseEvent(topic, JSON.parse(message.payload)));

/** Why tokens were refused, as the owner is told. */
export const refusals = (lock: World): readonly string[] =>
  heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));

/** A courier shows a token, and comes in and goes if he is let. */
export async function deliver(lock: World, bytes: Uint8Array): Promise<void> {
  lock.present(bytes);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(1_500);
}
