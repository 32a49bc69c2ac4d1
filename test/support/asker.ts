/** Somebody on the broker who asks a lock, in virtual time, and hears its answers. */
import { type Command, fromHex, RESULT, type ResultDocument, toWallS } from '../../protocol/index.ts';
import type { World } from '../../sim/world.ts';
import { topics } from './home.ts';

/** All results that were published so far. */
export const answers = (lock: World): readonly ResultDocument[] =>
  lock
    .broker()
    .published.filter(({ topic }) => topic === topics.result)
    .map(({ payload }) => RESULT.parse(JSON.parse(payload)));

export function ask(lock: World, command: Command, more: object = {}): void {
  const cid = `c${answers(lock).length}`;
  lock.broker().send(topics.cmd[command], JSON.stringify({ cid, exp: toWallS(lock.clock.wallMs()) + 60, ...more }));
}

/** The nonce that the lock gives out now on MQTT. */
export async function nonceOf(lock: World): Promise<Uint8Array> {
  ask(lock, 'nonce');
  await lock.pass(10);
  const last = answers(lock).at(-1);
  const nonce = last?.ok === true && last.nonce !== undefined ? fromHex(last.nonce) : undefined;
  if (nonce === undefined) throw new Error(`no nonce: ${JSON.stringify(last)}`);
  return nonce;
}
