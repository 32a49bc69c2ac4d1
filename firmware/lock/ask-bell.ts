/** Asks the bell's table, and turns its words into effects. Nothing that it says opens anything. */
import { BELL, BELL_WAITS, type BellEvent, type BellRow, type BellWord } from './bell.ts';
import { fault } from './ending.ts';
import { look } from './table.ts';
import { report, type Turn, tell, wait } from './turn.ts';

export function askBell(turn: Turn, event: BellEvent): void {
  const { row } = turn.now.bell;
  const move = look(BELL, row, event, () => false);
  if (move.impossible) return fault(turn, `bell: ${event} in ${row}`);
  if (move.moved) {
    turn.now = { ...turn.now, bell: { ...turn.now.bell, row: move.row } };
    waitIn(turn, move.row);
  }
  for (const word of move.words) say(turn, word);
}

/** Rings are told again, and the chime is over. */
export function endChime(turn: Turn): void {
  turn.now = { ...turn.now, bell: { ...turn.now.bell, chiming: false } };
}

function waitIn(turn: Turn, row: BellRow): void {
  const { profile } = turn;
  const delayMs = {
    none: undefined,
    long: profile.longPressMs,
    double: profile.doublePressMs,
    stuck: profile.stuckMs,
  }[BELL_WAITS[row]];
  wait(turn, 'bell', delayMs);
}

function say(turn: Turn, word: BellWord): void {
  switch (word) {
    case 'ring':
      return ring(turn);
    case 'tell_double_press':
      // Of a ring that was counted nothing is told, or drumming on the button would be told five times a second.
      if (turn.now.bell.repeats > 0) return;
      return tell(turn, { topic: 'doorbell', body: { event_type: 'double_press' } });
    case 'tell_long_press':
      return tell(turn, { topic: 'doorbell', body: { event_type: 'long_press' } });
    case 'report_stuck':
      return report(turn, 'button_stuck', 'the bell is held down, or its contact is stuck');
  }
}

function ring(turn: Turn): void {
  const { chiming, repeats } = turn.now.bell;
  // At a safe whose key is out its button asks for the lid; a ring is told all the same.
  turn.toBolt('return.asked', 'button');
  turn.toVisit('rung');
  if (chiming) {
    turn.now = { ...turn.now, bell: { ...turn.now.bell, repeats: repeats + 1 } };
    return;
  }
  turn.now = { ...turn.now, bell: { ...turn.now.bell, chiming: true, repeats: 0 } };
  const body = { event_type: 'ring' } as const;
  tell(turn, { topic: 'doorbell', body: repeats === 0 ? body : { ...body, repeats } });
  wait(turn, 'chime', turn.profile.repeatMs);
}
