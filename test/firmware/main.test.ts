/** The whole firmware in virtual time: what it does when a part of its world fails. */
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { JOURNAL_BYTES_MAX } from '../../firmware/journal/journal.ts';
import { OUTBOX_EVENTS_MAX } from '../../firmware/journal/outbox.ts';
import { DOOR } from '../../firmware/lock/profiles/door.ts';
import {
  DENIED_KEYS_MAX,
  type EventTopic,
  fromText,
  LEDGER_ENTRIES_MAX,
  readToken,
  type Statement,
  toText,
  toWallS,
} from '../../protocol/index.ts';
import { BEGINNING_MS, cast, type World, world } from '../../sim/world.ts';
import { EVERY_RING, heard, home, NOW_S, people, token, topics } from '../support/home.ts';

const refusals = (lock: World): readonly string[] =>
  heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));

async function deliver(lock: World, bytes: Uint8Array): Promise<void> {
  lock.present(bytes);
  await lock.pass(1_000);
  lock.plant.push();
  await lock.pass(500);
  lock.plant.close();
  await lock.pass(1_500);
}

describe('the firmware', () => {
  it('lets a courier in once, and says so', async () => {
    const lock = await home();
    const bytes = token();
    await deliver(lock, bytes);
    await deliver(lock, bytes);
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 1, doorOpenings: 1, doorOpen: false, bolt: 1000 });
    expect(heard(lock, 'visit').map((event) => event.event_type)).toEqual(['entered', 'ended']);
    expect(refusals(lock)).toEqual(['already_used']);
  });

  it('leaves nothing behind to wait for when it stops: its process ends with it', async () => {
    const lock = await home({ witness: true });
    await deliver(lock, token());
    const stopped = lock.lock().stop();
    await lock.pass(100);
    await stopped;
    lock.plant.stop();
    expect(lock.clock.pending).toBe(0);
  });

  it('denies what its two verifiers disagree about, opens nothing, and tells the owner that they do', async () => {
    const lock = await home({ verify: () => false });
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'access').at(-1)).toMatchObject({ event_type: 'refused', refusal: 'bad_signature' });
    expect(heard(lock, 'system')).toContainEqual(
      expect.objectContaining({ event_type: 'fault', fault: 'verifiers_disagree' }),
    );
    expect(lock.lock().journal().memory.spent.size).toBe(0);
  });

  it('numbers its events without a gap, and goes on counting after a boot', async () => {
    const lock = await home();
    await deliver(lock, token());
    const first = lock.broker().published.length;
    expect(first).toBeGreaterThan(5);
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    const events = (Object.keys(topics.event) as EventTopic[]).flatMap((topic) => heard(lock, topic));
    expect(new Set(events.map((event) => event.boot))).toEqual(new Set([2]));
    expect(Math.min(...events.map((event) => event.seq))).toBeGreaterThan(5);
  });

  it('retains availability, info and state, and states nothing that it has not observed', async () => {
    const lock = await home();
    const { retained } = lock.broker();
    expect(retained.get(topics.availability)).toBe('online');
    expect(JSON.parse(retained.get(topics.info) ?? '{}')).toMatchObject({
      lock_id: 'front-door',
      audience: people.identity.audience,
    });
    expect(JSON.parse(retained.get(topics.state) ?? '{}')).toMatchObject({
      lock: 'locked',
      door: 'closed',
      bolt: 'thrown',
      problem: false,
    });
  });

  it('says nothing of tokens, keys and names in a whole visit', async () => {
    const lock = await home();
    const bytes = token();
    await deliver(lock, bytes);
    const everything = lock
      .broker()
      .published.map((message) => message.payload)
      .join('\n');
    expect(everything).not.toMatch(/LS1:|seed|carrier|courier/);
    const seed = Buffer.from(people.identity.lockSeed).toString('hex');
    expect(everything).not.toContain(seed);
  });
});

describe('without a broker', () => {
  it('the door works, and the events wait and come in order', async () => {
    const lock = await home();
    lock.broker().lose();
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
    expect(heard(lock, 'visit')).toEqual([]);
    lock.broker().restore();
    await lock.pass(40_000);
    expect(heard(lock, 'visit').map((event) => event.event_type)).toEqual(['entered', 'ended']);
    const seqs = (Object.keys(topics.event) as EventTopic[]).flatMap((topic) =>
      heard(lock, topic).map((event) => event.seq),
    );
    expect([...seqs].sort((a, b) => a - b)).toEqual(Array.from({ length: seqs.length }, (_, i) => i));
    expect(lock.lock().journal().memory.outbox).toHaveLength(0);
  });

  it('events that nobody heard are told after a boot', async () => {
    const lock = await home();
    lock.broker().lose();
    lock.plant.press('bell', 100);
    await lock.pass(500);
    lock.cutPower();
    await lock.boot();
    await lock.pass(500);
    expect(heard(lock, 'doorbell')).toHaveLength(1);
  });

  it('keeps the newest events, and tells how many it could not keep', async () => {
    const lock = await home({ profile: EVERY_RING });
    lock.broker().lose();
    const rings = OUTBOX_EVENTS_MAX + 50;
    for (let i = 0; i < rings; i++) {
      lock.plant.press('bell', 60);
      await lock.pass(200);
    }
    expect(lock.lock().journal().memory.outbox).toHaveLength(OUTBOX_EVENTS_MAX);
    lock.broker().restore();
    await lock.pass(60_000);
    const lost = heard(lock, 'system').flatMap((event) => ('count' in event ? [event.count] : []));
    expect(lost).toHaveLength(1);
    expect(heard(lock, 'doorbell').length + (lost[0] ?? 0)).toBeGreaterThanOrEqual(rings);
  });
});

describe('a disk that fails', () => {
  it.each([
    ['is full', 'append', 'ENOSPC'],
    ['gives an error on writing', 'append', 'EIO'],
    ['cannot make it durable', 'sync', 'EIO'],
  ] as const)('and %s grants no token, then or later', async (_what, operation, code) => {
    const lock = await home();
    lock.disk().failNext(operation, code);
    await deliver(lock, token());
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, doorOpenings: 0 });
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    await lock.pass(5_000);
    await deliver(lock, token());
    expect(lock.plant.truth()).toMatchObject({ withdrawals: 0, doorOpenings: 0 });
    expect(refusals(lock)).toEqual(['ledger_unavailable']);
  });

  it('lets people out, and locks behind them', async () => {
    const lock = await home();
    lock.disk().failNext('sync', 'EIO', 100);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.push()).toBe(true);
    await lock.pass(1_000);
    lock.plant.close();
    await lock.pass(DOOR.relockAfterMs + 1_500);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('by never answering holds up the token and nothing else', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('spending');
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().state().bolt.changedBy).toBe('button');
    await lock.pass(DOOR.spendMsMax);
    expect(lock.lock().state().visit.row).toBe('idle');
  });

  it('by answering too late opens nothing, and the token is used all the same', async () => {
    const lock = await home();
    const bytes = token();
    lock.disk().stall('sync');
    lock.present(bytes);
    await lock.pass(DOOR.spendMsMax + 1_000);
    lock.present(token());
    await lock.pass(1_000);
    lock.disk().unstall('sync');
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    lock.present(bytes);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(refusals(lock)).toEqual(['ledger_unavailable', 'already_used']);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('a journal', () => {
  it('that is damaged leads to lockdown: no token, but people get out and the door locks', async () => {
    const lock = await home();
    await deliver(lock, token());
    lock.cutPower();
    lock.tamper('journal', (bytes) => bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)));
    await lock.boot();
    await lock.pass(500);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(refusals(lock)).toEqual(['lockdown']);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(2);
    await lock.pass(DOOR.entryWindowMs + 1_000);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('that is gone leads to lockdown', async () => {
    const lock = await home();
    lock.cutPower();
    lock.tamper('journal', () => undefined);
    await lock.boot();
    await lock.pass(500);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(refusals(lock)).toEqual(['lockdown']);
  });

  it('of another lock is refused before anything starts', async () => {
    const other = await world({ seed: 2, cast: cast(2), verify: opensslVerify() });
    const lock = await home();
    lock.cutPower();
    lock.tamper('journal', () => other.disk().files().get('journal'));
    await expect(lock.boot()).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('belongs to') });
  });

  it('tells of a use whose outcome a power cut has hidden, and does not act on it', async () => {
    const lock = await home();
    const bytes = token();
    lock.present(bytes);
    await lock.pass(100);
    lock.cutPower();
    await lock.boot();
    await lock.pass(60_000);
    expect(heard(lock, 'visit')).toMatchObject([{ event_type: 'ended', outcome: 'spent_outcome_unknown' }]);
    const withdrawals = lock.plant.truth().withdrawals;
    lock.cutPower();
    await lock.boot();
    await lock.pass(60_000);
    expect(heard(lock, 'visit')).toEqual([]);
    expect(lock.plant.truth().withdrawals).toBe(withdrawals);
  });
});

describe('a reader', () => {
  it('that sees one refused code many times a second tells of it once', async () => {
    const lock = await home();
    const text = people.people.show(people.people.issue({ nowS: NOW_S, forged: true }), NOW_S);
    for (let i = 0; i < 50; i++) {
      lock.lock().present(text, 'reader');
      await lock.pass(100);
    }
    expect(refusals(lock)).toEqual(['bad_signature']);
  });

  it('that is flooded with different codes is listened to less and less, and tells of each reason once a minute', async () => {
    const lock = await home();
    for (let i = 0; i < 600; i++) {
      lock.lock().present(`parcel ${i}`, 'reader');
      await lock.pass(100);
    }
    await lock.pass(61_000);
    lock.lock().present('parcel 600', 'reader');
    await lock.pass(100);
    expect(heard(lock, 'access')).toMatchObject([
      { refusal: 'malformed', repeats: 0 },
      { refusal: 'throttled', repeats: 0 },
      { refusal: 'malformed', repeats: 4 },
    ]);
  });

  it('that was flooded is listened to again after a pause', async () => {
    const lock = await home();
    for (let i = 0; i < 100; i++) lock.lock().present(`parcel ${i}`, 'reader');
    await lock.pass(31_000);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('that is flooded does not keep a good token from being heard on another channel', async () => {
    const lock = await home();
    for (let i = 0; i < 100; i++) lock.lock().present(`parcel ${i}`, 'mqtt');
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('that goes on showing the code of the visit in progress is no second attempt', async () => {
    const lock = await home();
    const bytes = token();
    for (let i = 0; i < 10; i++) {
      lock.present(bytes);
      await lock.pass(200);
    }
    expect(refusals(lock)).toEqual([]);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('the owner', () => {
  const order = (lock: World, counter: number, statement: Statement): void => {
    lock.lock().present(people.people.order(counter, statement), 'reader');
  };
  const results = (lock: World): readonly unknown[] =>
    heard(lock, 'system').flatMap((event) => ('result' in event ? [event.result] : []));

  it('denies a token before it is shown, through any reboot', async () => {
    const lock = await home();
    const bytes = token();
    const tokenId = readToken(bytes)?.id ?? new Uint8Array();
    order(lock, 1, { op: 'deny-token', tokenId });
    await lock.pass(100);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    await deliver(lock, bytes);
    expect(refusals(lock)).toEqual(['revoked']);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it('ends what a carrier was allowed by raising the epoch', async () => {
    const lock = await home();
    order(lock, 1, { op: 'raise-epoch', epoch: 2 });
    await lock.pass(100);
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['epoch_stale']);
    expect(lock.lock().document()).toMatchObject({ epoch: 2, control_counter: 1 });
  });

  it('pauses the lock and resumes it', async () => {
    const lock = await home();
    order(lock, 1, { op: 'pause' });
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['owner_veto']);
    order(lock, 2, { op: 'resume' });
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
    expect(results(lock)).toEqual(['applied', 'applied']);
  });

  it('wins the race against a token that is being spent', async () => {
    const lock = await home({ disk: { syncMs: 200 } });
    lock.present(token());
    await lock.pass(50);
    expect(lock.lock().state().visit.row).toBe('spending');
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'visit')).toMatchObject([{ event_type: 'ended', outcome: 'vetoed' }]);
  });

  it('locks again before a courier whose token was taken has come in', async () => {
    const lock = await home();
    const bytes = token();
    lock.present(bytes);
    await lock.pass(1_000);
    expect(lock.lock().state().visit.row).toBe('awaiting_entry');
    order(lock, 1, { op: 'deny-token', tokenId: readToken(bytes)?.id ?? new Uint8Array() });
    await lock.pass(1_500);
    expect(lock.lock().state().bolt.row).toBe('locked');
  });

  it('is not obeyed twice, nor out of order, nor when it is somebody else', async () => {
    const lock = await home();
    order(lock, 2, { op: 'pause' });
    await lock.pass(5_000);
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    order(lock, 2, { op: 'resume' });
    await lock.pass(5_000);
    order(lock, 1, { op: 'pause' });
    await lock.pass(5_000);
    lock.lock().present(people.people.order(3, { op: 'pause' }, { by: 'stranger' }), 'reader');
    await lock.pass(100);
    expect(results(lock)).toEqual(['out_of_order', 'applied', 'applied', 'out_of_order']);
    expect(refusals(lock)).toEqual(['unknown_issuer']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 2 });
    expect(lock.lock().journal().memory.wrongCodes.get('reader')).toBe(1);
  });

  it("is not obeyed when the name is the owner's and the signature is not", async () => {
    const lock = await home();
    const signed = fromText(people.people.order(1, { op: 'pause' }));
    if (!signed.ok) throw new Error(signed.detail);
    // The signature is the last of a COSE_Sign1: its first half stands 64 bytes before the end.
    const turned = signed.value.map((byte, i) => (i === signed.value.length - 60 ? byte ^ 1 : byte));
    lock.lock().present(toText(turned), 'reader');
    await lock.pass(100);
    expect(refusals(lock)).toEqual(['bad_signature']);
    expect(lock.lock().document()).toMatchObject({ paused: false, control_counter: 0 });
  });

  it('is told when a deny list is full, and what empties it', async () => {
    const lock = await home();
    for (let i = 1; i <= DENIED_KEYS_MAX + 1; i++) {
      order(lock, i, { op: 'deny-key', kid: new Uint8Array(8).fill(i) });
      await lock.pass(5_000);
    }
    expect(results(lock).at(-1)).toBe('list_full');
    const before = structuredClone(lock.lock().journal().memory.owner);
    await lock.lock().journal().compact();
    lock.cutPower();
    await lock.boot();
    expect(lock.lock().journal().memory.owner).toEqual(before);
    order(lock, DENIED_KEYS_MAX + 1, { op: 'raise-epoch', epoch: 2 });
    await lock.pass(5_000);
    expect(lock.lock().journal().memory.owner.deniedKeys.size).toBe(0);
  });

  it('cannot lower the epoch, nor say what needs a nonce while none is given out', async () => {
    const lock = await home();
    order(lock, 1, { op: 'raise-epoch', epoch: 1 });
    await lock.pass(100);
    expect(results(lock)).toEqual(['not_higher']);
  });
});

describe('wrong codes', () => {
  /** Codes that read as presentations and are wrong, at a pace that no throttle minds. */
  async function guess(lock: World, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await lock.pass(5_000);
      lock.present(people.people.issue({ nowS: NOW_S, forged: true }));
    }
    await lock.pass(100);
  }

  it('five in a row lock their channel out, with an alarm, and the lockout ends', async () => {
    const lock = await home();
    await guess(lock, 4);
    expect(lock.lock().state().alarms).toEqual([]);
    await guess(lock, 1);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await deliver(lock, token());
    expect(refusals(lock)).toContain('locked_out');
    expect(lock.plant.truth().doorOpenings).toBe(0);
    await lock.pass(DOOR.lockoutMs);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, token());
    expect(lock.plant.truth().doorOpenings).toBe(1);
  });

  it.each([
    ['as it was written', async () => undefined],
    ['written anew', async (lock: World) => void (await lock.lock().journal().compact())],
  ])(
    'in a flood are listened to no sooner for a power cut, until a token is spent there: a journal %s',
    async (_how, rewrite) => {
      const lock = await home();
      const flood = (): void => {
        for (let i = 0; i < 20; i++) lock.show(`a label ${i}`, 'reader');
      };
      const reboot = async (): Promise<void> => {
        lock.cutPower();
        await lock.boot();
        await lock.pass(200);
      };
      flood();
      await lock.pass(1_000);
      expect(refusals(lock)).toContain('throttled');
      await rewrite(lock);
      await reboot();
      lock.present(token());
      await lock.pass(100);
      expect(refusals(lock).at(-1)).toBe('throttled');
      // A text that comes too early makes the wait begin anew.
      await lock.pass(30_000);
      lock.present(token());
      await lock.pass(1_000);
      expect(lock.plant.truth().withdrawals).toBe(1);
      await lock.pass(60_000);
      await reboot();
      lock.present(token());
      await lock.pass(1_000);
      expect(lock.plant.truth().withdrawals).toBe(2);
    },
  );

  it('in a second flood, told of within the minute of the first, are listened to no sooner for a power cut', async () => {
    const lock = await home();
    const flood = (): void => {
      for (let i = 0; i < 20; i++) lock.show(`a label ${i}`, 'reader');
    };
    flood();
    await lock.pass(31_000);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    flood();
    await lock.pass(1_000);
    lock.cutPower();
    await lock.boot();
    await lock.pass(20_000);
    lock.present(token());
    await lock.pass(1_000);
    expect(refusals(lock).at(-1)).toBe('throttled');
  });

  it('of controls in a flood cost nobody who shows a token anything after a power cut', async () => {
    const lock = await home();
    for (let i = 0; i < 8; i++) lock.show(people.people.order(50 + i, { op: 'resume' }), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['throttled']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    lock.present(token());
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('are not forgiven by switching the power off, neither their count nor the lockout', async () => {
    const lock = await home();
    await guess(lock, 4);
    lock.cutPower();
    await lock.boot();
    await guess(lock, 1);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await lock.pass(DOOR.lockoutMs - 10_000);
    lock.cutPower();
    await lock.boot();
    await lock.pass(DOOR.lockoutMs - 10_000);
    expect(lock.lock().state().alarms).toEqual(['WrongCodeEntryLimit']);
    await lock.pass(20_000);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('are forgiven by a token that is spent on their channel', async () => {
    const lock = await home();
    await guess(lock, 4);
    await lock.pass(5_000);
    await deliver(lock, token());
    await guess(lock, 4);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('that came while a token was on its way to a slow disk are not forgiven when its bolt moves', async () => {
    const lock = await home();
    lock.disk().stall('sync');
    lock.present(token());
    for (let i = 0; i < 5; i++) lock.present(people.people.issue({ nowS: NOW_S, forged: true }));
    expect(lock.lock().state().alarms).toContain('WrongCodeEntryLimit');
    lock.disk().unstall('sync');
    await lock.pass(5_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
    lock.cutPower();
    await lock.boot();
    await lock.pass(5_000);
    expect(lock.lock().state().alarms).toContain('WrongCodeEntryLimit');
    await deliver(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    expect(refusals(lock)).toContain('locked_out');
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('are not the labels of parcels', async () => {
    const lock = await home();
    for (let i = 0; i < 20; i++) {
      lock.lock().present(`40063813339${i}`, 'reader');
      await lock.pass(31_000);
    }
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('leave the button inside alone', async () => {
    const lock = await home();
    await guess(lock, 5);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });
});

describe('a clock', () => {
  it('that goes back lets nobody in by token, and says so until it is right again', async () => {
    const lock = await home();
    lock.clock.setWall(0);
    lock.lock().present(people.people.show(token(), NOW_S), 'reader');
    await lock.pass(1_000);
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(lock.lock().state().alarms).toEqual(['ClockUntrusted']);
    lock.clock.setWall(BEGINNING_MS + lock.clock.monoMs());
    await lock.pass(61_000);
    expect(lock.lock().state().alarms).toEqual([]);
  });

  it('for which nobody vouches lets nobody in by token, and people out', async () => {
    const lock = await home();
    lock.vouch('none');
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['clock_untrusted']);
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('that is turned back over a power cut is known by the floor', async () => {
    const lock = await home();
    await lock.pass(2 * 3_600_000);
    lock.cutPower();
    lock.clock.setWall(BEGINNING_MS);
    await lock.boot();
    await lock.pass(200);
    await deliver(lock, token());
    expect(refusals(lock)).toEqual(['clock_untrusted']);
  });
});

describe('a ledger without room', () => {
  it('grants nothing, tells the owner with an alarm, through any boot, and is well again when tokens have long expired', async () => {
    const lock = await home();
    const nowS = toWallS(lock.clock.wallMs());
    for (let i = 1; i < LEDGER_ENTRIES_MAX; i++) {
      const used = { key: `k${i}`, token_id: `${i}`, channel: 'reader', at_s: nowS, expires_s: nowS + 60 } as const;
      const written = lock
        .lock()
        .journal()
        .append({ type: 'spent', ...used, day: '2026-06-01', outcome: 'sealed' });
      if (i % 500 === 0) {
        await lock.pass(100);
        await written;
      }
    }
    await lock.pass(1_000);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    lock.cutPower();
    await lock.boot();
    await lock.pass(200);
    expect(lock.lock().state().alarms).toEqual(['LedgerFault']);
    await deliver(lock, token());
    expect(lock.plant.truth().withdrawals).toBe(1);
    expect(heard(lock, 'access').at(-1)).toMatchObject({ refusal: 'ledger_unavailable' });
    await lock.pass(26 * 3_600_000);
    expect(lock.lock().state().alarms).toEqual([]);
    await deliver(lock, people.people.issue({ nowS: toWallS(lock.clock.wallMs()) }));
    expect(lock.plant.truth().withdrawals).toBe(2);
  });
});

describe('a month', () => {
  it('of deliveries fits into the ledger and into the journal: what is over is forgotten', async () => {
    const lock = await home();
    const days = 30;
    let sizeMax = 0;
    for (let day = 0; day < days; day++) {
      for (let visit = 0; visit < 3; visit++) {
        const nowS = toWallS(lock.clock.wallMs());
        await deliver(lock, people.people.issue({ nowS }));
        await lock.pass(3_600_000);
      }
      await lock.pass(86_400_000 - 3 * 3_604_000);
      sizeMax = Math.max(sizeMax, lock.lock().journal().size);
    }
    expect(lock.plant.truth().doorOpenings).toBe(3 * days);
    expect(lock.lock().journal().memory.spent.size).toBeLessThanOrEqual(6);
    expect(sizeMax).toBeLessThan(JOURNAL_BYTES_MAX / 4);
  });
});
