/**
 * Opening from afar: an unlock that answers the lock's nonce, from the command to its result, beside a bare
 * mqtt.js client that makes the same checks, writes as much to the same disk, and answers. The bolt's own way, from
 * the servo's command until its contact has settled, is left out of the lock's time: no answer can come before it.
 */
import { opensslVerify } from '../../firmware/access/first-look.ts';
import {
  type Command,
  fromHex,
  RESULT,
  type ResultDocument,
  strictVerifier,
  type Verify,
} from '../../protocol/index.ts';
import { appendAndSync, checksOf, timeOfChecks } from './accept.ts';
import { besideHouse, type Scene } from './bare.ts';
import { atRest, type Figure, figure, median } from './figures.ts';
import { bareTelling } from './report.ts';
import type { Visit } from './watching.ts';

const WARM_UPS = 4;
const COMMANDS = 24;
const EXPIRES_S = 60;
const FIRST_RECORD = new Uint8Array(300);

/** One command, and beside it what was measured in the same moment; in milliseconds. */
interface Pair {
  readonly toServo: number;
  readonly toResult: number;
  /** The contact of the door had settled, and somebody heard that it is open. */
  readonly opened: number;
  readonly bare: number;
  readonly bareTelling: number;
}

export function measureRemote(): Promise<readonly Figure[]> {
  return besideHouse(async (scene) => {
    const { house, ears } = scene;
    const lock = await askerOf(scene);
    const bare = await bareResponder(scene);
    const tell = await bareTelling(scene);
    let openedHeard = { at: 0, payload: '' };
    await ears.listen(house.topics.event.door, (payload) => {
      if (payload.includes('"opened"')) openedHeard = { at: performance.now(), payload };
    });
    let record: Uint8Array = FIRST_RECORD;
    const pairs: Pair[] = [];
    for (let i = -WARM_UPS; i < COMMANDS; i++) {
      const nonce = await lock.nonce();
      const text = house.people.answer(house.people.issue({ nowS: house.nowS() }), nonce);
      // Each goes first as often as the other.
      const before = i % 2 === 0 ? await bare(text, record) : undefined;
      await atRest();
      const { visit, resultAt } = await lock.unlock(text);
      record = visit.spend;
      const pair = {
        toServo: visit.driven - visit.shown,
        toResult: visit.driven - visit.shown + (resultAt - visit.withdrawn),
        opened: openedHeard.at - visit.opened,
        bare: before ?? (await bare(text, record)),
        bareTelling: await tell(openedHeard.payload),
      };
      if (i >= 0) pairs.push(pair);
    }
    const middle = (name: keyof Pair): number => median(pairs.map((pair) => pair[name]));
    const beside = 'bare mqtt.js there and back, three checks by OpenSSL and three strict, append and fdatasync';
    return [
      figure({
        name: "an unlock from afar: command to result, without the bolt's own way",
        value: middle('toResult'),
        baseline: middle('bare'),
        beside,
        ratioMax: 1.5,
      }),
      figure({
        name: "an unlock from afar: command to first byte of the servo's command",
        value: middle('toServo'),
        baseline: middle('bare'),
        beside,
      }),
      figure({
        name: 'a door opened, from its settled contact to whoever listens: its new state is told before it',
        value: middle('opened'),
        baseline: middle('bareTelling'),
        beside: 'append and fdatasync, then a bare mqtt.js publish, QoS 1, of the same message',
        ratioMax: 2,
      }),
    ];
  });
}

/** Somebody who asks the lock, one thing after the other. */
async function askerOf({ house, ears }: Scene) {
  const { topics } = house;
  const answered = await ears.nextOn(topics.result);
  let asked = 0;
  const ask = async (command: Command, more: object = {}): Promise<{ result: ResultDocument; at: number }> => {
    const cid = `c${asked++}`;
    const came = answered();
    const published = ears.publish(
      topics.cmd[command],
      JSON.stringify({ cid, exp: house.nowS() + EXPIRES_S, ...more }),
    );
    const { payload, at } = await came;
    await published;
    const result = RESULT.parse(JSON.parse(payload));
    if (result.cid !== cid || !result.ok) throw new Error(`${command} was answered ${payload}`);
    return { result, at };
  };
  return {
    async nonce(): Promise<Uint8Array> {
      const { result } = await ask('nonce');
      const nonce = result.ok && result.nonce !== undefined ? fromHex(result.nonce) : undefined;
      if (nonce === undefined) throw new Error('no nonce');
      return nonce;
    },
    async unlock(presentation: string): Promise<{ readonly visit: Visit; readonly resultAt: number }> {
      let answer: Promise<{ at: number }> | undefined;
      const visit = await house.visitBy(() => {
        answer = ask('unlock', { presentation });
      });
      if (answer === undefined) throw new Error('nobody asked');
      return { visit, resultAt: (await answer).at };
    },
  };
}

/** The same through the same broker, with nothing but what has to be: milliseconds from the command to the answer. */
async function bareResponder({
  house,
  client,
  ears,
}: Scene): Promise<(text: string, record: Uint8Array) => Promise<number>> {
  const [asked, answered] = ['bench/cmd', 'bench/result'];
  const verifiers: readonly Verify[] = [opensslVerify(), strictVerifier()];
  const heard = await ears.nextOn(answered);
  let record: Uint8Array = FIRST_RECORD;
  let checks: ReturnType<typeof checksOf> = [];
  await client.listen(asked, (payload) => {
    const { cid } = JSON.parse(payload);
    timeOfChecks(checks, verifiers);
    void appendAndSync(house.disk, record).then(() => client.publish(answered, JSON.stringify({ cid, ok: true })));
  });
  return async (text, spend) => {
    checks = checksOf(house.pins, text);
    record = spend;
    await atRest();
    const came = heard();
    const begin = performance.now();
    const published = ears.publish(asked, JSON.stringify({ cid: 'bare', exp: 0, presentation: text }));
    const { at } = await came;
    await published;
    return at - begin;
  };
}
