/** What the lock signs, heard by somebody who has its public key: through power cuts, a file written anew, and a visit's end. */
import { describe, expect, it } from 'vitest';
import { CAR_TRUNK, DOOR } from '../../../firmware/lock/profiles/index.ts';
import { decodeBase64url, encodeBase45, publicKeyOf, readReport, receiptOf, toHex } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { answers, ask, nonceOf } from '../../support/asker.ts';
import { home, NOW_S, people, token, topics } from '../../support/home.ts';
import { ANNOUNCED_ON, ENABLED } from '../../support/home-assistant.ts';
import { eventsIn, listen, lockListener, verdictsOf } from '../../support/listening.ts';

async function deliver(lock: World, bytes: Uint8Array): Promise<void> {
  lock.present(bytes);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(1_500);
}

const receiptsIn = (payloads: readonly string[]) =>
  payloads.flatMap((payload) => {
    const report = readReport(JSON.parse(payload).att);
    const receipt = report && receiptOf(report);
    return receipt === undefined ? [] : [receipt];
  });

describe('what the lock publishes', () => {
  it('is signed, state and every event, each after the one before it', async () => {
    const lock = await home();
    await deliver(lock, token());
    const heard = listen(lockListener(lock), lock.broker().published);
    const unsigned = heard.filter(({ verdict }) => verdict === 'unsigned').map(({ topic }) => topic);
    expect([...new Set(unsigned)].sort()).toEqual(['availability', 'info']);
    expect(verdictsOf(heard).toSorted()).toEqual(['ok', 'unsigned']);
    expect(eventsIn(heard).map(({ seq }) => seq)).toEqual(eventsIn(heard).map((_, i) => i));
    expect(eventsIn(heard).length).toBeGreaterThan(8);
  });

  it('goes on in one chain through a power cut, a restart, and a journal that is written anew', async () => {
    const lock = await home();
    const ears = lockListener(lock);
    const all: ReturnType<typeof listen>[number][] = [];
    const hear = (): void => void all.push(...listen(ears, lock.broker().published));
    await deliver(lock, token());
    expect(await lock.lock().journal().compact()).toBe(true);
    await deliver(lock, token());
    hear();
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    // Forgets all of the past that was told.
    expect(await lock.lock().journal().compact(Number.POSITIVE_INFINITY)).toBe(true);
    hear();
    await lock.restart();
    await deliver(lock, token());
    hear();
    expect(verdictsOf(all)).not.toContain('forked');
    expect(ears.missing()).toEqual([]);
    expect(eventsIn(all).map(({ seq }) => seq)).toEqual(eventsIn(all).map((_, i) => i));
  });

  it('is the very same report when it is told again after a power cut', async () => {
    const lock = await home();
    const { published } = lock.broker();
    lock.broker().setAckMs(50);
    lock.plant.press('bell', 100);
    for (let i = 0; i < 200 && !published.some(({ topic }) => topic === topics.event.doorbell); i++) await lock.pass(5);
    lock.cutPower();
    await lock.boot();
    await lock.pass(61_000);
    const rings = [published, lock.broker().published].map((told) =>
      told.filter(({ topic }) => topic === topics.event.doorbell).map(({ payload }) => payload),
    );
    const [before, after] = rings;
    expect(before).toHaveLength(1);
    expect(after).toEqual(before);
  });

  it('is another history for whoever heard the first one, when the disk is set back', async () => {
    const lock = await home();
    const ears = lockListener(lock);
    lock.cutPower();
    const copies = new Map(lock.disk().files());
    await lock.boot();
    await deliver(lock, token());
    expect(verdictsOf(listen(ears, lock.broker().published))).not.toContain('forked');
    lock.cutPower();
    lock.tamper('journal', () => copies.get('journal'));
    await lock.boot();
    await lock.pass(500);
    expect(verdictsOf(listen(ears, lock.broker().published))).toContain('forked');
  });
});

describe('a receipt', () => {
  it('says who was let in, when, and that the door was seen shut, by itself', async () => {
    const lock = await home();
    await deliver(lock, token());
    const visits = lock.broker().published.filter(({ topic }) => topic === topics.event.visit);
    const [receipt, ...more] = receiptsIn(visits.map(({ payload }) => payload));
    expect(more).toEqual([]);
    expect(receipt).toMatchObject({ audience: people.identity.audience, outcome: 'sealed', assumed: false });
    expect(receipt?.token_id).toMatch(/^[0-9a-f]{32}$/);
    const times = [receipt?.granted_at, receipt?.entered_at, receipt?.ended_at].map((time) => Date.parse(String(time)));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(new Set(times).size).toBe(3);
  });

  it('knows when the door was opened through a power cut, and a journal that is written anew meanwhile', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(1_000);
    const opened = lock.broker().published.find(({ payload }) => payload.includes('"entered"'));
    expect(await lock.lock().journal().compact(Number.POSITIVE_INFINITY)).toBe(true);
    lock.cutPower();
    await lock.boot();
    await lock.pass(1_000);
    lock.plant.close();
    await lock.pass(5_000);
    const visits = lock.broker().published.filter(({ topic }) => topic === topics.event.visit);
    const [receipt] = receiptsIn(visits.map(({ payload }) => payload));
    expect(receipt?.outcome).toBe('sealed');
    expect(receipt?.entered_at).toBe(JSON.parse(opened?.payload ?? '{}').ts);
  });

  it('knows when the door was first opened in a visit that may open it twice', async () => {
    const lock = await home({ profile: { ...DOOR, openingsMax: 2 } });
    lock.present(token());
    await lock.pass(1_000);
    for (let opening = 0; opening < 2; opening++) {
      lock.plant.push();
      await lock.pass(1_000);
      lock.plant.close();
      await lock.pass(5_000);
    }
    const visits = lock.broker().published.filter(({ topic }) => topic === topics.event.visit);
    const openings = visits.map(({ payload }) => JSON.parse(payload)).filter((event) => event.event_type === 'entered');
    expect(openings).toHaveLength(2);
    const [receipt] = receiptsIn(visits.map(({ payload }) => payload));
    expect(receipt?.outcome).toBe('sealed');
    expect(receipt?.entered_at).toBe(openings[0].ts);
  });

  it('knows when the door was first opened by a courier who pushes while the bolt is thrown again', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(DOOR.entryWindowMs + 410);
    expect(lock.lock().state()).toMatchObject({ visit: { row: 'relocking' }, bolt: { row: 'locking' } });
    lock.plant.push();
    await lock.pass(1_000);
    lock.plant.close();
    await lock.pass(5_000);
    const visits = lock.broker().published.filter(({ topic }) => topic === topics.event.visit);
    const [opened] = visits.map(({ payload }) => JSON.parse(payload));
    expect(opened.event_type).toBe('entered');
    const [receipt] = receiptsIn(visits.map(({ payload }) => payload));
    expect(receipt).toMatchObject({ outcome: 'sealed', entered_at: opened.ts });
  });

  it('says that nobody saw the bolt, where nobody can', async () => {
    const lock = await home({ profile: CAR_TRUNK });
    lock.present(
      people.people.issue({ nowS: Math.floor(lock.clock.wallMs() / 1000) as never, action: CAR_TRUNK.action }),
    );
    await lock.pass(2_000);
    lock.plant.push();
    await lock.pass(2_000);
    lock.plant.close();
    await lock.pass(10_000);
    const visits = lock.broker().published.filter(({ topic }) => topic === topics.event.visit);
    const [receipt] = receiptsIn(visits.map(({ payload }) => payload));
    expect(receipt).toMatchObject({ outcome: 'sealed', assumed: true });
  });
});

describe('every byte of a whole visit', () => {
  it('holds no token, no secret, no name, and no key but the public one of the lock in info', async () => {
    const lock = await home({ homeAssistant: ENABLED });
    const bytes = token();
    lock.plant.press('bell', 100);
    await deliver(lock, bytes);
    await deliver(lock, bytes);
    // By way of the broker, too, with all that is answered there; and what the owner says.
    const sent = people.people.invite(NOW_S, 1);
    const presentation = people.people.answer(sent, await nonceOf(lock));
    ask(lock, 'unlock', { presentation });
    await lock.pass(60_000);
    ask(lock, 'unlock', { presentation });
    const order = people.people.order(1, { op: 'pause' });
    lock
      .broker()
      .send(topics.control, JSON.stringify([order, people.people.order(2, { op: 'pause' }, { by: 'stranger' })]));
    await lock.pass(1_000);
    const { published } = lock.broker();
    expect(answers(lock).map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(published.some(({ topic }) => topic === ANNOUNCED_ON)).toBe(true);
    expect(published.some(({ payload }) => payload.includes('"applied"'))).toBe(true);
    expect(published.some(({ payload }) => payload.includes('"sealed"'))).toBe(true);
    expect(published.some(({ payload }) => payload.includes('already_used'))).toBe(true);
    const { identity } = people;
    const report = readPayloads(published);
    const secrets = { lock: identity.lockSeed, token: bytes, guest: sent, delegation: people.people.delegation };
    const { carrier, courier } = people.people.keys;
    const keys = {
      root: identity.root,
      recovery: identity.recovery,
      carrier,
      courier,
      own: publicKeyOf(identity.lockSeed),
    };
    for (const [name, secret] of Object.entries({ ...secrets, ...keys })) {
      const told = new Set<string>();
      for (const piece of piecesOf(secret)) {
        const spelt = spellings(piece);
        for (const { topic, payload } of published) if (spelt.some((text) => payload.includes(text))) told.add(topic);
        // Inside of what is signed, too: there a key would stand as it is.
        expect([name, report.some((raw) => raw.includes(piece))]).toEqual([name, false]);
      }
      expect([name, [...told]]).toEqual([name, name === 'own' ? [topics.info] : []]);
    }
    for (const text of people.secrets) expect(published.filter(({ payload }) => payload.includes(text))).toEqual([]);
    const [announced, ...more] = published.filter(({ topic }) => topic === ANNOUNCED_ON);
    expect(more).toEqual([]);
    // What it says of codes is their shape.
    expect(announced?.payload.match(/LS[0-9TDC]*:/g)).toEqual(['LS1:']);
    const everything = published.filter((one) => one !== announced).map(({ topic, payload }) => `${topic} ${payload}`);
    expect(everything.join('\n')).not.toMatch(/LS[0-9TDC]*:|courier|carrier|owner@|mqtt:/i);
  });
});

/** The bytes of every report. */
const readPayloads = (published: readonly { readonly payload: string }[]): readonly Buffer[] =>
  published.flatMap(({ payload }) => {
    const att = /"att":"([^"]+)"/.exec(payload)?.[1];
    return att === undefined ? [] : [Buffer.from(decodeBase64url(att) ?? [])];
  });

/** Every 24 bytes of it: longer than a token's id and the lock's own name, which are public. */
const PIECE_BYTES = 24;
const piecesOf = (secret: Uint8Array): readonly Buffer[] =>
  Array.from({ length: secret.length - PIECE_BYTES + 1 }, (_, at) => Buffer.from(secret.slice(at, at + PIECE_BYTES)));

const spellings = (piece: Buffer): readonly string[] => [
  toHex(piece),
  toHex(piece).toUpperCase(),
  piece.toString('base64'),
  piece.toString('base64url'),
  encodeBase45(piece),
];
