/**
 * The whole story without a person: a courier is let in once, and everybody who tries after that is
 * not. What it says at the end is made of what the plant did and what a separate MQTT subscriber
 * heard; the firmware is not asked.
 */

import { EXIT } from '../../firmware/tools/failure.ts';
import { type Interrupt, type Io, interruptedCode } from '../../firmware/tools/io.ts';
import { EVENT_TOPICS, type EventTopic, parseEvent, type Refusal, wallS } from '../../protocol/index.ts';
import { type Message, type Subscriber, subscriber } from '../broker/subscriber.ts';
import { type House, startHouse } from '../house.ts';
import { BOLT_THROWN } from '../plant/plant.ts';

const HEARD_MS_MAX = 10_000;

interface Result {
  readonly opened: number;
  readonly relocked: boolean;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  readonly events: number;
  readonly acceptToDriveMs: number;
}

/** What has to be so for the demo to have shown what it promises. */
const EXPECTED_REFUSALS = { already_used: 1, expired: 1, wrong_lock: 1, bad_signature: 1 } as const;

export async function demo(options: { readonly json: boolean }, io: Io): Promise<number> {
  const clock = await io.clock();
  const startMs = clock.monoMs();
  const say = (line: string): void => {
    if (!options.json) io.out(`${((clock.monoMs() - startMs) / 1000).toFixed(3).padStart(8)} s  ${line}\n`);
  };
  const interrupted = new Promise<Interrupt>((resolve) => io.onInterrupt(resolve));
  let listener: Subscriber | undefined;
  const house = await startHouse({
    async beforeLock(broker, topics) {
      const topicsHeard = [topics.state, ...Object.values(topics.event)];
      listener = await subscriber({ url: broker.url, topics: topicsHeard, clientId: 'demo-listener' });
    },
  });
  try {
    if (listener === undefined) throw new Error('nobody listens');
    const played = await Promise.race([play(house, listener, say), interrupted]);
    if (typeof played === 'string') return interruptedCode(played);
    const { result, wrong } = played;
    io.out(`${JSON.stringify(result)}\n`);
    for (const complaint of wrong) io.err(`latchstring: not as it should be: ${complaint}\n`);
    return wrong.length === 0 ? EXIT.done : EXIT.refused;
  } finally {
    await listener?.close();
    await house.stop();
  }
}

interface Played {
  readonly result: Result;
  readonly wrong: readonly string[];
}

async function play(house: House, listener: Subscriber, say: (line: string) => void): Promise<Played> {
  const { plant, people } = house;
  const ears = earsOf(house, listener);
  await ears.state('locked');
  say('a house is up: broker, board, lock; the bolt is thrown');

  house.ring();
  await ears.event('doorbell', 'ring');
  say('the courier rings; the bell is heard through the broker');

  const token = people.issue({ nowS: house.nowS() });
  let driveMs: number | undefined;
  const forget = plant.onTruth(({ driven }) => {
    if (driven === 'withdraw') driveMs ??= house.clock.monoMs();
  });
  const text = people.show(token, house.nowS());
  const shownMs = house.clock.monoMs();
  house.scan(text);
  await ears.event('access', 'granted');
  forget();
  say('the courier shows a token; it is spent on the disk, and the bolt withdraws');

  const pushed = plant.push();
  await ears.event('visit', 'entered');
  say('the door opens');
  plant.close();
  await ears.event('visit', 'ended');
  await ears.state('locked');
  const relocked = plant.truth().bolt === BOLT_THROWN && !plant.truth().doorOpen;
  say('the door closes, and the bolt is thrown: the visit is sealed');

  const nowS = house.nowS();
  const attempts: readonly (readonly [string, Uint8Array])[] = [
    ['the same token, shown again', token],
    ['a token of yesterday', people.issue({ nowS, fromS: wallS(nowS - 7200), untilS: wallS(nowS - 3600) })],
    ["a token for the neighbour's lock", people.issue({ nowS, audience: 'neighbour/22222222' })],
    ['a token that somebody else signed', people.issue({ nowS, forged: true })],
  ];
  for (const [what, bytes] of attempts) {
    const before = ears.refusals().length;
    house.scan(people.show(bytes, house.nowS()));
    const refusal = await ears.refusalAfter(before);
    say(`${what}: refused, ${refusal}`);
  }
  const opened = plant.truth().doorOpenings;
  const acceptToDriveMs = driveMs === undefined ? Number.NaN : driveMs - shownMs;
  const refused = count(ears.refusals());
  const result = { opened, relocked, refused, events: ears.events().length, acceptToDriveMs };
  return { result, wrong: complaints(result, pushed) };
}

function complaints(result: Result, pushed: boolean): readonly string[] {
  const wrong: string[] = [];
  if (!pushed) wrong.push('the door did not open after a good token');
  if (result.opened !== 1) wrong.push(`the door was opened ${result.opened} times`);
  if (!result.relocked) wrong.push('the door was not locked at the end');
  if (!Number.isFinite(result.acceptToDriveMs)) wrong.push('the bolt was never driven');
  const expected = Object.entries(EXPECTED_REFUSALS).sort();
  const found = Object.entries(result.refused).sort();
  if (JSON.stringify(expected) !== JSON.stringify(found)) wrong.push(`refused: ${JSON.stringify(result.refused)}`);
  return wrong;
}

function count(refusals: readonly Refusal[]): Partial<Record<Refusal, number>> {
  const counted: Partial<Record<Refusal, number>> = {};
  for (const refusal of refusals) counted[refusal] = (counted[refusal] ?? 0) + 1;
  return counted;
}

/** What a subscriber hears, checked against the schemas and without duplicates. */
function earsOf(house: House, listener: Subscriber) {
  const topicOf = (message: Message): EventTopic | undefined =>
    EVENT_TOPICS.find((name) => house.topics.event[name] === message.topic);
  const parse = (message: Message) => {
    const topic = topicOf(message);
    return topic === undefined ? undefined : { topic, ...parseEvent(topic, JSON.parse(message.payload)) };
  };
  const events = () => {
    const byId = new Map<string, NonNullable<ReturnType<typeof parse>>>();
    for (const message of listener.messages) {
      const event = parse(message);
      if (event !== undefined) byId.set(event.id, event);
    }
    return [...byId.values()];
  };
  const refusals = (): readonly Refusal[] => events().flatMap((event) => ('refusal' in event ? [event.refusal] : []));
  return {
    events,
    refusals,
    /** Settles with the refusal that comes after the first `before`. */
    async refusalAfter(before: number): Promise<Refusal> {
      await listener.until(() => refusals().length > before, HEARD_MS_MAX);
      const refusal = refusals()[before];
      if (refusal === undefined) throw new Error('a refusal was heard and is gone');
      return refusal;
    },
    async event(topic: EventTopic, type: string): Promise<void> {
      await listener.until((message) => {
        const event = parse(message);
        return event?.topic === topic && event.event_type === type;
      }, HEARD_MS_MAX);
    },
    /** Settles when the newest retained state says so. */
    async state(lock: string): Promise<void> {
      const isState = (message: Message): boolean => message.topic === house.topics.state;
      const newest = (): unknown => JSON.parse(listener.messages.filter(isState).at(-1)?.payload ?? '{}');
      const holds = (): boolean => {
        const document = newest();
        return typeof document === 'object' && document !== null && 'lock' in document && document.lock === lock;
      };
      await listener.until(holds, HEARD_MS_MAX);
    },
  };
}
