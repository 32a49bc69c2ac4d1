/** The wire between the lock's computer and its board. */
import { duration } from '../scenario/kinds.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';

export const SERIAL = {
  'serial-unplugged': fault({
    help: 'the cable is pulled out; the drive loses its signal',
    must: 'BoardLost; what was known of door and bolt is void; tokens are refused board_lost, and not used up',
    begin({ stage }) {
      stage.board(false);
      return () => stage.board(true);
    },
  }),
  'serial-reset': fault({
    help: 'the board resets and is back at once',
    must: 'everything is observed again before anything moves; no command of before is carried out after it',
    begin({ stage }) {
      stage.board(false);
      stage.board(true);
      return nothingToMend;
    },
  }),
  'serial-stalled': fault({
    help: 'nothing goes over the wire for a while, and then everything that was kept in it; of one that had too much to keep the board is taken for lost',
    must: 'a drive whose end nobody saw is a jam; what comes late moves nothing that was given up meanwhile',
    tiers: ['a'],
    parameters: { for: duration },
    begin({ stage }, { for: forMs = 1_000 }) {
      stage.stallBoard(true);
      let over = false;
      const end = (): void => {
        if (over) return;
        over = true;
        stage.stallBoard(false);
      };
      stage.after(forMs, end);
      return end;
    },
  }),
  'serial-noise': fault({
    help: 'bytes that are no Firmata come in among the others',
    must: 'they are dropped, or the board is taken for lost and asked anew; nothing moves by them',
    tiers: ['b'],
    begin({ stage }) {
      stage.noise();
      return nothingToMend;
    },
  }),
} as const satisfies Record<string, FaultKind>;
