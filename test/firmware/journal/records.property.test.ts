/** Whatever may stand in the journal: it is read as it was written, and written anew it comes to the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyMemory, fold, type Memory, recordsOf } from '../../../firmware/journal/memory.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from '../../../firmware/journal/records.ts';
import { CHANNELS, OPERATING_MODES, type OperatingMode, VISIT_OUTCOMES } from '../../../protocol/index.ts';
import { AUDIENCE } from '../../support/people.ts';

const seconds = fc.nat(2 ** 40);
const channel = fc.constantFrom(...CHANNELS);
const outcome = fc.constantFrom(...VISIT_OUTCOMES);
const hex = (bytes: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const day = fc.constantFrom('2026-03-29', '2026-10-25', '2026-12-31');

type Statement = Extract<JournalRecord, { type: 'control' }>['statement'];
const statement: fc.Arbitrary<Statement> = fc.oneof(
  fc.nat(99).map((epoch): Statement => ({ op: 'raise-epoch', epoch })),
  hex(16).map((token_id): Statement => ({ op: 'deny-token', token_id })),
  hex(8).map((kid): Statement => ({ op: 'deny-key', kid })),
  fc.constantFrom<Statement>({ op: 'pause' }, { op: 'resume' }),
  fc
    .constantFrom(...(Object.keys(OPERATING_MODES) as OperatingMode[]))
    .map((mode): Statement => ({ op: 'set-mode', mode })),
);

const spent: fc.Arbitrary<JournalRecord> = fc.record(
  {
    type: fc.constant('spent' as const),
    key: fc.tuple(hex(8), hex(16)).map(([kid, id]) => `${kid}:${id}`),
    token_id: hex(16),
    channel,
    at_s: seconds,
    expires_s: seconds,
    delegation: hex(8),
    day,
    epoch: fc.integer({ min: 1, max: 99 }),
  },
  { requiredKeys: ['type', 'key', 'token_id', 'channel', 'at_s', 'expires_s', 'day'] },
);

/** Records without those that are counted through: their numbers follow from their place. */
const plain: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({ type: fc.constant('boot' as const), boot: fc.integer({ min: 1, max: 1e9 }), at_s: seconds }),
  fc.record({ type: fc.constant('floor' as const), at_s: seconds }),
  fc.record({ type: fc.constantFrom('wrong_code' as const, 'lockout' as const, 'lockout_over' as const), channel }),
  spent,
  spent,
);

type Step =
  | { readonly kind: 'plain'; readonly record: JournalRecord }
  | { readonly kind: 'control'; readonly statement: Statement }
  | {
      readonly kind: 'event';
      readonly text: string;
      readonly ends: number;
      readonly outcome: (typeof VISIT_OUTCOMES)[number];
    }
  | { readonly kind: 'published'; readonly back: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  plain.map((record): Step => ({ kind: 'plain', record })),
  statement.map((said): Step => ({ kind: 'control', statement: said })),
  fc
    .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(9), outcome)
    .map(([text, ends, how]): Step => ({ kind: 'event', text, ends, outcome: how })),
  fc.nat(3).map((back): Step => ({ kind: 'published', back })),
);

/** The records of a life: events and controls numbered, visits ended that had begun, no token spent twice. */
function recordsIn(steps: readonly Step[]): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  const open: string[] = [];
  const used = new Set<string>();
  let [seq, number] = [0, 0];
  for (const taken of steps) {
    if (taken.kind === 'plain') {
      const { record } = taken;
      if (record.type === 'spent') {
        if (used.has(record.key)) continue;
        used.add(record.key);
        open.push(record.key);
      }
      records.push(record);
    } else if (taken.kind === 'control') {
      number += 1;
      records.push({ type: 'control', number, statement: taken.statement });
    } else if (taken.kind === 'published') {
      if (seq > taken.back) records.push({ type: 'published', seq: seq - 1 - taken.back });
    } else {
      const [key] = open.splice(taken.ends, 1);
      const ends = key === undefined ? {} : { ends: { key, outcome: taken.outcome } };
      const body = { event_type: 'fault', fault: 'told', detail: taken.text };
      const ts = '2026-06-01T10:00:00.000Z';
      records.push({ type: 'event', seq, boot: 1, ts, topic: 'system', body, life: 'l1', ...ends });
      seq += 1;
    }
  }
  return records;
}

const life = fc.array(step, { maxLength: 60 }).map(recordsIn);

const comesTo = (records: readonly JournalRecord[]): Memory => {
  const memory = emptyMemory(AUDIENCE);
  for (const record of records) fold(memory, record);
  return memory;
};

describe('the records of a journal', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(life, (records) => {
        expect(records.map((record) => decodeRecord(encodeRecord(record)))).toEqual(records);
      }),
    );
  });

  it('written anew come to the same: what is used, counted, denied, locked out and untold', () => {
    fc.assert(
      fc.property(life, (records) => {
        const memory = comesTo(records);
        const anew = recordsOf(memory, AUDIENCE).map((record) => decodeRecord(encodeRecord(record)) ?? record);
        expect(comesTo(anew)).toEqual(memory);
        expect(comesTo(recordsOf(comesTo(anew), AUDIENCE))).toEqual(memory);
      }),
    );
  });
});
