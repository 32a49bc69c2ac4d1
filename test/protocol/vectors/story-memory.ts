/** Stories of what a lock remembers: used tokens and their room, a disk that fails or waits, delegations. */
import { toHex } from '../../../protocol/index.ts';
import { NOON_S } from '../../support/people.ts';
import { bstr, type ChainRequest, int } from './raw.ts';
import {
  ACCEPTED,
  answering,
  applied,
  disk,
  drawn,
  HEARD,
  idBytes,
  nonceAsked,
  nonceOf,
  power,
  RESERVED,
  refused,
  type Step,
  type Story,
  type StoryLock,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';
import { chainOf } from './vector.ts';

export const memoryStories = (): readonly Story[] => [
  ...journals(),
  ...room(),
  ...once(),
  ...forgotten(),
  ...remembered(),
  ...logs(),
];

const NONCE = nonceOf(3);

function journals(): readonly Story[] {
  const forged = { t: { signature: () => new Uint8Array(64).fill(1) } };
  return [
    story(
      'R-99',
      'a journal that is damaged: no token is taken, authentic or not; the reason is for an authentic one',
      [
        shown(0, drawn(1, 0), refused('lockdown')),
        shown(3, drawn(2, 3, forged), refused('bad_signature')),
        shown(6, drawn(3, 6, { action: 2 }), refused('lockdown')),
        shown(9, said('pause', 1), { answer: 'heard', controls: [['pause', 'lockdown', 1, 1]] }),
      ],
      { disk: 'lockdown' },
    ),
    story('R-99', 'a journal that is gone', [
      shown(0, drawn(1, 0), ACCEPTED),
      visit(0),
      { at: 3, does: 'power', journal: 'gone', comes: {} },
      shown(4, drawn(1, 4), refused('lockdown')),
      shown(7, drawn(2, 7), refused('lockdown')),
    ]),
    story('R-99 R-131', 'a disk that fails: nothing moves, and no other token is taken until the lock starts again', [
      disk(0.5, 'fails'),
      shown(1, drawn(1, 1), { ...RESERVED, outcomes: ['denied'] }),
      shown(4, drawn(1, 4), refused('ledger_unavailable')),
      shown(7, drawn(2, 7), refused('ledger_unavailable')),
      disk(9, 'ok'),
      shown(10, drawn(2, 10), refused('ledger_unavailable')),
      power(12),
      shown(13, drawn(2, 13), ACCEPTED),
    ]),
    story('R-99', 'a disk that has not answered for an earlier spend', [
      disk(0, 'waits'),
      shown(1, drawn(1, 1), RESERVED),
      shown(2, drawn(2, 2), refused('ledger_unavailable')),
      disk(3, 'ok', { moves: ['withdraw'] }),
      visit(3),
      shown(6, drawn(2, 6), ACCEPTED),
    ]),
  ];
}

const used = (count: number, expires: number, day: string): Partial<StoryLock> => ({ used: { count, expires, day } });

/** Long over a month from now. */
const LATE_S = NOON_S + 40 * 86_400;

function room(): readonly Story[] {
  return [
    story(
      'R-111',
      'the last that there is room for, and none behind it, through a power cut',
      [
        shown(0, drawn(1, 0), ACCEPTED),
        visit(0),
        shown(3, drawn(2, 3), refused('ledger_unavailable')),
        shown(6, drawn(1, 6), refused('already_used')),
        power(8),
        shown(9, drawn(2, 9), refused('ledger_unavailable')),
        shown(12, drawn(1, 12), refused('already_used')),
      ],
      used(4095, LATE_S, '2026-06-01'),
    ),
    story('R-111', 'no room', [shown(0, drawn(1, 0), refused('ledger_unavailable'))], used(4096, LATE_S, '2026-06-01')),
    story(
      'R-111',
      'no room comes before what the code proves',
      [shown(0, drawn(1, 60), refused('ledger_unavailable'))],
      used(4096, LATE_S, '2026-06-01'),
    ),
  ];
}

function once(): readonly Story[] {
  return [
    story(
      'R-130',
      'a token that waits for the disk is nobody else’s, and counts among the uses of the day',
      [
        nonceAsked(0, 'n', NONCE),
        disk(0.5, 'waits'),
        shown(1, drawn(1, 1, { limits: { usesPerDay: 1 } }), RESERVED),
        shown(1.1, answering(1, NONCE, { limits: { usesPerDay: 1 } }), HEARD, 'mqtt'),
        shown(1.2, drawn(2, 1.2, { limits: { usesPerDay: 1 } }), refused('ledger_unavailable')),
        disk(2, 'ok', { moves: ['withdraw'] }),
        visit(2),
        shown(5, drawn(2, 5, { limits: { usesPerDay: 1 } }), refused('uses_exhausted')),
        shown(8, answering(1, NONCE, { limits: { usesPerDay: 1 } }), refused('already_used'), 'mqtt'),
      ],
      { nonces: [NONCE] },
    ),
    story('R-131', 'nothing moves before the record is durable', [
      disk(0, 'waits'),
      shown(1, drawn(1, 1), RESERVED),
      disk(5, 'ok', { moves: ['withdraw'] }),
      visit(5),
      shown(8, drawn(1, 8), refused('already_used')),
    ]),
    story('R-131', 'a power cut before it is durable: nothing moves', [
      disk(0, 'waits'),
      shown(1, drawn(1, 1), RESERVED),
      power(2),
    ]),
    story('R-132', 'a power cut before the bolt was seen withdrawn: nobody knows, and nothing moves', [
      shown(0, drawn(1, 0), ACCEPTED),
      power(0.2, { outcomes: ['spent_outcome_unknown'] }),
      shown(3, drawn(1, 3), refused('already_used')),
      power(5),
      shown(6, drawn(2, 6), ACCEPTED),
    ]),
    story('R-132', 'a power cut behind a visit that has ended: nothing is reported again', [
      shown(0, drawn(1, 0), ACCEPTED),
      visit(0),
      power(3),
      shown(4, drawn(1, 4), refused('already_used')),
    ]),
  ];
}

/** A token that is good from ten minutes before this moment of the story for an hour. */
const at = (id: number, moment: number): string =>
  drawn(id, moment, { t: { claims: { 4: int(NOON_S + moment + 3000), 5: int(NOON_S + moment - 600) } } });

function forgotten(): readonly Story[] {
  const no = (moment: number): Step => shown(moment, at(1, moment), refused('ledger_unavailable'));
  const yes = (moment: number): Step => shown(moment, at(1, moment), ACCEPTED);
  return [
    story(
      'R-133',
      'what has expired on the day before is kept for five minutes more, and not for ever',
      [no(0), no(3_599), no(3_790), yes(3_801 + 7_200)],
      used(4096, NOON_S + 3_500, '2026-05-31'),
    ),
    story(
      'R-133',
      'what has expired is kept as long as its local day lasts',
      // 22:00 on the first of June in Auckland.
      [no(0), no(3_700), no(7_190), yes(7_200 + 7_200)],
      { ...used(4096, NOON_S - 7_200, '2026-06-01'), timezone: 'Pacific/Auckland' },
    ),
    story(
      'R-133',
      'what has not expired is kept on every other day',
      [no(0), no(14_400), no(86_400)],
      used(4096, NOON_S + 2 * 86_400, '2026-05-31'),
    ),
    story(
      'R-133',
      'a clock that nobody vouches for makes nothing forgotten',
      [
        { at: 0, does: 'clock', clock: 'untrusted', comes: {} },
        shown(20_000, at(1, 20_000), refused('clock_untrusted')),
        nonceAsked(20_001, 'n', NONCE),
        // The owner says that it is a minute later only.
        shown(20_002, said('set-time', 1, { argument: int(NOON_S + 60), nonce: Buffer.from(NONCE, 'hex') }), {
          ...HEARD,
          ...applied('set-time', 1),
        }),
        shown(20_006, at(1, 64), refused('ledger_unavailable')),
      ],
      { ...used(4096, NOON_S, '2026-05-31'), nonces: [NONCE] },
    ),
  ];
}

/** A token under the delegation of this number. */
const under = (delegation: number): NonNullable<ChainRequest['d']> => ({ claims: { 7: bstr(idBytes(delegation, 8)) } });

function remembered(): readonly Story[] {
  const bytes = (delegation: number): string => toHex(chainOf({ d: under(delegation) }).delegation);
  const named = (id: number, moment: number, delegation: number): string =>
    drawn(id, moment, { named: true, d: under(delegation) });
  const carried = (id: number, moment: number, delegation: number): string =>
    drawn(id, moment, { d: under(delegation) });
  const sixteen = Array.from({ length: 16 }, (_, i) => bytes(i));
  return [
    story('R-187', 'a delegation under which a token was accepted can be named, and after a power cut, too', [
      shown(0, named(1, 0, 1), refused('unknown_issuer')),
      shown(3, carried(1, 3, 1), ACCEPTED),
      visit(3),
      shown(6, named(2, 6, 1), ACCEPTED),
      visit(6),
      power(9),
      shown(10, named(3, 10, 1), ACCEPTED),
    ]),
    story('R-187', 'one under which none was accepted cannot', [
      shown(0, drawn(1, 0, { d: under(1), limits: { usesPerDay: 0 } }), refused('uses_exhausted')),
      shown(3, drawn(1, 3, { named: true, d: under(1), limits: { usesPerDay: 0 } }), refused('unknown_issuer')),
    ]),
    story(
      'R-187',
      'sixteen are remembered, and the one remembered longest goes',
      [
        shown(0, named(1, 0, 0), ACCEPTED),
        visit(0),
        shown(3, carried(2, 3, 16), ACCEPTED),
        visit(3),
        shown(6, named(3, 6, 0), refused('unknown_issuer')),
        shown(9, named(3, 9, 1), ACCEPTED),
        visit(9),
        shown(12, named(4, 12, 15), ACCEPTED),
        visit(12),
        shown(15, named(5, 15, 16), ACCEPTED),
      ],
      { remembered: sixteen },
    ),
  ];
}

function logs(): readonly Story[] {
  const full: Partial<StoryLock> = { log: 'full' };
  return [
    story('R-208', 'no visit begins that could not be reported', [shown(0, drawn(1, 0), refused('log_full'))], full),
    story(
      'R-208',
      'one that reports to nobody never is full',
      [shown(0, drawn(1, 0), ACCEPTED), seen(0.5, { bolt: 'withdrawn' })],
      { ...full, reports: false },
    ),
  ];
}
