/** Small promises of the core that the stories of other tests pass by: each was once broken by one changed line that no test noticed. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type AdmitContext, admit, type Verdict } from '../../firmware/access/admit.ts';
import { dialIn } from '../../firmware/access/dial.ts';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { withinLimits } from '../../firmware/access/limits.ts';
import { refusalLog } from '../../firmware/access/refusal-log.ts';
import { BODY_BYTES_MAX, encodeFrame, paddingBefore, readFrames, SECTOR_BYTES } from '../../firmware/journal/frame.ts';
import { createJournal, JOURNAL_BYTES_MAX, JOURNAL_FILE, type Journal } from '../../firmware/journal/journal.ts';
import { emptyMemory, fold } from '../../firmware/journal/memory.ts';
import { openJournal } from '../../firmware/journal/open.ts';
import { encodeRecord, type JournalRecord } from '../../firmware/journal/records.ts';
import { BOLT } from '../../firmware/lock/bolt.ts';
import { DOOR } from '../../firmware/lock/profiles/door.ts';
import { initialState, type LockState } from '../../firmware/lock/state.ts';
import { look } from '../../firmware/lock/table.ts';
import type { Broker } from '../../firmware/ports/index.ts';
import { createReporter } from '../../firmware/report/reporter.ts';
import { opensslSigner } from '../../firmware/report/signer.ts';
import { ACTION, concat, monoMs, openText, parse, topicsOf, wallS } from '../../protocol/index.ts';
import { type SimulatedDisk, simulatedDisk } from '../../sim/ports/disk.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { prng } from '../../sim/time/prng.ts';
import type { World } from '../../sim/world.ts';
import { benchLock, GRANT } from '../support/bench-lock.ts';
import { home, NOW_S, people, topics } from '../support/home.ts';
import { AUDIENCE, delegation, keys, NOON_S, textOf, token } from '../support/people.ts';

type Bench = ReturnType<typeof benchLock>;
/** What became of the drive, from its first signal on. */
const motions = (lock: Bench): readonly string[] => {
  const all = lock.effects.flatMap((effect) =>
    effect.type === 'halt' ? ['halt'] : effect.type === 'drive' ? [effect.direction] : [],
  );
  return all.slice(all.findIndex((motion) => motion !== 'halt'));
};
const lights = (lock: Bench): readonly string[] =>
  lock.effects.flatMap((effect) => (effect.type === 'indicate' ? [effect.indication] : []));
const alarmsTold = (lock: Bench): readonly string[] =>
  lock.told().flatMap(({ topic, body }) => (topic === 'alarm' ? [`${body.event_type} ${body.alarm}`] : []));
const admitted = { type: 'token.admitted', grant: GRANT } as const;
const spent = { type: 'spent', spendKey: GRANT.spendKey } as const;

/** A lock whose visit stands in a row. */
function inVisit(row: 'unlocking' | 'awaiting_entry' | 'door_open' | 'relocking'): Bench {
  const lock = benchLock();
  lock.boot();
  lock.grant();
  const way = [() => lock.bolt('withdrawn'), () => lock.door('open'), () => lock.door('closed')];
  for (const go of way) if (lock.state().visit.row !== row) go();
  expect(lock.state().visit.row).toBe(row);
  return lock;
}
/** A bolt that does not get thrown. */
function jammed(): Bench {
  const lock = benchLock();
  lock.boot('withdrawn');
  lock.elapse('bolt');
  lock.elapse('bolt');
  expect(lock.row()).toBe('jammed');
  return lock;
}

describe('the door, seen by the bolt', () => {
  it('that nobody has seen closed is not closed: nothing is thrown', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
    expect(lock.row()).toBe('unlocked');
  });
  it('that was forced open is not closed: nothing is thrown', () => {
    const lock = benchLock();
    lock.boot();
    lock.door('open');
    lock.bolt('withdrawn');
    if (lock.armed.has('bolt')) lock.elapse('bolt');
    expect(lock.drives()).toEqual([]);
  });
  it('found open at boot was not forced', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.bolt('thrown');
    lock.door('open');
    expect(lock.state()).toMatchObject({ door: 'open', alarms: [] });
  });
});

describe('a lost board', () => {
  it('leaves nothing known, nothing armed and nothing driven, and says so', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.elapse('bolt');
    lock.give({ type: 'contact', contact: 'bell', closed: true });
    lock.give({ type: 'board.lost', reason: 'unplugged' });
    expect(lock.state()).toMatchObject({
      door: 'unknown',
      alarms: ['BoardLost'],
      bolt: { row: 'unknown', status: 'unknown' },
    });
    expect(lock.state().contacts.bolt_withdrawn).toEqual({ raw: undefined, closed: undefined });
    expect([...lock.armed.keys()]).toEqual([]);
    expect(motions(lock)).toEqual(['throw', 'halt']);
    expect(lights(lock).at(-1)).toBe('off');
    lock.boot('withdrawn');
    expect(alarmsTold(lock).filter((what) => what === 'raised BoardLost')).toHaveLength(1);
  });
  it('that comes back without a word of its loss has contacts that nobody has seen', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'board.ready' });
    expect(lock.state().contacts.door_closed).toEqual({ raw: undefined, closed: undefined });
  });
  it('is no reason to say who moved the bolt, when it is seen again', () => {
    const lock = benchLock();
    lock.boot();
    expect(lock.state().bolt.changedBy).toBe('unspecified');
  });
});

describe('the drive is taken away', () => {
  it('when the bolt has arrived, either way', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('withdrawn');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    lock.elapse('bolt');
    lock.bolt('thrown');
    expect(motions(lock)).toEqual(['withdraw', 'halt', 'throw', 'halt']);
  });
  it('when it has not arrived in time, either way', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.travelMsMax);
    lock.elapse('bolt');
    expect(lock.row()).toBe('jammed');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    expect(motions(jammed())).toEqual(['throw', 'halt']);
  });
  it('when the contacts contradict each other', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.bolt('conflict');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
  });
  it('when the door is opened after a press, or nobody opens it', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.press('inside_button');
    lock.door('open');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
    lock.press('inside_button');
    lock.elapse('bolt');
    expect(motions(lock)).toEqual(['withdraw', 'halt', 'withdraw', 'halt']);
  });
  it('when somebody pressed and nobody knows where the bolt is', () => {
    const lock = benchLock();
    lock.give({ type: 'board.ready' });
    lock.settle('inside_button', false);
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.travelMsMax);
    lock.elapse('bolt');
    expect(motions(lock)).toEqual(['withdraw', 'halt']);
  });
});

describe('a bolt between its ends', () => {
  it.each(['thrown', 'withdrawn', 'between'] as const)('is seen from %s, and thrown in the end', (from) => {
    const lock = benchLock();
    lock.boot(from);
    lock.bolt('between');
    expect(lock.row()).toBe('not_fully_locked');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
  });
  it('waits while the door is open, and for a moment after it was closed', () => {
    const lock = benchLock();
    lock.boot('between');
    lock.door('open');
    expect(lock.armed.has('bolt')).toBe(false);
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
  });
});

describe('a withdrawn bolt', () => {
  it('gives whoever presses inside the time to go', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.door('open');
    lock.door('closed');
    expect(lock.armed.get('bolt')).toBe(DOOR.relockAfterMs);
    lock.press('inside_button');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
  });
  it('is granted as it stands, with the time to come in', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.door('open');
    lock.door('closed');
    lock.grant();
    expect(lock.state().visit.row).toBe('awaiting_entry');
    expect(lock.armed.get('bolt')).toBe(DOOR.entryWindowMs);
    expect(lock.told().filter(({ topic }) => topic === 'access')).toHaveLength(1);
  });
  it('is entered at once when the door was opened meanwhile', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.give(admitted);
    lock.door('open');
    lock.give(spent);
    expect(lock.state().visit).toMatchObject({ row: 'door_open', entered: true });
  });
  it('that is just being thrown is withdrawn for a token whose use has become durable', () => {
    const lock = benchLock();
    lock.boot('withdrawn');
    lock.give(admitted);
    lock.elapse('bolt');
    lock.bolt('between');
    lock.give(spent);
    expect(lock.drives()).toEqual(['throw', 'withdraw']);
  });
});

describe('a jammed bolt', () => {
  it('that never left its end is locked at the next try', () => {
    const lock = benchLock();
    lock.boot();
    lock.press('inside_button');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.row()).toBe('locked');
  });
  it('that never left the other end is unlocked for the button inside', () => {
    const lock = jammed();
    lock.press('inside_button');
    expect(lock.row()).toBe('unlocked');
  });
  it('that comes free is unlocked', () => {
    const lock = jammed();
    lock.bolt('between');
    lock.bolt('withdrawn');
    expect(lock.row()).toBe('unlocked');
  });
  it('is tried again when the door is closed', () => {
    const lock = jammed();
    lock.door('open');
    lock.elapse('bolt');
    expect(lock.drives()).toEqual(['throw']);
    lock.door('closed');
    expect(lock.drives()).toEqual(['throw', 'throw']);
  });
  it('has all its tries again once it has arrived', () => {
    const lock = jammed();
    lock.bolt('thrown');
    lock.bolt('withdrawn');
    lock.elapse('bolt');
    lock.elapse('bolt');
    expect(lock.armed.get('bolt')).toBe(DOOR.retryAfterMs);
  });
  it('is shown', () => {
    expect(lights(jammed()).at(-1)).toBe('jammed');
  });
});

it.each(['unlocking', 'unlocked', 'jammed', 'not_fully_locked'] as const)(
  'a visit that asks for a thrown bolt gets one from %s, when the door is closed and nobody inside is leaving',
  (row) => {
    const seen: string[] = [];
    const move = look(BOLT, row, 'throw', (guard) => guard !== 'leaving' && seen.push(guard) > 0);
    expect(seen).toEqual(['door_closed', 'item_in']);
    expect(move).toMatchObject({ row: 'locking', words: ['drive_throw'] });
  },
);

describe('a visit', () => {
  it('of another courier begins afresh', () => {
    const lock = inVisit('relocking');
    lock.bolt('thrown');
    const second = { ...GRANT, spendKey: 'issuer:2' };
    lock.grant(second);
    lock.bolt('withdrawn');
    lock.elapse('visit');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['sealed', 'granted_not_entered']);
  });
  it('ends when the bolt jams before it was asked, on its way, or behind whoever did not come', () => {
    const spending = benchLock();
    spending.boot('withdrawn');
    spending.give(admitted);
    spending.elapse('bolt');
    spending.elapse('bolt');
    expect(spending.outcomes()).toEqual(['aborted']);
    spending.give(spent);
    expect(spending.drives()).toEqual(['throw']);
    const unlocking = inVisit('unlocking');
    unlocking.elapse('bolt');
    expect(unlocking.outcomes()).toEqual(['aborted']);
    const awaiting = inVisit('awaiting_entry');
    awaiting.elapse('bolt');
    awaiting.elapse('bolt');
    expect(awaiting.outcomes()).toEqual(['relock_failed']);
    const relocking = inVisit('relocking');
    relocking.elapse('bolt');
    expect(relocking.outcomes()).toEqual(['relock_failed']);
  });
  it('ends when its wait is over', () => {
    const unlocking = inVisit('unlocking');
    unlocking.elapse('visit');
    expect(unlocking.outcomes()).toEqual(['aborted']);
    const relocking = inVisit('relocking');
    relocking.elapse('visit');
    expect(relocking.outcomes()).toEqual(['relock_failed']);
    const arrived = benchLock();
    arrived.boot();
    arrived.press('bell');
    arrived.elapse('visit');
    expect(arrived.state().visit.row).toBe('idle');
  });
  it('ends when somebody locks by hand before anybody came in', () => {
    const lock = inVisit('awaiting_entry');
    lock.bolt('thrown');
    expect(lock.outcomes()).toEqual(['granted_not_entered']);
  });
  it('goes on when the door is opened before it is locked, and asks again when it is closed', () => {
    const lock = inVisit('relocking');
    lock.bolt('between');
    lock.door('open');
    expect(lock.state().visit.row).toBe('door_open');
    lock.bolt('withdrawn');
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw', 'withdraw', 'throw']);
  });
  it('whose door was forced open meanwhile is locked as soon as it is closed', () => {
    const lock = benchLock();
    lock.boot();
    lock.give(admitted);
    lock.door('open');
    lock.give(spent);
    lock.bolt('withdrawn');
    lock.elapse('visit');
    expect(lock.drives()).toEqual(['withdraw']);
    lock.door('closed');
    expect(lock.drives()).toEqual(['withdraw', 'throw']);
  });
});

describe('the light', () => {
  it('says refused for a moment, and fault while no token can be spent', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.refused', refusal: 'expired' });
    lock.elapse('refused');
    lock.give({ type: 'ledger.failed' });
    expect(lights(lock).slice(-4)).toEqual(['ready', 'refused', 'ready', 'fault']);
  });
});

describe('admit', () => {
  const locked: LockState = {
    ...initialState(),
    board: 'ready',
    door: 'closed',
    bolt: { ...initialState().bolt, row: 'locked', status: 'thrown' },
  };
  const context = (change: Partial<AdmitContext> = {}): AdmitContext => ({
    pins: { audience: AUDIENCE, root: keys.owner },
    firstLook: opensslVerify(),
    verify: opensslVerify(),
    time: { state: 'trusted', nowS: NOON_S },
    action: 'unlock',
    dial: dialIn('Europe/Berlin'),
    disk: 'ok',
    memory: emptyMemory(),
    isFreshNonce: () => false,
    lock: locked,
    ...change,
  });
  const refusalOf = (verdict: Verdict): string => (verdict.admitted ? 'admitted' : verdict.refused.refusal);

  it('refuses a photograph: a code drawn more than 30 s ago', () => {
    expect(refusalOf(admit(openText(textOf(token(), NOON_S - 31)), 'reader', context()))).toBe('holder_proof_failed');
    expect(refusalOf(admit(openText(textOf(token(), NOON_S + 31)), 'reader', context()))).toBe('holder_proof_failed');
  });
  it('counts uses by the day of the lock, not of Greenwich', () => {
    const nowS = wallS(Date.parse('2026-06-01T22:30:00Z') / 1000);
    const ctx = context({ time: { state: 'trusted', nowS } });
    const under = { delegation: delegation({ limits: { usesPerDay: 1 } }) };
    const show = (id: number) => textOf(token({ id, under, notBeforeS: nowS - 60, expiresS: nowS + 60 }), nowS);
    const verdict = admit(openText(show(1)), 'reader', ctx);
    if (!verdict.admitted) throw new Error('not admitted');
    fold(ctx.memory, verdict.spend);
    expect(refusalOf(admit(openText(show(2)), 'reader', ctx))).toBe('uses_exhausted');
  });
  it('asks for the hours of the lock', () => {
    const hours = [{ weekdays: 0b1, startMinute: 10 * 60, endMinute: 11 * 60 }];
    const under = { delegation: delegation({ limits: { hours } }) };
    // 10:00 UTC is noon in Berlin.
    expect(refusalOf(admit(openText(textOf(token({ under }))), 'reader', context()))).toBe('outside_hours');
  });
  it('judges the token before the door: a used one is used, whatever the door does', () => {
    const ctx = context();
    const verdict = admit(openText(textOf(token())), 'reader', ctx);
    if (!verdict.admitted) throw new Error('not admitted');
    fold(ctx.memory, verdict.spend);
    expect(refusalOf(admit(openText(textOf(token())), 'reader', { ...ctx, lock: { ...locked, door: 'open' } }))).toBe(
      'already_used',
    );
  });
  const presentation = (bytes: Uint8Array) => {
    const parsed = parse(textOf(bytes));
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.value;
  };
  it('takes what is just within limits', () => {
    const window = { notBeforeS: NOON_S - 600, expiresS: NOON_S + 3600 };
    const under = {
      delegation: delegation({ ...window, limits: { epoch: 2, actions: ACTION.unlock | ACTION.release } }),
    };
    expect(withinLimits(presentation(token({ ...window, under })), NOON_S, { epoch: 1 })).toBeUndefined();
  });
});

it('a refusal is told again after exactly a minute', () => {
  const log = refusalLog();
  expect(log.note('reader', 'expired', monoMs(0))).toBe(0);
  expect(log.note('reader', 'expired', monoMs(59_999))).toBeUndefined();
  expect(log.note('reader', 'expired', monoMs(60_000))).toBe(1);
});

describe('frames', () => {
  const headed = (length: number, rest: number): Uint8Array => {
    const bytes = new Uint8Array(12 + rest).fill(7);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0);
    view.setUint32(4, length);
    view.setUint32(8, crc32(bytes.subarray(0, 8)));
    return bytes;
  };
  it('of an impossible length are damage, not an interrupted append', () => {
    for (const length of [0, BODY_BYTES_MAX + 1, 0xffffffff])
      expect(readFrames(headed(length, 100)).kind).toBe('damaged');
  });
  it('do not stand behind a sector of nothing', () => {
    const pad = (frame: Uint8Array) => concat(frame, new Uint8Array(SECTOR_BYTES - frame.length));
    const body = new Uint8Array(10).fill(1);
    const hole = concat(pad(encodeFrame(0, body)), new Uint8Array(SECTOR_BYTES), encodeFrame(1, body));
    expect(readFrames(hole).kind).toBe('damaged');
  });
  it('that fit exactly need no padding', () => {
    expect(paddingBefore(SECTOR_BYTES - 100, 100)).toBe(0);
    expect(paddingBefore(SECTOR_BYTES - 100, 101)).toBe(100);
  });
});

describe('the journal', () => {
  const clock = virtualClock({ startWallMs: 0 });
  const sound = async (disk: SimulatedDisk): Promise<Journal> => {
    const opened = await openJournal(disk, clock, AUDIENCE);
    if (opened.kind !== 'sound') throw new Error(`the journal is ${opened.kind}`);
    return opened.journal;
  };
  const fresh = async () => {
    const disk = simulatedDisk({ prng: prng(1) });
    await createJournal(disk, AUDIENCE);
    return { disk, journal: await sound(disk) };
  };
  const ring = (seq: number, fill = 0): JournalRecord => ({
    type: 'event',
    life: 'l1',
    seq,
    boot: 1,
    ts: '2026-06-01T10:00:00.000Z',
    topic: 'doorbell',
    body: { event_type: 'ring', fill: 'x'.repeat(fill) },
  });
  /** Where frames begin and end in a file. */
  const framesIn = (file: Uint8Array): readonly (readonly [number, number])[] => {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const found: [number, number][] = [];
    for (let at = 0; at + 12 <= file.length; ) {
      if (crc32(file.subarray(at, at + 8)) !== view.getUint32(at + 8)) {
        at = (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;
        continue;
      }
      const end = at + 16 + view.getUint32(at + 4);
      found.push([at, end]);
      at = end;
    }
    return found;
  };
  it('writes no frame across two sectors, however many it has written before', async () => {
    const { disk, journal } = await fresh();
    for (let i = 0; i < 40; i++) await journal.append(ring(i));
    const frames = framesIn(disk.files().get(JOURNAL_FILE) ?? new Uint8Array());
    expect(frames).toHaveLength(41);
    for (const [from, to] of frames) expect(Math.floor(from / SECTOR_BYTES)).toBe(Math.floor((to - 1) / SECTOR_BYTES));
  });
  it('begins another write after a frame that ends a sector', async () => {
    const { disk, journal } = await fresh();
    const end = disk.files().get(JOURNAL_FILE)?.length ?? 0;
    const bare = encodeRecord(ring(1)).length + 16;
    const writes: Uint8Array[] = [];
    disk.onOperation(({ kind, phase, bytes }) => {
      if (kind === 'append' && phase === 'done' && bytes !== undefined) writes.push(bytes);
    });
    // The second fills the sector to its last byte, the third begins the next.
    const fills = SECTOR_BYTES - end - bare;
    await Promise.all([journal.append(ring(0)), journal.append(ring(1, fills - bare)), journal.append(ring(2))]);
    expect(writes).toHaveLength(2);
    expect(end + (writes[0]?.length ?? 0)).toBe(SECTOR_BYTES);
  });
  it('does not touch the file again after a failure, for those that wait either', async () => {
    const { disk, journal } = await fresh();
    disk.failNext('sync', 'EIO');
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => journal.append(ring(i))));
    const before = disk.operations;
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    await clock.settle();
    expect(disk.operations).toBe(before);
    expect(before).toBeLessThanOrEqual(4);
  });
  it('with a second beginning is damaged', async () => {
    const { disk, journal } = await fresh();
    await journal.append({ type: 'format', version: 1, audience: AUDIENCE });
    expect(await openJournal(disk, clock, AUDIENCE)).toMatchObject({ kind: 'damaged' });
  });
  it('that is full takes nothing more, and fails for good', async () => {
    const bare = encodeRecord(ring(0)).length;
    const parts: Uint8Array[] = [];
    const first = encodeRecord({ type: 'format', version: 1, audience: AUDIENCE });
    parts.push(concat(encodeFrame(0, first), new Uint8Array(SECTOR_BYTES - 16 - first.length)));
    const body = encodeRecord(ring(0, BODY_BYTES_MAX - bare));
    for (let i = 1; i < JOURNAL_BYTES_MAX / SECTOR_BYTES; i++) parts.push(encodeFrame(i, body));
    const disk = simulatedDisk({ prng: prng(1), files: new Map([[JOURNAL_FILE, concat(...parts)]]) });
    const journal = await sound(disk);
    await expect(journal.append(ring(1))).rejects.toThrow('full');
    await expect(journal.append(ring(2))).rejects.toThrow('full');
    expect(disk.files().get(JOURNAL_FILE)?.length).toBe(JOURNAL_BYTES_MAX);
  });
});

describe('the firmware', () => {
  const said = (lock: World, topic: string): readonly string[] =>
    lock
      .broker()
      .published.filter((message) => message.topic === topic)
      .map(({ payload }) => payload);

  it('denies at once when the disk fails, without waiting for its time to be over', async () => {
    const lock = await home();
    lock.disk().failNext('append', 'EIO');
    lock.present(people.people.issue({ nowS: NOW_S }));
    await lock.pass(50);
    expect(lock.lock().state().visit.row).toBe('idle');
  });
  it('does not count one refused code that is held up against the channel', async () => {
    const lock = await home();
    const text = people.people.show(people.people.issue({ nowS: NOW_S, forged: true }), NOW_S);
    for (let i = 0; i < 20; i++) {
      lock.lock().present(text, 'reader');
      await lock.pass(100);
    }
    for (let i = 0; i < 4; i++) lock.lock().present(`parcel ${i}`, 'reader');
    await lock.pass(500);
    expect(lock.broker().published.some(({ payload }) => payload.includes('throttled'))).toBe(false);
    expect(lock.lock().journal().memory.wrongCodes.get('reader')).toBe(1);
  });
  it('does nothing any more once it was killed', async () => {
    const lock = await home();
    await lock.pass(1_000);
    lock.lock().kill();
    const before = lock.disk().operations;
    lock.present(people.people.issue({ nowS: NOW_S }));
    lock.lock().present('parcel', 'reader');
    lock.plant.press('inside_button', 100);
    await lock.pass(2_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.disk().operations).toBe(before);
  });
  it('tells its state when it has changed, and not otherwise', async () => {
    const lock = await home();
    const before = said(lock, topics.state).length;
    lock.lock().present('parcel', 'reader');
    await lock.pass(5_000);
    expect(said(lock, topics.state)).toHaveLength(before);
  });
  it('bounds what a stranger puts into an event, and goes on', async () => {
    const lock = await home();
    lock.lock().present(`LS${'1'.repeat(1_000)}:`, 'reader');
    await lock.pass(500);
    const [refused] = said(lock, topics.event.access).map((payload) => JSON.parse(payload));
    expect(refused.detail.length).toBeLessThanOrEqual(100);
    lock.present(people.people.issue({ nowS: NOW_S }));
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
  it('publishes an event when it is durable, and not before', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.plant.press('bell', 100);
    await lock.pass(2_000);
    expect(said(lock, topics.event.doorbell)).toEqual([]);
    lock.disk().unstall('sync');
    await lock.pass(500);
    expect(said(lock, topics.event.doorbell)).toHaveLength(1);
  });
  it('retains three documents, and no event', async () => {
    const lock = await home();
    lock.plant.press('bell', 100);
    await lock.pass(1_000);
    expect([...lock.broker().retained.keys()].sort()).toEqual([topics.availability, topics.info, topics.state].sort());
  });
  it('tries again by itself what the broker did not acknowledge', async () => {
    const lock = await home();
    lock.broker().refuse(({ topic }) => (topic === topics.event.doorbell ? 'not now' : undefined));
    lock.plant.press('bell', 100);
    await lock.pass(500);
    lock.broker().refuse(() => undefined);
    await lock.pass(3_000);
    expect(said(lock, topics.event.doorbell)).toHaveLength(1);
  });
  it('gives no id twice, though the disk kept nothing of the first', async () => {
    const lock = await home();
    await lock.pass(1_000);
    lock.disk().failNext('append', 'EIO');
    lock.plant.press('bell', 100);
    await lock.pass(1_000);
    const idsOf = (): readonly string[] =>
      lock
        .broker()
        .published.filter(({ topic }) => topic.includes('/event/'))
        .map(({ payload }) => JSON.parse(payload).id);
    const before = idsOf();
    lock.cutPower();
    await lock.boot();
    await lock.pass(1_000);
    expect(idsOf().filter((id) => before.includes(id))).toEqual([]);
  });
  it('shows whoever was refused that he was', async () => {
    const lock = await home();
    lock.lock().present('parcel', 'reader');
    expect(lock.lock().state().indication).toBe('refused');
  });
});

it('a level that is repeated while it settles does not begin its wait again', () => {
  const lock = benchLock();
  lock.boot();
  const first = lock.give({ type: 'contact', contact: 'door_closed', closed: false });
  const again = lock.give({ type: 'contact', contact: 'door_closed', closed: false });
  expect(first.map(({ type }) => type)).toEqual(['arm']);
  expect(again).toEqual([]);
});

it('a reporter asks nothing of a broker that it was told is lost', async () => {
  const clock = virtualClock({ startWallMs: 0 });
  const asked: string[] = [];
  const broker: Broker = {
    start: () => undefined,
    publish: (topic) => {
      asked.push(topic);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const reporter = createReporter({
    broker,
    topics: topicsOf('front-door'),
    info: {
      v: 1,
      lock_id: 'front-door',
      audience: AUDIENCE,
      lock_key: '0'.repeat(64),
      profile: 'door',
      firmware: '0',
      boot: 1,
    },
    signer: opensslSigner(new Uint8Array(32)),
    journal: { memory: emptyMemory(), appendLazily: () => undefined },
    durableSeq: () => -1,
    onRoom: () => undefined,
    onSetAside: () => undefined,
    nowMs: () => clock.wallMs(),
    clock,
    log: () => undefined,
  });
  const tell = reporter.heard;
  tell({ type: 'broker.connected' });
  await clock.settle();
  const before = asked.length;
  expect(before).toBe(2);
  tell({ type: 'broker.lost', reason: 'test' });
  reporter.state({ v: 1 } as never);
  await clock.advanceAsync(5_000);
  expect(asked).toHaveLength(before);
});
