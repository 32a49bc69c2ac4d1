import { describe, expect, it } from 'vitest';
import { BOLT, BOLT_EVENTS, BOLT_ROWS } from '../../../firmware/lock/bolt.ts';
import type { Cell } from '../../../firmware/lock/table.ts';
import { VISIT, VISIT_EVENTS, VISIT_ROWS } from '../../../firmware/lock/visit.ts';

type AnyCell = Cell<string, string, string>;

/** Every way in which a cell may go, each with the guards that lead there. */
function ways(cell: AnyCell, guards: readonly string[] = []): { cell: AnyCell; guards: readonly string[] }[] {
  if (cell.kind !== 'when') return [{ cell, guards }];
  return [...ways(cell.then, [...guards, cell.guard]), ...ways(cell.otherwise, [...guards, `not ${cell.guard}`])];
}

const wordsOf = (cell: AnyCell): readonly string[] => (cell.kind === 'to' || cell.kind === 'stay' ? cell.words : []);

const boltCells = BOLT_ROWS.flatMap((row) =>
  BOLT_EVENTS.flatMap((event) => ways(BOLT[row][event]).map((way) => ({ row, event, ...way }))),
);
const visitCells = VISIT_ROWS.flatMap((row) =>
  VISIT_EVENTS.flatMap((event) => ways(VISIT[row][event]).map((way) => ({ row, event, ...way }))),
);

describe('the bolt table', () => {
  it('throws only while the door is observed closed', () => {
    const throwing = boltCells.filter(({ cell }) => wordsOf(cell).includes('drive_throw'));
    expect(throwing.length).toBeGreaterThan(0);
    for (const { guards } of throwing) expect(guards).toContain('door_closed');
  });

  it('throws only over what it keeps: an empty safe stays open', () => {
    for (const { cell, guards } of boltCells)
      if (wordsOf(cell).includes('drive_throw')) expect(guards).toContain('item_in');
  });

  it('is locked or unlocked only by what the contacts say', () => {
    for (const { event, cell, guards } of boltCells) {
      if (guards.includes('seen_withdrawn') && cell.kind === 'to' && cell.row === 'unlocked') continue;
      if (cell.kind !== 'to' || (cell.row !== 'locked' && cell.row !== 'unlocked')) continue;
      expect(event).toBe(cell.row === 'locked' ? 'bolt.thrown' : 'bolt.withdrawn');
    }
  });

  it.each(BOLT_ROWS.filter((row) => row !== 'unlocking'))('withdraws for the button inside when it is %s', (row) => {
    for (const { cell } of ways(BOLT[row]['inside.pressed'])) expect(wordsOf(cell)).toContain('drive_withdraw');
  });

  it('withdraws for nothing else than a visit, the button inside, a key that is out, or a door that opened before it was thrown', () => {
    const withdrawing = boltCells.filter(({ cell }) => wordsOf(cell).includes('drive_withdraw'));
    const causes = new Set(
      withdrawing.map(({ row, event }) => (event === 'door.opened' ? `${event} in ${row}` : event)),
    );
    expect([...causes].sort()).toEqual(['door.opened in locking', 'inside.pressed', 'return.asked', 'withdraw']);
  });

  it('withdraws for whoever gives a key back only while that key is out', () => {
    const withdrawing = boltCells.filter(
      ({ event, cell }) => event === 'return.asked' && wordsOf(cell).includes('drive_withdraw'),
    );
    expect(withdrawing.length).toBeGreaterThan(3);
    for (const { guards } of withdrawing) expect(guards).toEqual(['item_out']);
  });

  it('leads to unknown when the board is lost or the contacts contradict each other', () => {
    for (const row of BOLT_ROWS.filter((name) => name !== 'unknown')) {
      for (const event of ['board.lost', 'bolt.conflict'] as const)
        expect(BOLT[row][event]).toMatchObject({ kind: 'to', row: 'unknown' });
    }
  });

  it('calls impossible only what the firmware itself causes', () => {
    const outside: readonly string[] = BOLT_EVENTS.filter((event) => event !== 'withdraw' && event !== 'elapsed');
    for (const { event, cell } of boltCells) if (outside.includes(event)) expect(cell.kind).not.toBe('impossible');
  });
});

describe('the visit table', () => {
  it('withdraws the bolt in one cell only: when the use of the token is durable', () => {
    const withdrawing = visitCells.filter(({ cell }) => wordsOf(cell).includes('withdraw'));
    expect(withdrawing.map(({ row, event }) => `${event} in ${row}`)).toEqual(['spent in spending']);
  });

  it('ends whenever it goes from a granted row to idle, and never goes on after it ended', () => {
    for (const { row, cell } of visitCells) {
      const ends = wordsOf(cell).some((word) => word.startsWith('end_'));
      const leaves = cell.kind === 'to' && cell.row === 'idle' && row !== 'idle' && row !== 'arrived';
      expect(ends).toBe(leaves);
    }
  });

  it('calls impossible only what the firmware itself causes', () => {
    const outside = VISIT_EVENTS.filter(
      (event) => !['token.admitted', 'spent', 'spend.failed', 'elapsed'].includes(event),
    );
    for (const { event, cell } of visitCells) if (outside.includes(event)) expect(cell.kind).not.toBe('impossible');
  });
});
