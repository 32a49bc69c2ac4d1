/** Stories of what ends a visit: what the owner says of its token, before anything moved, before anybody came in, and after. */
import { type ControlOp, kidOf, type Refusal } from '../../../protocol/index.ts';
import { keys, NOON_S } from '../../support/people.ts';
import { bstr, type ControlFields, int } from './raw.ts';
import {
  ACCEPTED,
  answering,
  applied,
  type Comes,
  disk,
  drawn,
  HEARD,
  idBytes,
  nonceAsked,
  nonceOf,
  RESERVED,
  refused,
  rotation,
  type Step,
  type Story,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';

const NONCE = nonceOf(3);
const nonce = Buffer.from(NONCE, 'hex');
const given = { nonces: [NONCE] };

const no = (at: number, refusal: Refusal, id = 1): Step => shown(at, drawn(id, at), refused(refusal));
const yes = (at: number, id = 1): Step => shown(at, drawn(id, at), ACCEPTED);

/** What the owner says while there is a visit of the token of id 1. */
interface Veto {
  readonly name: string;
  readonly op: ControlOp;
  readonly fields?: Partial<ControlFields>;
  readonly text?: string;
}

export function vetoStories(): readonly Story[] {
  const ends: readonly Veto[] = [
    { name: 'pause', op: 'pause' },
    { name: 'privacy', op: 'set-mode', fields: { argument: int(2) } },
    { name: 'vacation, before a reader', op: 'set-mode', fields: { argument: int(1) } },
    { name: 'its cti is denied', op: 'deny-token', fields: { argument: bstr(idBytes(1, 16)) } },
    { name: "its carrier's key is denied", op: 'deny-key', fields: { argument: bstr(kidOf(keys.carrier)) } },
    { name: "its phone's key is denied", op: 'deny-key', fields: { argument: bstr(kidOf(keys.courier)) } },
    { name: 'another epoch', op: 'raise-epoch', fields: { argument: int(2) } },
    { name: 'a clock that goes back', op: 'set-time', fields: { argument: int(NOON_S - 86_400), nonce } },
    { name: 'another root', op: 'rotate-root', text: rotation(1, nonce) },
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
    story('R-190', 'while the bolt is on its way it turns round', [
      yes(0),
      seen(0.2, { bolt: 'between' }),
      shown(0.3, said('pause', 1), { ...HEARD, ...applied('pause', 1), moves: ['throw'] }),
      seen(0.7, { bolt: 'thrown' }, { outcomes: ['granted_not_entered'] }),
    ]),
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
