/**
 * One payload of each kind, taken from a run: a front door and a key safe in virtual time, with everybody around them
 * who says something on the broker. Nothing is written by hand, and a seed decides what is left to chance.
 */
import { DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { type Command, fromHex, NONCE_BYTES, RESULT, topicsOf, toWallS } from '../../../protocol/index.ts';
import { type World, world } from '../../../sim/world.ts';
import { MESSAGES, type Message, topicOf } from './messages.ts';

export interface Example {
  /** What is told apart on one topic: an event's type, how a command was answered. */
  readonly name: string;
  readonly payload: unknown;
}

const LOCK_ID = 'front-door';
const topics = topicsOf(LOCK_ID);
const HOME_ASSISTANT = { enabled: true, discoveryPrefix: 'homeassistant', statusTopic: 'homeassistant/status' };

interface Said {
  readonly topic: string;
  readonly payload: string;
}

/** A lock, and what was said to it. */
interface Scene {
  readonly lock: World;
  readonly asked: Said[];
}

/** Examples by the name of their message, the first of each kind, in the order in which they came. */
export async function examples(): Promise<ReadonlyMap<string, readonly Example[]>> {
  const said = [...(await atTheDoor()), ...(await atTheSafe())];
  return new Map(MESSAGES.map((message) => [message.name, ofEachKind(message, said)]));
}

function ofEachKind(message: Message, said: readonly Said[]): readonly Example[] {
  const found = new Map<string, Example>();
  for (const { topic, payload } of said) {
    if (topic !== topicOf(message, LOCK_ID) || payload === '') continue;
    const value: unknown = message.isWord === true ? payload : JSON.parse(payload);
    const name = kindOf(message, value);
    if (!found.has(name)) found.set(name, { name, payload: value });
  }
  return [...found.values()];
}

function kindOf({ name }: Message, value: unknown): string {
  if (typeof value === 'string') return value;
  const has = (key: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (name === 'result') return String(has('answer') ?? (has('nonce') === undefined ? 'ok' : 'nonce'));
  if (name === 'state') return has('item') === undefined ? 'door' : 'key-safe';
  if (name === 'home-assistant-discovery') return 'device';
  const type = has('event_type') ?? has('action');
  return typeof type === 'string' ? type : name;
}

async function scene(profile: Profile): Promise<Scene> {
  const lock = await world({ seed: 1, profile, homeAssistant: HOME_ASSISTANT });
  await lock.boot();
  await lock.pass(5_000);
  return { lock, asked: [] };
}

const published = ({ lock, asked }: Scene): readonly Said[] => [...lock.broker().published, ...asked];

function say({ lock, asked }: Scene, topic: string, payload: string): void {
  asked.push({ topic, payload });
  lock.broker().send(topic, payload);
}

async function ask(around: Scene, command: Command, more: object = {}): Promise<void> {
  const { lock, asked } = around;
  const exp = toWallS(lock.clock.wallMs()) + 60;
  say(around, topics.cmd[command], JSON.stringify({ cid: `c${asked.length + 1}`, exp, ...more }));
  await lock.pass(1_000);
}

/** A presentation of the owner's guest that answers the nonce which the lock gives now. */
async function presentation(around: Scene): Promise<{ readonly presentation: string }> {
  const { lock } = around;
  await ask(around, 'nonce');
  const results = lock.broker().published.filter(({ topic }) => topic === topics.result);
  const last = RESULT.parse(JSON.parse(results.at(-1)?.payload ?? 'null'));
  const nonce = last.ok ? fromHex(last.nonce ?? '') : undefined;
  if (nonce === undefined) throw new Error('the lock gave no nonce');
  return { presentation: lock.people.answer(lock.people.invite(toWallS(lock.clock.wallMs()), 1), nonce) };
}

async function atTheDoor(): Promise<readonly Said[]> {
  const around = await scene(DOOR);
  const { lock } = around;
  await couriersVisit(lock);
  await ask(around, 'ping');
  // It answers no nonce of this lock.
  const guests = lock.people.invite(toWallS(lock.clock.wallMs()), 1);
  await ask(around, 'unlock', { presentation: lock.people.answer(guests, new Uint8Array(NONCE_BYTES)) });
  await ask(around, 'unlock', await presentation(around));
  await ask(around, 'lock');
  await ask(around, 'set', { action: 'unlock', ...(await presentation(around)) });
  const mend = lock.plant.fail({ type: 'jam', above: 500 });
  await ask(around, 'set', { action: 'lock' });
  await lock.pass(5_000);
  mend();
  await lock.pass(30_000);
  // The bell once more: pressed twice, long, and leant on.
  for (const ms of [100, 100, 3_000, 40_000]) {
    lock.plant.press('bell', ms);
    await lock.pass(ms + 200);
  }
  await lock.pass(10_000);
  say(around, topics.control, JSON.stringify([lock.people.order(1, { op: 'pause' })]));
  await lock.pass(1_000);
  await ask(around, 'unlock', await presentation(around));
  lock.plant.force();
  await lock.pass(1_000);
  // The thrown bolt stands in the way of the frame.
  lock.plant.press('inside_button', 200);
  await lock.pass(1_000);
  lock.plant.close();
  await lock.pass(10_000);
  for (const word of ['offline', 'online']) say(around, HOME_ASSISTANT.statusTopic, word);
  lock.broker().lose();
  return published(around);
}

/** Rings, is let in, opens once more than one opening, and leaves. Then his token is shown again. */
async function couriersVisit(lock: World): Promise<void> {
  lock.plant.press('bell', 200);
  await lock.pass(2_000);
  const token = lock.people.issue({ nowS: toWallS(lock.clock.wallMs()) });
  lock.present(token);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(5_000);
  lock.plant.close();
  await lock.pass(40);
  lock.plant.push();
  await lock.pass(5_000);
  lock.plant.close();
  await lock.pass(30_000);
  lock.present(token);
  await lock.pass(5_000);
}

async function atTheSafe(): Promise<readonly Said[]> {
  const around = await scene(KEY_SAFE);
  const { lock } = around;
  lock.present(lock.people.issue({ nowS: toWallS(lock.clock.wallMs()), action: 'release' }));
  await lock.pass(2_000);
  lock.plant.push();
  await lock.pass(1_000);
  lock.plant.take();
  await lock.pass(1_000);
  lock.plant.put();
  await lock.pass(1_000);
  lock.plant.close();
  await lock.pass(30_000);
  lock.plant.charge(3_400);
  await lock.pass(120_000);
  return published(around);
}
