/**
 * The same acts for a test in any language: over the simulator's own broker, below a tree of its own, which the
 * firmware does not know.
 *
 *     latchstring/sim/{id}/act          {"cid":"7","act":"push"}            you publish, never retained
 *     latchstring/sim/{id}/truth        {"bolt":"withdrawn","door":"open",…}  retained, at every change
 *     latchstring/sim/{id}/truth/7      {"cid":"7","ok":true,"opened":true}   what came of it, once
 *
 * Acts are done one after the other, in the order in which they come; each is answered, and a second one with the same
 * `cid` is not done. Whoever may publish here
 * plays the world: rings, breaks doors, cuts the power, and speaks as the owner. So the simulator's broker listens on
 * loopback only.
 */
import * as z from 'zod';
import type { Cancel } from '../../firmware/ports/index.ts';
import { type Failure, usage } from '../../firmware/tools/failure.ts';
import { ACTIONS } from '../../protocol/index.ts';
import type { House } from '../house.ts';
import { CUTTABLES } from './cuts.ts';
import type { Hands } from './hands.ts';
import { keysOf } from './house.ts';
import { type HouseError, inShort } from './house-error.ts';
import type { OwnerStatement } from './owner.ts';
import { truthOf, type WantedTruth } from './truth.ts';

export interface SimTopics {
  readonly act: string;
  readonly truth: string;
  /** What came of the act with this `cid`. */
  result(cid: string): string;
}

export function simTopicsOf(lockId: string): SimTopics {
  const root = `latchstring/sim/${lockId}`;
  return { act: `${root}/act`, truth: `${root}/truth`, result: (cid) => `${root}/truth/${cid}` };
}

const PAYLOAD_CHARS_MAX = 8192;
/** Acts that wait for those before them. More are answered with an error. */
const ACTS_WAITING_MAX = 32;
/** Acts whose `cid` is remembered, so that one that the broker delivers twice is done once. */
const CIDS_MAX = 256;

const NO_CID = 'none';
const cid = z.string().regex(/^[A-Za-z0-9_-]{1,36}$/);
const act = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ cid, act: z.literal(name), ...shape });
const ms = z.number().positive();
const text = z.string();

const cuttable = z.enum(CUTTABLES);

const ACT = z.discriminatedUnion('act', [
  act('keys', {}),
  act('truth', {}),
  act('issue', {
    for: text.optional(),
    from: text.optional(),
    until: text.optional(),
    action: z.enum(ACTIONS).optional(),
  }),
  act('present', { token: text }),
  act('scan', { text }),
  act('ring', {}),
  act('push', {}),
  act('close', {}),
  act('take', {}),
  act('put', {}),
  act('force', {}),
  act('inside', {}),
  act('cut', { what: cuttable, for_ms: ms.optional() }),
  act('restore', { what: cuttable.optional() }),
  act('control', {
    op: text,
    token: text.optional(),
    key: text.optional(),
    epoch: z.number().optional(),
    mode: text.optional(),
  }),
  act('until', { wanted: z.record(z.string(), z.unknown()), within_ms: ms.optional() }),
]);
type Act = z.infer<typeof ACT>;
const NAMES: readonly string[] = ACT.options.map(({ shape }) => shape.act.value);

/** Follows the acts on this house's broker, and keeps its truth there, until cancelled. */
export async function followActs(house: House, hands: Hands): Promise<Cancel> {
  const topics = simTopicsOf(house.identity.lockId);
  const { broker } = house;
  const cids = new Set<string>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let told = '';
  let ended = false;

  const tellTruth = async (): Promise<void> => {
    const truth = JSON.stringify(truthOf(house));
    if (ended || truth === told) return;
    told = truth;
    await broker.publish(topics.truth, truth, { retain: true });
  };
  const answer = async (to: string, result: object): Promise<void> => {
    // First what is so, then what came of it: whoever has the answer finds the truth there.
    await tellTruth();
    if (!ended) await broker.publish(topics.result(to), JSON.stringify({ cid: to, ...result }), { retain: false });
  };
  const wrong = (to: string, failed: Pick<Failure, 'code' | 'message' | 'next'>): Promise<void> =>
    answer(to, { ok: false, error: { code: failed.code, message: failed.message, next: failed.next } });

  function hear(payload: string, retain: boolean): void {
    const value = parse(payload);
    const to = cidOf(value);
    if (retain) {
      later(to, () =>
        wrong(to, usage('an act must not be retained', 'publish it without retain: it is done once, now')),
      );
      return;
    }
    const read = ACT.safeParse(value);
    if (!read.success) return void later(to, () => wrong(to, whyNoAct(payload, value, read.error)));
    if (cids.has(to)) {
      const again = usage(`the cid ${to} was played already`, 'give each act a cid of its own');
      return void later(to, () => wrong(to, again));
    }
    const isHeard = later(to, async () => {
      try {
        await answer(to, { ok: true, ...(await perform(read.data, house, hands)) });
      } catch (error) {
        if (ended) return;
        await wrong(to, asFailure(error));
      }
    });
    // One for which there was no room is not done: it may come again.
    if (!isHeard) return;
    cids.add(to);
    const [oldest] = cids;
    if (cids.size > CIDS_MAX && oldest !== undefined) cids.delete(oldest);
  }

  /** Whether there is room for it behind the others; where there is none, it is answered so at once. */
  function later(to: string, todo: () => Promise<void>): boolean {
    if (waiting >= ACTS_WAITING_MAX) {
      const full = usage(`${waiting} acts wait already`, 'wait for the answers of those before');
      wrong(to, full).catch(lost);
      return false;
    }
    waiting += 1;
    last = last
      .then(todo)
      .catch(lost)
      .finally(() => {
        waiting -= 1;
      });
    return true;
  }

  /** A broker in this process fails to publish only when it has been closed: then nobody waits for it. */
  function lost(error: unknown): void {
    if (!ended) throw error;
  }

  const truthChanged = (): void => {
    tellTruth().catch(lost);
  };
  const forget = [
    broker.onMessage(({ topic, payload, retain }) => {
      if (topic === topics.act) hear(payload, retain);
    }),
    house.plant.onTruth(truthChanged),
    house.listen({ onSwitched: truthChanged }),
  ];
  await tellTruth();
  return () => {
    ended = true;
    for (const end of forget) end();
  };
}

async function perform(asked: Act, house: House, hands: Hands): Promise<object> {
  switch (asked.act) {
    case 'keys':
      return { audience: house.identity.audience, ...keysOf(house) };
    case 'truth':
      return hands.truth();
    case 'issue': {
      const { cid: _cid, act: _act, ...request } = asked;
      return hands.issue(given(request));
    }
    case 'present':
      return hands.present(asked.token);
    case 'scan':
      return hands.scan(asked.text);
    case 'ring':
      await hands.ring();
      return {};
    case 'push':
      return { opened: await hands.push() };
    case 'close':
      return { closed: await hands.close() };
    case 'take':
      return { taken: await hands.take() };
    case 'put':
      return { put: await hands.put() };
    case 'force':
      await hands.force();
      return {};
    case 'inside':
      await hands.inside();
      return {};
    case 'cut':
      await hands.cut({ [asked.what]: asked.for_ms === undefined ? true : { forMs: asked.for_ms } });
      return {};
    case 'restore':
      await hands.restore(asked.what);
      return {};
    case 'control': {
      const { cid: _cid, act: _act, ...statement } = asked;
      return { result: await hands.control(given(statement) as OwnerStatement) };
    }
    case 'until':
      return hands.until(asked.wanted as WantedTruth, asked.within_ms);
  }
}

/** Without what was left out: an option that is there and undefined is another thing to a strict reader. */
const given = <T extends object>(body: T): { [Key in keyof T]: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as never;

function asFailure(error: unknown): Pick<Failure, 'code' | 'message' | 'next'> {
  if (!(error instanceof Error) || error.name !== 'HouseError')
    return { code: 'bug', message: String(error), next: 'this is a bug in latchstring: please report the act' };
  const { code, message, next } = error as HouseError;
  // The message of an error says what to do, too; here that has a place of its own.
  return { code, message: message.replace(`; ${next}`, ''), next };
}

function parse(payload: string): unknown {
  if (payload.length > PAYLOAD_CHARS_MAX) return undefined;
  try {
    return JSON.parse(payload);
  } catch {
    // No act either: the schema says so.
    return undefined;
  }
}

const cidOf = (value: unknown): string =>
  cid.safeParse(typeof value === 'object' && value !== null && 'cid' in value ? value.cid : undefined).data ?? NO_CID;

function whyNoAct(payload: string, value: unknown, error: z.ZodError): Failure {
  const next = 'publish {"cid":"1","act":"ring"}';
  if (payload.length > PAYLOAD_CHARS_MAX)
    return usage(`an act of ${payload.length} characters is too long`, `give at most ${PAYLOAD_CHARS_MAX}`);
  if (typeof value !== 'object' || value === null)
    return usage(`${inShort(payload)} is no JSON object of an act`, next);
  if (cidOf(value) === NO_CID) return usage('the act has no cid', `${next}: 1 to 36 letters, digits, _ and -`);
  const name = 'act' in value ? value.act : undefined;
  if (!NAMES.some((known) => known === name))
    return usage(`there is no act ${inShort(name)}`, `choose from ${NAMES.join(', ')}`);
  const [first] = error.issues;
  return usage(`${name}: ${[...(first?.path ?? []), first?.message].join(' ')}`, 'mend that and publish it again');
}
