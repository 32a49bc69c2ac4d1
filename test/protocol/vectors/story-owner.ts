/** Stories of the owner's word: when it holds, what it ends, and how it is answered. */
import { type ControlOp, kidOf, type Refusal, rotateRoot } from '../../../protocol/index.ts';
import { AUDIENCE, keys, NOON_S, seeds } from '../../support/people.ts';
import { array, bstr, type ControlFields, int } from './raw.ts';
import {
  ACCEPTED,
  answering,
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
  RESERVED,
  refused,
  type Step,
  type Story,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';

export const ownerStories = (): readonly Story[] => [
  ...durable(),
  ...onTheWay(),
  ...vetoes(),
  ...answers(),
  ...documents(),
];

const NONCE = nonceOf(3);
const nonce = Buffer.from(NONCE, 'hex');
const given = { nonces: [NONCE] };

const PAUSED = { ...HEARD, ...applied('pause', 1) };
const no = (at: number, refusal: Refusal, id = 1): Step => shown(at, drawn(id, at), refused(refusal));
const yes = (at: number, id = 1): Step => shown(at, drawn(id, at), ACCEPTED);

/** The stranger becomes the root. */
function rotation(counter: number): string {
  const statement = rotateRoot(AUDIENCE, counter, seeds.stranger);
  if (statement.op !== 'rotate-root') throw new Error('no rotation');
  return said('rotate-root', counter, { argument: array(bstr(statement.root), bstr(statement.proof)), nonce });
}

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
        shown(1, rotation(1), { ...HEARD, controls: [['rotate-root', 'ledger_unavailable', 1, 1]] }),
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
        shown(1, rotation(1), HEARD),
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
        shown(1, rotation(1), HEARD),
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

/** What the owner says of the token of id 1, and what a text of it is told afterwards. */
interface Veto {
  readonly name: string;
  readonly op: ControlOp;
  readonly fields?: Partial<ControlFields>;
  readonly text?: string;
}

function vetoes(): readonly Story[] {
  const ends: readonly Veto[] = [
    { name: 'pause', op: 'pause' },
    { name: 'privacy', op: 'set-mode', fields: { argument: int(2) } },
    { name: 'vacation, before a reader', op: 'set-mode', fields: { argument: int(1) } },
    { name: 'its cti is denied', op: 'deny-token', fields: { argument: bstr(idBytes(1, 16)) } },
    { name: "its carrier's key is denied", op: 'deny-key', fields: { argument: bstr(kidOf(keys.carrier)) } },
    { name: "its phone's key is denied", op: 'deny-key', fields: { argument: bstr(kidOf(keys.courier)) } },
    { name: 'another epoch', op: 'raise-epoch', fields: { argument: int(2) } },
    { name: 'a clock that goes back', op: 'set-time', fields: { argument: int(NOON_S - 86_400), nonce } },
    { name: 'another root', op: 'rotate-root', text: rotation(1) },
  ];
  const others: readonly Veto[] = [
    { name: 'another cti is denied', op: 'deny-token', fields: { argument: bstr(idBytes(2, 16)) } },
    { name: 'another key is denied', op: 'deny-key', fields: { argument: bstr(kidOf(keys.stranger)) } },
    { name: 'a mode that lets it in here', op: 'set-mode', fields: { argument: int(3) } },
    { name: 'resume', op: 'resume' },
    { name: 'a clock that goes on', op: 'set-time', fields: { argument: int(NOON_S + 3600), nonce } },
  ];
  const textOf = ({ op, fields, text }: Veto): string => text ?? said(op, 1, fields);
  const said1 = (at: number, veto: Veto, more: Comes = {}): Step =>
    shown(at, textOf(veto), { ...HEARD, ...applied(veto.op, 1), ...more });
  const [bolt, open, closed, thrown] = visit(1);
  if (!(bolt && open && closed && thrown)) throw new Error('no visit');
  return [
    ...ends.map((veto) =>
      story(
        'R-190',
        `${veto.name}: before the door was opened the bolt is thrown again`,
        [
          nonceAsked(0, 'n', NONCE),
          yes(1),
          bolt,
          said1(1.7, veto, { moves: ['throw'] }),
          seen(2.2, { bolt: 'thrown' }, { outcomes: ['granted_not_entered'] }),
        ],
        given,
      ),
    ),
    ...ends.map((veto) =>
      story(
        'R-190',
        `${veto.name}: behind somebody who is inside the visit ends as every other`,
        [nonceAsked(0, 'n', NONCE), yes(1), bolt, open, said1(2.2, veto), closed, thrown],
        given,
      ),
    ),
    ...others.map((veto) =>
      story(
        'R-190',
        `${veto.name}: that ends no visit`,
        [nonceAsked(0, 'n', NONCE), yes(1), bolt, said1(1.7, veto), open, closed, thrown],
        given,
      ),
    ),
    ...ends
      .filter(({ op }) => op !== 'rotate-root')
      .map((veto) =>
        story(
          'R-190',
          `${veto.name}: before the token's record is durable nothing opens`,
          [
            nonceAsked(0, 'n', NONCE),
            disk(0.5, 'waits'),
            shown(1, drawn(1, 1), RESERVED),
            shown(2, textOf(veto), HEARD),
            disk(3, 'ok', { ...applied(veto.op, 1), outcomes: ['vetoed'] }),
          ],
          given,
        ),
      ),
    story('R-190', 'a token whose visit the owner has ended before anything moved counts as used', [
      disk(0, 'waits'),
      shown(1, drawn(1, 1), RESERVED),
      shown(2, said('pause', 1), HEARD),
      disk(3, 'ok', { ...applied('pause', 1), outcomes: ['vetoed'] }),
      shown(4, said('resume', 2), { ...HEARD, ...applied('resume', 2) }),
      no(6, 'already_used'),
    ]),
    story(
      'R-190',
      'a visit that was let in from afar: vacation lets it go on, no_remote_lock_unlock ends it',
      [
        nonceAsked(0, 'n', NONCE),
        shown(1, answering(1, NONCE), ACCEPTED, 'mqtt'),
        bolt,
        shown(1.6, said('set-mode', 1, { argument: int(1) }), { ...HEARD, ...applied('set-mode', 1) }),
        shown(1.7, said('set-mode', 2, { argument: int(3) }), {
          ...HEARD,
          ...applied('set-mode', 2),
          moves: ['throw'],
        }),
        seen(2.2, { bolt: 'thrown' }, { outcomes: ['granted_not_entered'] }),
      ],
      given,
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
