/** The card that the journal is on. */
import { flag, text, whole, word } from '../scenario/kinds.ts';
import { CannotHappen } from '../scenario/scene.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';
import { worldOf } from './world.ts';

const KINDS = ['append', 'sync', 'replace', 'truncate', 'read'] as const;

export const DISK = {
  'disk-full': fault({
    help: 'there is room for so many bytes more, and then for none',
    must: 'a token whose use cannot be written is refused; LedgerFault; the button inside and the relock go on',
    tiers: ['a'],
    parameters: { room: whole(0, 1_000_000_000) },
    begin(scene, { room = 0 }) {
      const world = worldOf(scene);
      const used = [...world.disk().files().values()].reduce((sum, file) => sum + file.length, 0);
      world.disk().setCapacity(used + room);
      return () => world.disk().setCapacity(undefined);
    },
  }),
  'disk-error': fault({
    help: 'the next operation of a kind fails (EIO), or the next few; of a failed sync the pages count as clean',
    must: 'the first failure is final for this life: every token is refused ledger_unavailable until the next start',
    tiers: ['a'],
    parameters: { on: word(KINDS), times: whole(1, 100) },
    begin(scene, { on = 'sync', times = 1 }) {
      worldOf(scene).disk().failNext(on, 'EIO', times);
      return nothingToMend;
    },
  }),
  'disk-stalled': fault({
    help: 'operations of a kind begin and do not end: a card that has gone to sleep',
    must: 'the token that waits for it is denied after spendMsMax and stays spent; the button inside does not wait',
    tiers: ['a'],
    parameters: { on: word(KINDS) },
    begin(scene, { on = 'sync' }) {
      const world = worldOf(scene);
      world.disk().stall(on);
      return () => world.disk().unstall(on);
    },
  }),
  'disk-bits': fault({
    help: 'a bit of a file turns while the lock is dark; or the file is gone',
    must: 'lockdown: no token is granted until the owner seals a new journal; no spend is ever forgotten without it',
    tiers: ['a'],
    parameters: { file: text, bit: whole(0, 1_000_000_000), gone: flag },
    begin(scene, { file = 'journal', bit = 0, gone = false }) {
      const world = worldOf(scene);
      if (world.isUp) throw new CannotHappen('the lock is up, and has the file in hand', 'cut the power before');
      world.tamper(file, (bytes) => {
        if (gone) return undefined;
        const turned = bytes.slice();
        const at = Math.floor(bit / 8) % Math.max(1, turned.length);
        if (turned.length > 0) turned[at] = (turned[at] as number) ^ (1 << (bit % 8));
        return turned;
      });
      return nothingToMend;
    },
  }),
} as const satisfies Record<string, FaultKind>;
