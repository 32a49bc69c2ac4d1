/** What went wrong once with a disk, and must not again: slow, full, broken, or with less on it than it said. */
import { describe, expect, it } from 'vitest';
import { encodeFile, SECTOR_BYTES } from '../../firmware/journal/frame.ts';
import { JOURNAL_BYTES_MAX, JOURNAL_FILE, RETENTION } from '../../firmware/journal/journal.ts';
import { openJournal } from '../../firmware/journal/open.ts';
import { encodeRecord, JOURNAL_VERSION, type JournalRecord } from '../../firmware/journal/records.ts';
import { CAR_TRUNK, KEY_SAFE } from '../../firmware/lock/profiles/index.ts';
import { toWallS } from '../../protocol/index.ts';
import type { World } from '../../sim/world.ts';
import { benchLock, GRANT } from '../support/bench-lock.ts';
import { EVERY_RING, heard, home, NOW_S, people, token } from '../support/home.ts';

/** Somebody with a token takes the key out of a safe, and shuts the lid. */
async function takeKey(lock: World): Promise<void> {
  lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()), action: 'release' }));
  await lock.pass(2_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.take();
  await lock.pass(500);
  lock.plant.close();
}

describe('while a spend is on its way to a slow disk', () => {
  const slow = { disk: { syncMs: 300 } };
  const show = async (lock: World): Promise<void> => {
    const { action } = lock.profile;
    lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()), action }));
    await lock.pass(100);
    expect(lock.lock().state().visit.row).toBe('spending');
  };

  it.each([
    ['a car is started', CAR_TRUNK, { ignition: true }],
    ['a safe is torn off its wall', KEY_SAFE, { mounted: false }],
  ])('%s: the token is used up, and nothing opens', async (_name, profile, change) => {
    const lock = await home({ profile, ...slow });
    await lock.pass(1_000);
    await show(lock);
    lock.plant.surround(change);
    await lock.pass(2_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'visit')).toMatchObject([{ event_type: 'ended', outcome: 'aborted' }]);
  });
});

describe('a key that is out when the journal is lost', () => {
  it.each([
    [
      'damaged',
      (lock: World) => lock.tamper('journal', (bytes) => bytes.with(bytes.length - 5, (bytes.at(-5) ?? 0) ^ 1)),
      'lockdown',
    ],
    ['deleted', (lock: World) => lock.tamper('journal', () => undefined), 'lockdown'],
    ['not to be read', (lock: World) => lock.disk().failNext('read', 'EIO'), 'unavailable'],
    ['silent', (lock: World) => lock.disk().stall('read'), 'unavailable'],
  ])(
    'can be given back hours later, for the safe is not locked over its empty place: %s',
    async (_how, lose, health) => {
      const lock = await home({ profile: KEY_SAFE });
      await takeKey(lock);
      await lock.pass(3_000);
      lock.cutPower();
      lose(lock);
      await lock.boot();
      await lock.pass(5 * 3_600_000);
      expect(lock.lock().journal().health).toBe(health);
      expect(lock.lock().document()).toMatchObject({ lock: 'unlocked', item: 'out' });
      expect(lock.plant.push()).toBe(true);
      lock.plant.put();
      await lock.pass(500);
      lock.plant.close();
      await lock.pass(10_000);
      expect(lock.lock().document()).toMatchObject({ lock: 'locked', item: 'in' });
    },
  );
});

/** Rings, enough to fill sectors behind a hole, far from where it would be; then a power cut, and a boot. */
async function cutAfterRings(lock: World): Promise<void> {
  for (let ring = 0; ring < 20; ring++) {
    lock.plant.press('bell', 100);
    await lock.pass(15_000);
  }
  lock.cutPower();
  await lock.boot();
  await lock.pass(200);
}

describe('a sync that has failed, after which the kernel keeps what the disk has not', () => {
  it('and a new start, as the owner is told to make one: no later power cut finds a hole in the journal', async () => {
    const health: string[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ seed });
      lock.disk().failNext('sync', 'EIO');
      lock.plant.press('bell', 100);
      await lock.pass(2_000);
      expect(lock.lock().journal().health).toBe('unavailable');
      await lock.restart();
      await lock.pass(200);
      const used = token();
      lock.present(used);
      await lock.pass(2_000);
      expect(lock.plant.truth().withdrawals).toBe(1);
      await cutAfterRings(lock);
      health.push(lock.lock().journal().health);
      lock.present(used);
      await lock.pass(1_000);
      expect(lock.plant.truth().withdrawals).toBe(1);
      expect(heard(lock, 'access').at(-1)).toMatchObject({ refusal: 'already_used' });
    }
    expect(health).toEqual(Array(8).fill('ok'));
  });

  it('in a program that did not say in which boot of the kernel it wrote: nor does a later power cut find one', async () => {
    const health: string[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ seed });
      lock.cutPower();
      const older = await openJournal(lock.disk(), lock.clock, people.identity.audience);
      if (older.kind !== 'sound') throw new Error(`the journal is ${older.kind}`);
      lock.disk().failNext('sync', 'EIO');
      await expect(older.journal.append({ type: 'boot', boot: 9, at_s: NOW_S })).rejects.toThrow();
      await lock.boot();
      await cutAfterRings(lock);
      health.push(lock.lock().journal().health);
    }
    expect(health).toEqual(Array(8).fill('ok'));
  });

  it('and a new start on a disk that is full just then: the journal is written anew as soon as there is room', async () => {
    const health: string[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ seed });
      lock.disk().failNext('sync', 'EIO');
      lock.plant.press('bell', 100);
      await lock.pass(2_000);
      lock.disk().failNext('replace', 'ENOSPC');
      await lock.restart();
      await lock.pass(200);
      await cutAfterRings(lock);
      health.push(lock.lock().journal().health);
    }
    expect(health).toEqual(Array(8).fill('ok'));
  });
});

/** Boots, and somebody inside presses the button and goes out. */
async function goesOutAtBoot(lock: World): Promise<void> {
  await expect(lock.boot()).resolves.toBe(true);
  await lock.pass(500);
  lock.plant.press('inside_button', 100);
  await lock.pass(1_000);
  expect(lock.plant.push()).toBe(true);
}

describe('a broken disk at boot', () => {
  it('that cannot be read lets people out', async () => {
    const lock = await home();
    lock.cutPower();
    lock.disk().failNext('read', 'EIO');
    await goesOutAtBoot(lock);
  });

  it('that cannot cut an interrupted append lets people out', async () => {
    const lock = await home();
    lock.cutPower();
    lock.tamper('journal', (bytes) => new Uint8Array([...bytes, 0, 0, 0]));
    lock.disk().failNext('truncate', 'EIO');
    await goesOutAtBoot(lock);
  });

  it('that does not answer lets people out', async () => {
    const lock = await home();
    lock.cutPower();
    lock.disk().stall('sync');
    await goesOutAtBoot(lock);
  });
});

describe('a broker that comes back while the disk is slow', () => {
  it('takes the events that waited, and does not cost the ledger', async () => {
    const lock = await home({ disk: { syncMs: 50 }, profile: EVERY_RING });
    lock.broker().lose();
    for (let i = 0; i < 2_500; i++) {
      lock.plant.press('bell', 60);
      await lock.pass(500);
    }
    expect(lock.lock().state().ledgerFault).toBe(false);
    lock.broker().setAckMs(2);
    lock.broker().restore();
    await lock.pass(60_000);
    expect(heard(lock, 'doorbell').length).toBe(2_500);
    expect(lock.lock().journal().failure).toBeUndefined();
    lock.plant.press('bell', 60);
    await lock.pass(1_000);
    expect(lock.lock().state().ledgerFault).toBe(false);
  });
});

describe('a journal that has grown as long as it may', () => {
  const rings = (count: number, lock: World): readonly JournalRecord[] =>
    Array.from({ length: count }, (_, seq) => ({
      type: 'event',
      seq,
      boot: 1,
      ts: new Date(lock.clock.wallMs()).toISOString(),
      topic: 'doorbell',
      body: { event_type: 'ring', repeats: 0, filler: 'x'.repeat(330) },
      life: 'l1',
    }));

  it('is written anew by the next start, before anything else has to go into it', async () => {
    const lock = await home();
    lock.cutPower();
    const count = JOURNAL_BYTES_MAX / SECTOR_BYTES - 1;
    const format: JournalRecord = { type: 'format', version: JOURNAL_VERSION, audience: people.identity.audience };
    const records = [format, { type: 'published', seq: count } as const, ...rings(count, lock)];
    const full = encodeFile(records.map(encodeRecord));
    expect(JOURNAL_BYTES_MAX - full.length).toBeLessThan(encodeRecord({ type: 'boot', boot: 1, at_s: 1 }).length);
    lock.tamper(JOURNAL_FILE, () => full);
    await lock.boot();
    await lock.pass(2_000);
    expect(lock.lock().journal().health).toBe('ok');
    expect(lock.lock().journal().size).toBeLessThan(RETENTION.bytes);
    lock.present(token());
    await lock.pass(2_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('is written anew while the key of a safe is out, for weeks perhaps', async () => {
    const lock = await home({ profile: KEY_SAFE });
    await takeKey(lock);
    await lock.pass(2_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_return');
    const journal = lock.lock().journal();
    for (const [at, record] of rings(20_000, lock).entries()) {
      if (record.type === 'event') journal.append({ ...record, seq: journal.memory.nextSeq });
      if (at % 500 === 0) await lock.pass(1_000);
    }
    await lock.pass(120_000);
    expect(journal.health).toBe('ok');
    expect(journal.size).toBeLessThan(RETENTION.bytes);
  });

  it('is written anew while somebody plays with the bell, for hours perhaps', async () => {
    const lock = await home({ profile: EVERY_RING });
    const journal = lock.lock().journal();
    const ring = async (): Promise<void> => {
      lock.plant.press('bell', 50);
      await lock.pass(100);
    };
    await ring();
    // As he has rung before, and nobody could write anew what became of it.
    for (const record of rings(20_000, lock)) {
      if (record.type === 'event') journal.append({ ...record, seq: journal.memory.nextSeq });
      if (journal.memory.nextSeq % 500 === 0) await ring();
    }
    for (let i = 0; i < 600; i++) await ring();
    expect(journal.health).toBe('ok');
    expect(journal.size).toBeLessThan(RETENTION.bytes);
    expect(lock.lock().state().ledgerFault).toBe(false);
  });
});

describe('a door that was forced while the disk was asked', () => {
  it('is open for the visit too', () => {
    const lock = benchLock();
    lock.boot();
    lock.give({ type: 'token.admitted', grant: GRANT });
    lock.door('open');
    lock.give({ type: 'spent', spendKey: GRANT.spendKey });
    lock.bolt('withdrawn');
    expect(lock.state().visit.row).toBe('door_open');
  });
});
