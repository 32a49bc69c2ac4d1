/** Stories of the owner's word: when it holds, what it ends, and how it is answered. */
import type { ControlOp, Refusal } from '../../../protocol/index.ts';
import { NOON_S, seeds } from '../../support/people.ts';
import { bstr, int } from './raw.ts';
import {
  ACCEPTED,
  applied,
  asked,
  type Comes,
  disk,
  drawn,
  HEARD,
  idBytes,
  later,
  nonceAsked,
  nonceOf,
  power,
  published,
  refused,
  rotation,
  type Step,
  type Story,
  said,
  shown,
  story,
} from './story.ts';

export const ownerStories = (): readonly Story[] => [...durable(), ...onTheWay(), ...answers(), ...documents()];

const NONCE = nonceOf(3);
const nonce = Buffer.from(NONCE, 'hex');
const given = { nonces: [NONCE] };

const PAUSED = { ...HEARD, ...applied('pause', 1) };
const no = (at: number, refusal: Refusal, id = 1): Step => shown(at, drawn(id, at), refused(refusal));
const yes = (at: number, id = 1): Step => shown(at, drawn(id, at), ACCEPTED);

function durable(): readonly Story[] {
  return [
    story('R-188', 'a pause holds at once, and is told when it is durable', [
      disk(0, 'waits'),
      shown(1, said('pause', 1), HEARD),
      no(2, 'owner_veto'),
      disk(3, 'ok', applied('pause', 1)),
      power(4),
      no(5, 'owner_veto'),
      shown(6, said('resume', 2), { ...HEARD, ...applied('resume', 2) }),
      power(7),
      yes(8),
    ]),
    story('R-188', 'what is denied, a mode and an epoch survive a power cut', [
      shown(0, said('raise-epoch', 1, { argument: int(2) }), { ...HEARD, ...applied('raise-epoch', 1) }),
      shown(0.5, said('deny-token', 2, { argument: bstr(idBytes(1, 16)) }), { ...HEARD, ...applied('deny-token', 2) }),
      shown(1, said('set-mode', 3, { argument: int(2) }), { ...HEARD, ...applied('set-mode', 3) }),
      power(2),
      no(3, 'epoch_stale'),
      shown(6, drawn(1, 6, { limits: { epoch: 2 } }), refused('revoked')),
      shown(9, drawn(2, 9, { limits: { epoch: 2 } }), refused('privacy_mode')),
    ]),
    story('R-188', 'what cannot be made durable', [
      disk(0.5, 'fails'),
      shown(1, said('pause', 1), { ...HEARD, controls: [['pause', 'ledger_unavailable', 1, 2]] }),
      shown(5, said('pause', 2), { ...HEARD, controls: [['pause', 'ledger_unavailable', 2, 2]] }),
    ]),
    story(
      'R-188',
      'a new root that cannot be made durable',
      [
        nonceAsked(0, 'n', NONCE),
        disk(0.5, 'fails'),
        shown(1, rotation(1, nonce), { ...HEARD, controls: [['rotate-root', 'ledger_unavailable', 1, 1]] }),
      ],
      given,
    ),
  ];
}

function onTheWay(): readonly Story[] {
  const byNew = (op: ControlOp, counter: number) => said(op, counter, { seed: seeds.stranger });
  const sixteen = Array.from({ length: 16 }, (_, i) => i + 2);
  const opOf = (counter: number) => (counter % 2 === 0 ? 'pause' : 'resume');
  return [
    story(
      'R-188',
      'while a new root is on its way no token is taken, and controls wait and are judged behind it',
      [
        nonceAsked(0, 'n', NONCE),
        disk(0.5, 'waits'),
        shown(1, rotation(1, nonce), HEARD),
        no(2, 'ledger_unavailable'),
        shown(3, byNew('pause', 2), HEARD),
        shown(4, said('resume', 3), HEARD),
        disk(5, 'ok', {
          controls: [
            ['rotate-root', 'applied', 1],
            ['pause', 'applied', 2, 3],
          ],
          refused: [['unknown_issuer', 1]],
        }),
        no(6, 'unknown_issuer'),
        power(8),
        no(9, 'unknown_issuer', 2),
        shown(12, byNew('resume', 3), { ...HEARD, ...applied('resume', 3) }),
      ],
      given,
    ),
    story(
      'R-188',
      'sixteen controls wait, and no more',
      [
        nonceAsked(0, 'n', NONCE),
        disk(0.5, 'waits'),
        shown(1, rotation(1, nonce), HEARD),
        sixteen.map((counter) => shown(later(2, counter / 10), byNew(opOf(counter), counter), HEARD)),
        shown(4, byNew('pause', 18), refused('throttled')),
        disk(5, 'ok', {
          controls: [
            ['rotate-root', 'applied', 1],
            ...sixteen.map((counter) => [opOf(counter), 'applied', counter] as const),
          ],
        }),
      ],
      given,
    ),
    story(
      'R-188',
      'while a new journal is on its way no token is taken',
      [
        nonceAsked(0, 'n', NONCE),
        no(0.5, 'lockdown'),
        disk(1, 'waits'),
        shown(2, said('re-seal', 1, { argument: int(2), nonce }), HEARD),
        shown(3, drawn(1, 3, { limits: { epoch: 2 } }), refused('ledger_unavailable')),
        shown(3.5, said('pause', 2), HEARD),
        disk(4, 'ok', {
          controls: [
            ['re-seal', 'applied', 1],
            ['pause', 'applied', 2, 3],
          ],
        }),
        shown(5, said('resume', 3), { ...HEARD, ...applied('resume', 3) }),
        shown(7, drawn(1, 7, { limits: { epoch: 2 } }), ACCEPTED),
      ],
      { ...given, disk: 'lockdown' },
    ),
  ];
}

function answers(): readonly Story[] {
  const old = (at: number, counter: number, comes: Comes): Step => shown(at, said('pause', counter), comes);
  const past = (counter: number): Comes => ({ answer: 'heard', controls: [['pause', 'out_of_order', counter, 2]] });
  const perhaps = (counter: number): Comes => ({ answer: 'heard', maybe: [['pause', 'out_of_order', counter, 2]] });
  const moment = NOON_S;
  return [
    story('R-193', 'an answer says what, how it ended, its counter, and the next one', [
      shown(0, said('pause', 1), PAUSED),
      old(5, 1, past(1)),
      old(10, 1, perhaps(1)),
      old(15, 7, past(7)),
      old(20, 8, past(8)),
      old(25, 7, perhaps(7)),
      old(80, 1, past(1)),
      shown(90, said('pause', 2, { seed: seeds.carrier }), refused('unknown_issuer')),
      shown(95, said('pause', 2), { ...HEARD, ...applied('pause', 2) }),
    ]),
    story(
      'R-194',
      'behind a seal whose counter is above all that were said before, none of them is said again',
      [
        nonceAsked(0, 'n', NONCE),
        shown(1, said('re-seal', moment, { argument: int(2), nonce }), { ...HEARD, ...applied('re-seal', moment) }),
        shown(5, said('resume', 4), { answer: 'heard', controls: [['resume', 'out_of_order', 4, moment + 1]] }),
      ],
      { ...given, counter: 2, disk: 'lockdown' },
    ),
    story(
      'R-194',
      'behind one whose counter is only above the last that is known, whoever has kept the next one says it again',
      [
        nonceAsked(0, 'n', NONCE),
        shown(1, said('re-seal', 3, { argument: int(2), nonce }), { ...HEARD, ...applied('re-seal', 3) }),
        shown(5, said('resume', 4), { ...HEARD, ...applied('resume', 4) }),
      ],
      { ...given, counter: 2, disk: 'lockdown' },
    ),
  ];
}

function documents(): readonly Story[] {
  const pause = said('pause', 1);
  const kept = { retained: true };
  const document = (at: number, texts: unknown, comes: Comes, more = {}): Step =>
    published(at, 'control', texts, comes, more);
  const long = `LS1:${'0'.repeat(1537)}`;
  return [
    story('R-157', 'a document is read in its order, retained or not; what was applied before is passed over', [
      document(
        0,
        [pause, said('resume', 2), said('pause', 3)],
        {
          controls: [
            ['pause', 'applied', 1],
            ['resume', 'applied', 2],
            ['pause', 'applied', 3],
          ],
        },
        kept,
      ),
      document(1, [pause, said('resume', 2), said('pause', 3)], {}, kept),
      document(2, [said('resume', 2), said('resume', 4)], applied('resume', 4)),
      yes(5),
    ]),
    story('R-157', 'the others are judged, whatever became of the one before', [
      document(0, ['PARCEL 1', said('pause', 7), said('pause', 1, { seed: seeds.carrier }), pause], {
        refused: [
          ['malformed', 1],
          ['unknown_issuer', 1],
        ],
        controls: [
          ['pause', 'out_of_order', 7, 1],
          ['pause', 'applied', 1, 2],
        ],
      }),
    ]),
    story('R-92 R-157', 'what is no control takes its place among the codes of the channel', [
      document(0, ['A', 'B', 'C', 'D', 'E', 'F', pause], {
        refused: [...Array.from({ length: 5 }, () => ['malformed', 1] as const), ['throttled', 0]],
        ...applied('pause', 1),
      }),
      shown(1, 'G', refused('throttled'), 'mqtt'),
    ]),
    story('R-157', 'what is no array of at most sixteen texts is not read', [
      document(0, '', {}),
      document(0.1, '{', {}),
      document(0.2, pause, {}),
      document(0.3, { controls: [pause] }, {}),
      document(0.4, [pause, 1], {}),
      document(0.5, [pause, long], {}),
      document(
        0.6,
        Array.from({ length: 17 }, () => pause),
        {},
      ),
      document(
        0.7,
        Array.from({ length: 16 }, () => pause),
        applied('pause', 1),
      ),
    ]),
    story('R-157 R-171', 'a presentation that stands among controls opens nothing', [
      document(0, [drawn(1, 0)], { refused: [['malformed', 1]] }),
      yes(1),
    ]),
    story(
      'R-171 R-156',
      'a control is one on every channel',
      [
        shown(0, pause, PAUSED),
        shown(1, said('resume', 2), { ...HEARD, ...applied('resume', 2) }, 'mqtt'),
        asked(
          2,
          'unlock',
          'u',
          { ...applied('pause', 3), replies: [{ cid: 'u', ok: false, answer: 'try_again' }] },
          {
            presentation: said('pause', 3),
          },
        ),
        // Nothing of it is a control's but its purpose: then it is a presentation that is malformed.
        shown(3, said('pause', 4, { counter: -1 }), refused('malformed')),
      ],
      given,
    ),
  ];
}
