/**
 * The whole story without a person, at a door, a key safe or a trunk: a courier is let in once, and
 * everybody who tries after that is not. What it says at the end is made of what the plant did and what a separate MQTT subscriber
 * heard; the firmware is not asked.
 */

import { PROFILES, type ProfileName } from '../../firmware/lock/profiles/index.ts';
import { EXIT } from '../../firmware/tools/failure.ts';
import { type Interrupt, type Io, interruptedCode } from '../../firmware/tools/io.ts';
import { type Refusal, wallS } from '../../protocol/index.ts';
import { type Subscriber, subscriber } from '../broker/subscriber.ts';
import { type House, startHouse } from '../house.ts';
import { BOLT_THROWN } from '../plant/plant.ts';
import { earsOf } from './ears.ts';
import { STORIES } from './stories.ts';

interface Result {
  readonly opened: number;
  readonly relocked: boolean;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  readonly events: number;
  readonly acceptToDriveMs: number;
}

/** What has to be so for the demo to have shown what it promises. */
const EXPECTED_REFUSALS = { already_used: 1, expired: 1, wrong_lock: 1, bad_signature: 1 } as const;

export interface DemoOptions {
  readonly json: boolean;
  /** What is opened; a door, unless said otherwise. */
  readonly profile?: ProfileName;
}

export async function demo(options: DemoOptions, io: Io): Promise<number> {
  const clock = await io.clock();
  const startMs = clock.monoMs();
  const say = (line: string): void => {
    if (!options.json) io.out(`${((clock.monoMs() - startMs) / 1000).toFixed(3).padStart(8)} s  ${line}\n`);
  };
  const interrupted = new Promise<Interrupt>((resolve) => io.onInterrupt(resolve));
  let listener: Subscriber | undefined;
  const house = await startHouse({
    profile: PROFILES[options.profile ?? 'door'],
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
  const { plant, people, profile } = house;
  const { action } = profile;
  const story = STORIES[profile.name];
  const ears = earsOf(house.topics, listener);
  await ears.state('locked');
  say(story.opening);

  if (story.rings) {
    house.ring();
    await ears.event('doorbell', 'ring');
    say('the courier rings; the bell is heard through the broker');
  }

  const token = people.issue({ nowS: house.nowS(), action });
  let driveMs: number | undefined;
  const forget = plant.onTruth(({ driven }) => {
    if (driven === 'withdraw') driveMs ??= house.clock.monoMs();
  });
  const text = people.show(token, house.nowS());
  const shownMs = house.clock.monoMs();
  house.scan(text);
  await ears.event('access', 'granted');
  forget();
  say(story.granted);
  const wrong = await story.visit({ house, ears, say });
  const relocked = plant.truth().bolt === BOLT_THROWN && !plant.truth().doorOpen;

  const nowS = house.nowS();
  const attempts: readonly (readonly [string, Uint8Array])[] = [
    ['the same token, shown again', token],
    ['a token of yesterday', people.issue({ nowS, action, fromS: wallS(nowS - 7200), untilS: wallS(nowS - 3600) })],
    ["a token for the neighbour's lock", people.issue({ nowS, action, audience: 'neighbour/22222222' })],
    ['a token that somebody else signed', people.issue({ nowS, action, forged: true })],
  ];
  for (const [what, bytes] of attempts) {
    const before = ears.refusals().length;
    house.scan(people.show(bytes, house.nowS()));
    const refusal = await ears.refusalAfter(before);
    say(`${what}: refused, ${refusal}`);
  }
  const opened = story.opened(plant.truth());
  const acceptToDriveMs = driveMs === undefined ? Number.NaN : driveMs - shownMs;
  const refused = count(ears.refusals());
  const result = { opened, relocked, refused, events: ears.events(), acceptToDriveMs };
  return { result, wrong: [...wrong, ...complaints(result)] };
}

function complaints(result: Result): readonly string[] {
  const wrong: string[] = [];
  if (result.opened !== 1) wrong.push(`it was opened ${result.opened} times`);
  if (!result.relocked) wrong.push('it was not locked at the end');
  if (!Number.isFinite(result.acceptToDriveMs)) wrong.push('nothing was ever driven');
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
