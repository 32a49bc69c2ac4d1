/** What only the owner may say, and what none of it is worth a minute later. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '../../firmware/journal/journal.ts';
import {
  EPOCH_SAID_MAX,
  fromHex,
  kidOf,
  publicKeyOf,
  readToken,
  rotateRoot,
  type Statement,
  sha256,
  TIME_SAID_MAX,
  toText,
  toWallS,
  wallS,
  writeControl,
} from '../../protocol/index.ts';
import { PHASES } from '../../sim/scenario/runner.ts';
import type { World } from '../../sim/world.ts';
import { nonceOf } from '../support/asker.ts';
import { heard, home, NOW_S, people, token, topics } from '../support/home.ts';

const AUDIENCE = people.identity.audience;
const NOBODY = new Uint8Array(32);
const newSeed = sha256(new TextEncoder().encode('test seed of a new root'));

const results = (lock: World) => heard(lock, 'system').flatMap((event) => ('result' in event ? [event.result] : []));

/** The owner publishes statements, as a retained document. */
async function control(lock: World, ...texts: readonly string[]): Promise<void> {
  lock.broker().send(topics.control, JSON.stringify(texts), true);
  await lock.pass(100);
}

async function order(
  lock: World,
  counter: number,
  statement: Statement,
  how: { readonly by?: 'recovery' | 'stranger'; readonly nonce?: Uint8Array } = {},
): Promise<void> {
  await control(lock, people.people.order(counter, statement, how));
}

async function opens(lock: World, bytes: Uint8Array): Promise<boolean> {
  const before = lock.plant.truth().withdrawals;
  await lock.pass(5_000);
  lock.present(bytes);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(100);
  lock.plant.close();
  await lock.pass(2_000);
  return lock.plant.truth().withdrawals > before;
}

const refusals = (lock: World) => heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));

describe('a control over the broker', () => {
  it('is obeyed once, however often the broker repeats the document', async () => {
    const lock = await home();
    await order(lock, 1, { op: 'pause' });
    lock.broker().lose();
    lock.broker().restore();
    await lock.pass(1_000);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().document()).toMatchObject({ paused: true, control_counter: 1 });
  });

  it('that cannot be made durable is told to be so, and holds until the power goes all the same', async () => {
    const lock = await home();
    lock.disk().failNext('sync', 'EIO');
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('waits in a retained document for a lock that was away, in order', async () => {
    const lock = await home();
    lock.broker().lose();
    const texts = [1, 2, 3, 4, 5, 6, 7].map((n) => people.people.order(n, { op: n % 2 === 1 ? 'pause' : 'resume' }));
    await control(lock, ...texts);
    lock.broker().restore();
    await lock.pass(1_000);
    expect(lock.lock().document()).toMatchObject({ paused: true, control_counter: 7 });
  });

  it('is obeyed although the channel is locked out: a flood of codes does not keep the owner away', async () => {
    const lock = await home();
    for (let i = 0; i < 5; i++) {
      const forged = people.people.show(
        people.people.issue({ nowS: NOW_S, forged: true }),
        toWallS(lock.clock.wallMs()),
      );
      lock.lock().present(forged, 'mqtt');
      await lock.pass(5_000);
    }
    expect(lock.lock().state().lockedOut).toEqual(['mqtt']);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
  });

  it('that is old costs less and less of the disk, however often somebody repeats it', async () => {
    const lock = await home();
    const old = [1, 2].map((n) => people.people.order(n, { op: 'pause' }));
    await control(lock, ...old);
    const size = lock.lock().journal().size;
    for (let i = 0; i < 1_000; i++) {
      lock.lock().present(old[i % 2] ?? '', 'reader');
      await lock.pass(100);
    }
    expect(lock.lock().journal().size - size).toBeLessThan(8_192);
  });

  it('that is old is answered once a minute, however patiently somebody shows it to a reader', async () => {
    const lock = await home();
    const old = [1, 2].map((n) => people.people.order(n, { op: 'pause' }));
    await control(lock, ...old);
    const before = results(lock).length;
    for (let i = 0; i < 200; i++) {
      lock.lock().present(old[i % 2] ?? '', 'reader');
      await lock.pass(3_100);
    }
    const answers = results(lock).slice(before);
    expect(new Set(answers)).toEqual(new Set(['out_of_order']));
    expect(answers.length).toBeLessThanOrEqual(11);
  });

  it('that comes too early is answered once a minute, and another one at once', async () => {
    const lock = await home();
    for (let i = 0; i < 3; i++) await order(lock, 7, { op: 'pause' });
    await order(lock, 8, { op: 'pause' });
    await order(lock, 7, { op: 'resume' });
    expect(results(lock)).toEqual(['out_of_order', 'out_of_order', 'out_of_order']);
    await lock.pass(60_000);
    await order(lock, 7, { op: 'pause' });
    expect(results(lock)).toHaveLength(4);
  });
});

describe('set-time', () => {
  const set = (timeS: number): Statement => ({ op: 'set-time', timeS: wallS(timeS) });

  it('lets a lock judge tokens whose clock nobody vouches for', async () => {
    const lock = await home();
    lock.vouch('none');
    expect(await opens(lock, token())).toBe(false);
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    await order(lock, 1, set(toWallS(lock.clock.wallMs())), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().state().alarms).toEqual([]);
    expect(await opens(lock, token())).toBe(true);
  });

  it('goes before the wall clock, and goes on by itself', async () => {
    const lock = await home();
    // The machine woke up in another century.
    lock.clock.setWall(Date.UTC(2000, 0, 1));
    lock.vouch('none');
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    await lock.pass(60_000);
    const bytes = people.people.issue({ nowS: NOW_S });
    lock.lock().present(people.people.show(bytes, wallS(NOW_S + 60)), 'reader');
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    expect(heard(lock, 'access').at(-1)?.ts.slice(0, 10)).toBe('2026-06-01');
  });

  it('holds over a restart of the process, and not over one of the kernel', async () => {
    const lock = await home();
    lock.vouch('none');
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    await lock.lock().journal().compact();
    await lock.restart();
    await lock.pass(200);
    expect(lock.lock().state().clockUntrusted).toBe(false);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().clockUntrusted).toBe(true);
  });

  it('below the floor raises the epoch with it: what was forgotten is void, through compaction and boot', async () => {
    const lock = await home();
    await lock.pass(3 * 3_600_000);
    const before = lock.lock().journal().memory.floorS;
    const old = token();
    await order(lock, 1, set(NOW_S), { nonce: await nonceOf(lock) });
    expect(before).toBeGreaterThan(NOW_S);
    expect(lock.lock().journal().memory.floorS).toBe(NOW_S);
    expect(lock.lock().document().epoch).toBe(2);
    await lock.lock().journal().compact();
    await lock.restart();
    await lock.pass(200);
    expect(lock.lock().document().epoch).toBe(2);
    lock.lock().present(people.people.show(old, wallS(NOW_S + 10)), 'reader');
    await lock.pass(500);
    expect(refusals(lock)).toEqual(['epoch_stale']);
  });

  it('of yesterday is worth nothing, whoever kept it', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    const kept = people.people.order(1, set(NOW_S - 86_400), { nonce });
    await lock.pass(61_000);
    await control(lock, kept);
    expect(results(lock)).toEqual(['nonce_stale']);
    expect(lock.lock().document().control_counter).toBe(0);
  });

  it('without a nonce, or with one that the lock never gave, is not obeyed', async () => {
    const lock = await home();
    await order(lock, 1, set(NOW_S - 3_600), { nonce: new Uint8Array(16) });
    expect(results(lock)).toEqual(['nonce_stale']);
    expect(() => people.people.order(1, set(NOW_S))).toThrow('not a valid control');
  });
});

describe('rotate-root', () => {
  const rotation = (counter: number): Statement => rotateRoot(AUDIENCE, counter, newSeed);

  it('by the recovery key makes what the old root signed void, at once and after a boot', async () => {
    const lock = await home();
    const old = token();
    await order(lock, 1, rotation(1), { by: 'recovery', nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(await opens(lock, old)).toBe(false);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, old)).toBe(false);
    expect(lock.lock().document().control_counter).toBe(1);
    expect(JSON.parse(new TextDecoder().decode(lock.disk().files().get('identity'))).root).toBe(
      Buffer.from(publicKeyOf(newSeed)).toString('hex'),
    );
  });

  it('by the root itself, stolen or not, is no control', async () => {
    const lock = await home();
    await order(lock, 1, rotation(1), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual([]);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('to a key that nobody showed to hold is not obeyed', async () => {
    const lock = await home();
    const elsewhere = rotateRoot(AUDIENCE, 2, newSeed);
    await order(lock, 1, elsewhere, { by: 'recovery', nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['new_root_unproved']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('says no other thing with the recovery key', async () => {
    const lock = await home();
    await order(lock, 1, { op: 'pause' }, { by: 'recovery' });
    expect(results(lock)).toEqual([]);
    expect(lock.lock().document().paused).toBe(false);
  });

  it('stops a courier of the old root who was let in and has not come', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    await order(lock, 1, rotation(1), { by: 'recovery', nonce: await nonceOf(lock) });
    await lock.pass(1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('that the disk does not take leaves the old root, and says so', async () => {
    const lock = await home();
    const nonce = await nonceOf(lock);
    lock.disk().failNext('replace', 'EIO');
    await order(lock, 1, rotation(1), { by: 'recovery', nonce });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(await opens(lock, token())).toBe(true);
  });

  it('cut at any operation of the disk leaves one root, the old or the new', async () => {
    for (let at = 0; at < 12; at++) {
      const lock = await home({ seed: at + 1 });
      const nonce = await nonceOf(lock);
      const first = lock.disk().operations;
      let isOn = true;
      lock.disk().onOperation(({ index, phase }) => {
        if (!isOn || index - first !== Math.floor(at / 3) || phase !== (['before', 'issued', 'done'] as const)[at % 3])
          return;
        isOn = false;
        lock.cutPower();
      });
      lock
        .broker()
        .send(topics.control, JSON.stringify([people.people.order(1, rotation(1), { by: 'recovery', nonce })]));
      await lock.pass(100);
      if (isOn) lock.cutPower();
      await lock.boot();
      await lock.pass(200);
      const { root } = JSON.parse(new TextDecoder().decode(lock.disk().files().get('identity')));
      const isNew = root === Buffer.from(publicKeyOf(newSeed)).toString('hex');
      expect(lock.lock().state().ledgerFault).toBe(false);
      // The count follows the root, and never goes before it.
      if (!isNew) expect(lock.lock().document().control_counter).toBe(0);
      expect(await opens(lock, token())).toBe(!isNew);
    }
  });
});

describe('a control behind a new root in one document', () => {
  const ordered = (from: number, count: number, seed: Uint8Array) =>
    Array.from({ length: count }, (_, i) => {
      const statement: Statement = { op: (from + i) % 2 === 0 ? 'pause' : 'resume' };
      return toText(writeControl({ audience: AUDIENCE, issuedAtS: NOW_S, counter: from + i, statement }, seed));
    });
  const rotated = async (lock: World) =>
    people.people.order(1, rotateRoot(AUDIENCE, 1, newSeed), { by: 'recovery', nonce: await nonceOf(lock) });

  it('waits for it, and is judged by the new one: the document need not come again', async () => {
    const lock = await home();
    await control(lock, await rotated(lock), ...ordered(2, 15, newSeed));
    expect(results(lock)).toEqual(Array(16).fill('applied'));
    expect(lock.lock().document().control_counter).toBe(16);
  });

  it('is no control any more when the old one signed it', async () => {
    const lock = await home();
    await control(lock, await rotated(lock), people.people.order(2, { op: 'pause' }));
    expect(results(lock)).toEqual(['applied']);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 1 });
  });

  it('waits through a disk that does not take the root, and is judged by the old one', async () => {
    const lock = await home();
    const rotation = await rotated(lock);
    lock.disk().failNext('replace', 'EIO');
    await control(lock, rotation, people.people.order(1, { op: 'pause' }));
    expect(results(lock)).toEqual(['ledger_unavailable', 'applied']);
    expect(lock.lock().document().paused).toBe(true);
  });

  it('waits with fifteen others at most; one more is refused, and lost to nobody but itself', async () => {
    const lock = await home();
    lock.broker().send(topics.control, JSON.stringify([await rotated(lock)]));
    const behind = ordered(2, 18, newSeed);
    // All in the turn in which the root goes to the disk.
    for (const text of behind) lock.lock().present(text, 'reader');
    await lock.pass(100);
    expect(lock.lock().document().control_counter).toBe(17);
    expect(refusals(lock)).toEqual(['throttled']);
    for (const text of behind.slice(16)) lock.lock().present(text, 'mqtt');
    await lock.pass(100);
    expect(lock.lock().document().control_counter).toBe(19);
  });

  it('that is shown again and again meanwhile waits once', async () => {
    const lock = await home();
    lock.broker().send(topics.control, JSON.stringify([await rotated(lock)]));
    const [text = ''] = ordered(2, 1, newSeed);
    for (let time = 0; time < 40; time++) lock.lock().present(text, 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['applied', 'applied']);
    expect(refusals(lock)).toEqual([]);
  });
});

describe('a document that is full of what is no control', () => {
  it('is listened to no more than other texts on its channel, and does not keep the owner away', async () => {
    const lock = await home();
    for (let time = 0; time < 3; time++) {
      await control(lock, ...Array.from({ length: 16 }, (_, i) => `LS1:NONSENSE ${time} ${i}`));
    }
    expect(refusals(lock)).toEqual(['malformed', 'throttled']);
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['applied']);
  });
});

describe('what the owner says while a token is on its way', () => {
  const issued = readToken(token());
  const carrier = issued !== undefined && 'delegation' in issued.issuer ? issued.issuer.delegation.carrier : NOBODY;
  const phone = issued?.holder ?? NOBODY;
  const VETOES: readonly (readonly [string, Statement, { by?: 'recovery'; nonce?: true }])[] = [
    ['pause', { op: 'pause' }, {}],
    ['raise-epoch', { op: 'raise-epoch', epoch: 2 }, {}],
    ['deny-key of the carrier', { op: 'deny-key', kid: kidOf(carrier) }, {}],
    ['deny-key of the phone', { op: 'deny-key', kid: kidOf(phone) }, {}],
    ['deny-token', { op: 'deny-token', tokenId: new Uint8Array(16) }, {}],
    ['set-mode privacy', { op: 'set-mode', mode: 'privacy' }, {}],
    ['set-mode vacation', { op: 'set-mode', mode: 'vacation' }, {}],
    ['set-time below the floor', { op: 'set-time', timeS: wallS(NOW_S - 7_200) }, { nonce: true }],
    ['rotate-root', rotateRoot(AUDIENCE, 1, newSeed), { by: 'recovery', nonce: true }],
  ];
  const OTHERS: readonly (readonly [string, Statement])[] = [
    ['resume', { op: 'resume' }],
    ['deny-key of somebody else', { op: 'deny-key', kid: new Uint8Array(8) }],
    ['deny-token of another', { op: 'deny-token', tokenId: new Uint8Array(16).fill(9) }],
    ['set-mode for the other channel', { op: 'set-mode', mode: 'no_remote_lock_unlock' }],
  ];

  /** A token that the disk has not taken yet, and the owner's word behind it. */
  async function race(
    statement: Statement,
    how: { by?: 'recovery'; nonce?: true },
    untilSpent: boolean,
  ): Promise<World> {
    const lock = await home();
    const nonce = how.nonce === true ? await nonceOf(lock) : undefined;
    if (!untilSpent) lock.disk().stall('sync');
    lock.present(token());
    await lock.pass(untilSpent ? 1_000 : 10);
    const { row, grant } = lock.lock().state().visit;
    expect(row).toBe(untilSpent ? 'awaiting_entry' : 'spending');
    const named: Statement =
      statement.op === 'deny-token' && statement.tokenId[0] === 0
        ? { ...statement, tokenId: fromHex(grant?.tokenId ?? '') ?? new Uint8Array(16) }
        : statement;
    await order(lock, 1, named, {
      ...(how.by === undefined ? {} : { by: how.by }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    return lock;
  }

  const outcomes = (lock: World) =>
    heard(lock, 'visit').flatMap((event) => ('outcome' in event ? [event.outcome] : []));

  it.each(VETOES)('wins before the spend is durable: %s', async (_what, statement, how) => {
    const lock = await race(statement, how, false);
    lock.disk().unstall('sync');
    await lock.pass(2_000);
    expect(outcomes(lock)).toEqual(['vetoed']);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.lock().journal().memory.spent.size).toBe(1);
  });

  it.each(VETOES)('throws the bolt again when nobody has come in: %s', async (_what, statement, how) => {
    const lock = await race(statement, how, true);
    await lock.pass(2_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
    expect(outcomes(lock)).toEqual(['granted_not_entered']);
  });

  it.each(VETOES)('leaves whoever is inside to leave, and the door to seal: %s', async (_what, statement, how) => {
    const lock = await home();
    const nonce = how.nonce === true ? await nonceOf(lock) : undefined;
    lock.present(token());
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(500);
    await order(lock, 1, statement, {
      ...(how.by === undefined ? {} : { by: how.by }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    expect(lock.lock().state().visit.row).toBe('door_open');
    lock.plant.close();
    await lock.pass(3_000);
    expect(heard(lock, 'visit').at(-1)).toMatchObject({ outcome: 'sealed' });
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it.each(OTHERS)('is no veto when it would not refuse that token: %s', async (_what, statement) => {
    const lock = await race(statement, {}, false);
    lock.disk().unstall('sync');
    await lock.pass(2_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
  });

  it('keeps every token away while a new root is on its way to the disk', async () => {
    const lock = await home();
    const rotation = people.people.order(1, rotateRoot(AUDIENCE, 1, newSeed), {
      by: 'recovery',
      nonce: await nonceOf(lock),
    });
    lock.disk().stall('replace');
    await control(lock, rotation);
    lock.present(token());
    await lock.pass(100);
    lock.disk().unstall('replace');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['ledger_unavailable']);
    expect(lock.plant.truth().withdrawals).toBe(0);
  });
});

describe('the epoch', () => {
  it('is raised to no number that a clock which goes back could not raise further', async () => {
    const lock = await home();
    await lock.pass(3 * 3_600_000);
    await order(lock, 1, { op: 'raise-epoch', epoch: Number.MAX_SAFE_INTEGER });
    await order(lock, 1, { op: 'raise-epoch', epoch: EPOCH_SAID_MAX + 1 });
    expect(results(lock)).toEqual(['too_high', 'too_high']);
    await order(lock, 1, { op: 'raise-epoch', epoch: EPOCH_SAID_MAX });
    await order(lock, 2, { op: 'set-time', timeS: wallS(NOW_S) }, { nonce: await nonceOf(lock) });
    expect(lock.lock().document()).toMatchObject({ epoch: EPOCH_SAID_MAX + 1, control_counter: 2 });
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().document().epoch).toBe(EPOCH_SAID_MAX + 1);
  });
});

describe('a token of a later epoch than the lock’s', () => {
  const DAYS_MS = 50 * 3_600_000;

  /** A guest of epoch 3 comes to a lock that is in epoch 1, and has been forgotten two days later. */
  async function forgotten(how: (lock: World) => Promise<unknown>): Promise<{ lock: World; guest: Uint8Array }> {
    const lock = await home();
    const guest = people.people.invite(NOW_S, 3);
    expect(await opens(lock, guest)).toBe(true);
    await lock.pass(DAYS_MS);
    expect(lock.lock().journal().memory.spent.size).toBe(0);
    await how(lock);
    return { lock, guest };
  }
  const turnedBack = async (lock: World): Promise<void> => {
    await order(lock, 1, { op: 'set-time', timeS: wallS(NOW_S + 60) }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
  };

  it.each([
    ['', async () => undefined],
    [
      ', through compaction and a boot',
      async (lock: World) => {
        await lock.lock().journal().compact();
        lock.cutPower();
        await lock.boot();
        await lock.pass(200);
      },
    ],
  ])('opens once, though the owner turns the clock back behind it%s', async (_name, how) => {
    const { lock, guest } = await forgotten(how);
    await turnedBack(lock);
    lock.lock().present(people.people.show(guest, wallS(NOW_S + 60)), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['epoch_stale']);
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().document().epoch).toBe(4);
  });

  it('is what a new journal has to be sealed beyond, as far as that can be read', async () => {
    const { lock, guest } = await forgotten((l) => l.lock().journal().compact());
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, (bytes) => bytes.with(bytes.length - 5, (bytes.at(-5) ?? 0) ^ 1));
    await lock.boot();
    await lock.pass(200);
    await order(lock, 1, { op: 're-seal', epoch: 3 }, { nonce: await nonceOf(lock) });
    await order(lock, 1, { op: 're-seal', epoch: 4 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['not_higher', 'applied']);
    expect(await opens(lock, guest)).toBe(false);
  });
});

describe('set-time to a moment that no calendar of ours has', () => {
  it('is refused, and the lock goes on', async () => {
    const lock = await home();
    for (const timeS of [TIME_SAID_MAX + 1, 253_402_300_799, 8_640_000_000_001, Number.MAX_SAFE_INTEGER]) {
      await order(lock, 1, { op: 'set-time', timeS: wallS(timeS) }, { nonce: await nonceOf(lock) });
      await lock.pass(5_000);
    }
    expect(results(lock)).toEqual(['too_high', 'too_high', 'too_high', 'too_high']);
    await order(lock, 1, { op: 'set-time', timeS: wallS(TIME_SAID_MAX) }, { nonce: await nonceOf(lock) });
    await lock.pass(5_000);
    expect(lock.lock().document()).toMatchObject({ ts: '2106-02-07T06:28:20.100Z', control_counter: 1 });
  });
});

describe('re-seal', () => {
  const seal = (epoch: number): Statement => ({ op: 're-seal', epoch });

  async function damaged(): Promise<World> {
    const lock = await home();
    expect(await opens(lock, token())).toBe(true);
    await order(lock, 1, { op: 'deny-key', kid: new Uint8Array(8) });
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, (file) => file.map((byte, i) => (i === file.length - 40 ? byte ^ 1 : byte)));
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(true);
    return lock;
  }

  it('by the owner ends a lockdown: tokens of the new epoch open, those of the old one never again', async () => {
    const lock = await damaged();
    const old = token();
    await order(lock, 2, seal(2), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(await opens(lock, old)).toBe(false);
    expect(refusals(lock).at(-1)).toBe('epoch_stale');
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
  });

  it('takes the controls behind it in its document', async () => {
    const lock = await damaged();
    const nonce = await nonceOf(lock);
    await control(lock, people.people.order(2, seal(2), { nonce }), people.people.order(3, { op: 'pause' }));
    expect(results(lock)).toEqual(['applied', 'applied']);
    expect(lock.lock().document()).toMatchObject({ epoch: 2, paused: true, control_counter: 3 });
  });

  it('is durable: the next boot is sound, counts on, and has the old journal beside the new one', async () => {
    const lock = await damaged();
    await order(lock, 2, seal(5), { nonce: await nonceOf(lock) });
    const guest = people.people.invite(toWallS(lock.clock.wallMs()), 5);
    expect(await opens(lock, guest)).toBe(true);
    const boot = lock.lock().document().boot;
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().document()).toMatchObject({ epoch: 5, control_counter: 2, boot: boot + 1 });
    expect(await opens(lock, guest)).toBe(false);
    expect([...lock.disk().files().keys()]).toContain('journal-until-reseal-2');
  });

  it('is the only thing that a lock in lockdown obeys', async () => {
    const lock = await damaged();
    await order(lock, 2, { op: 'resume' });
    expect(results(lock)).toEqual(['lockdown']);
  });

  it('must go beyond what is known of the number and the epoch, and answer a nonce', async () => {
    const lock = await damaged();
    await order(lock, 1, seal(2), { nonce: await nonceOf(lock) });
    await order(lock, 2, seal(1), { nonce: await nonceOf(lock) });
    await order(lock, 2, seal(2), { nonce: new Uint8Array(16) });
    // A document with a number that the lock has taken is skipped; at the reader it is answered.
    lock.lock().present(people.people.order(1, seal(2), { nonce: await nonceOf(lock) }), 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['not_higher', 'nonce_stale', 'out_of_order']);
    expect(lock.lock().state().ledgerFault).toBe(true);
  });

  it('of a sound journal is not needed, and does nothing', async () => {
    const lock = await home();
    await order(lock, 1, seal(9), { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['not_in_lockdown']);
    expect(lock.lock().document().epoch).toBe(1);
  });

  it('that the disk does not take grants nothing, and says so', async () => {
    const lock = await damaged();
    const nonce = await nonceOf(lock);
    lock.disk().failNext('replace', 'ENOSPC');
    await order(lock, 2, seal(2), { nonce });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(false);
  });

  it('cut at any operation of the disk leaves a lockdown or a sealed journal, and no third thing', async () => {
    for (let at = 0; at < 12; at++) {
      const lock = await damaged();
      const nonce = await nonceOf(lock);
      const first = lock.disk().operations;
      let isOn = true;
      lock.disk().onOperation(({ index, phase }) => {
        if (!isOn || index - first !== Math.floor(at / 3) || phase !== (['before', 'issued', 'done'] as const)[at % 3])
          return;
        isOn = false;
        lock.cutPower();
      });
      lock.broker().send(topics.control, JSON.stringify([people.people.order(2, seal(2), { nonce })]));
      await lock.pass(100);
      if (isOn) lock.cutPower();
      await lock.boot();
      await lock.pass(200);
      const isSealed = !lock.lock().state().ledgerFault;
      expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(isSealed);
      expect(await opens(lock, token())).toBe(false);
    }
  });
});

describe('a witness outside the disk', () => {
  async function restored(lock: World): Promise<void> {
    const backup = lock.disk().files().get(JOURNAL_FILE)?.slice();
    expect(await opens(lock, token())).toBe(true);
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => backup);
    await lock.boot();
    await lock.pass(200);
  }

  it('notices an older copy of the disk: lockdown, until the owner seals it', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    expect(lock.lock().state().ledgerFault).toBe(true);
    expect(await opens(lock, token())).toBe(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
  });

  it('notices an older copy that nothing was spent since, but something denied', async () => {
    const lock = await home({ witness: true });
    const id = readToken(token())?.id ?? NOBODY;
    const backup = lock.disk().files().get(JOURNAL_FILE)?.slice();
    await order(lock, 1, { op: 'deny-token', tokenId: id });
    const newest = lock.disk().files().get(JOURNAL_FILE)?.slice();
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => backup);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().journal().health).toBe('lockdown');
    // The witness knows the number, so that a seal cannot have one that is taken; and no copy from before it passes for sound.
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(lock.lock().journal().health).toBe('lockdown');
    await order(lock, 2, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(lock.lock().journal().health).toBe('ok');
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => newest);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().journal().health).toBe('lockdown');
  });

  it('that does not answer keeps the lock from being sealed anew, and the owner is told and may ask again', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    lock.witness().hang(true);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    await lock.pass(3_000);
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(heard(lock, 'system')).toContainEqual(expect.objectContaining({ fault: 'not_resealed' }));
    expect(lock.lock().journal().health).toBe('lockdown');
    lock.witness().hang(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['ledger_unavailable', 'applied']);
    expect(lock.lock().journal().health).toBe('ok');
  });

  it('that cannot be told of a seal has the owner told so, and no token taken until the next start', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    const { write } = lock.witness();
    lock.witness().write = () => Promise.reject(new Error('broken'));
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    lock.witness().write = write;
    expect(results(lock)).toEqual(['ledger_unavailable']);
    const guest = people.people.invite(toWallS(lock.clock.wallMs()), 2);
    expect(await opens(lock, guest)).toBe(false);
    expect(refusals(lock).at(-1)).toBe('ledger_unavailable');
    expect(lock.lock().document().alarms).toEqual(['LedgerFault']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().document().alarms).toEqual([]);
    expect(await opens(lock, guest)).toBe(true);
  });

  it('that does not answer to a seal holds up nothing that the owner says after it', async () => {
    const lock = await home({ witness: true });
    await restored(lock);
    const { write } = lock.witness();
    lock.witness().write = () => new Promise(() => undefined);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    await lock.pass(3_000);
    await order(lock, 2, { op: 'pause' });
    lock.witness().write = write;
    expect(results(lock)).toContain('ledger_unavailable');
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('that cannot be told of a control keeps it from being told as applied', async () => {
    const lock = await home({ witness: true });
    lock.witness().fail('broken');
    await order(lock, 1, { op: 'pause' });
    expect(results(lock)).toEqual(['ledger_unavailable']);
    expect(lock.lock().document()).toMatchObject({ paused: true, alarms: ['LedgerFault'] });
  });

  it('is never ahead of a disk whose power is cut, whatever was being written: that would be a lockdown for nothing', async () => {
    let cuts = 0;
    for (const phase of PHASES) {
      for (let write = 1; ; write++) {
        const lock = await home({ witness: true, disk: { syncMs: 40 } });
        lock.cutPowerAt({ write, phase });
        lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
        await lock.pass(10);
        for (const [counter, op] of [
          [1, 'pause'],
          [2, 'resume'],
        ] as const) {
          if (!lock.isUp) break;
          lock.broker().send(topics.control, JSON.stringify([people.people.order(counter, { op })]), true);
          await lock.pass(10);
        }
        await lock.pass(2_000);
        if (lock.isUp) break;
        cuts += 1;
        await lock.boot();
        await lock.pass(1_000);
        expect(lock.lock().journal().health, `the power cut ${phase} write ${write}`).toBe('ok');
      }
    }
    expect(cuts).toBeGreaterThan(10);
  });

  it('is told of what a process has left behind when the disk has it, and not when only the kernel has', async () => {
    const health: string[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const lock = await home({ witness: true, seed });
      lock.disk().stall('sync');
      lock.present(token());
      await lock.pass(100);
      lock.killProcess();
      // The power goes before the new process has written anything.
      lock.cutPowerAt({ write: 1, phase: 'before' });
      await lock.boot();
      await lock.pass(200);
      if (lock.isUp) lock.cutPower();
      await lock.boot();
      await lock.pass(200);
      health.push(lock.lock().journal().health);
    }
    expect(health).toEqual(Array(8).fill('ok'));
  });

  it('is left behind where the disk has no room to make that durable, and hears of it with the next spend', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(100);
    lock.killProcess();
    lock.witness().hang(false);
    lock.disk().failNext('replace', 'ENOSPC', 2);
    await lock.boot();
    await lock.pass(200);
    expect(lock.witness().mark()?.spends).toBe(0);
    expect(lock.lock().journal().health).toBe('ok');
    expect(await opens(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }))).toBe(true);
    expect(lock.witness().mark()?.spends).toBe(2);
  });

  it('is told in order of what is spent and said at once', async () => {
    const lock = await home({ witness: true });
    lock.present(people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    await order(lock, 1, { op: 'deny-key', kid: new Uint8Array(8) });
    await lock.pass(2_000);
    expect(lock.witness().mark()).toMatchObject({ spends: 1, controls: 1 });
  });

  it('counts on behind a journal that was deleted: lockdown, and the seal goes on from its count', async () => {
    const lock = await home({ witness: true });
    expect(await opens(lock, token())).toBe(true);
    lock.cutPower();
    lock.tamper(JOURNAL_FILE, () => undefined);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(true);
    expect(await opens(lock, token())).toBe(false);
    await order(lock, 1, { op: 're-seal', epoch: 2 }, { nonce: await nonceOf(lock) });
    expect(results(lock)).toEqual(['applied']);
    expect(lock.lock().journal().memory.spends).toBe(1);
    expect(await opens(lock, people.people.invite(toWallS(lock.clock.wallMs()), 2))).toBe(true);
    expect(lock.witness().mark()?.spends).toBe(2);
  });

  it('is what it takes: without one an older copy cannot be told from the disk', async () => {
    const lock = await home();
    await restored(lock);
    expect(lock.lock().state().ledgerFault).toBe(false);
  });

  it('that does not answer lets no token in, and people out', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(10_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('that cannot be told of a spend costs the token, and opens nothing', async () => {
    const lock = await home({ witness: true });
    lock.witness().fail('broken');
    expect(await opens(lock, token())).toBe(false);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    // That it answers again is no reason: what it missed, nobody knows before the next start.
    lock.witness().fail(undefined);
    const next = people.people.issue({ nowS: toWallS(lock.clock.wallMs()) });
    expect(await opens(lock, next)).toBe(false);
    await lock.restart();
    await lock.pass(200);
    expect(await opens(lock, next)).toBe(true);
  });

  it('that cannot be asked at the start keeps tokens away until the next', async () => {
    const lock = await home({ witness: true });
    lock.cutPower();
    lock.witness().hang(true);
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, token())).toBe(false);
    lock.cutPower();
    lock.witness().hang(false);
    await lock.boot();
    await lock.pass(200);
    expect(await opens(lock, token())).toBe(true);
  });

  it('may be one spend behind: that is a power cut, and opened nothing', async () => {
    const lock = await home({ witness: true });
    lock.witness().hang(true);
    lock.present(token());
    await lock.pass(200);
    lock.cutPower();
    lock.witness().hang(false);
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.witness().mark()?.spends).toBe(1);
  });

  it('counts on through compaction, although tokens are forgotten', async () => {
    const lock = await home({ witness: true });
    expect(await opens(lock, token())).toBe(true);
    await lock.pass(3 * 86_400_000);
    expect(lock.lock().journal().memory.spent.size).toBe(0);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().ledgerFault).toBe(false);
    expect(lock.lock().journal().memory.spends).toBe(1);
  });
});
