/** Stories of the door, the bolt and the board, of what a product asks for, and of what the bearer is told. */
import { kidOf, type Refusal, toHex } from '../../../protocol/index.ts';
import { keys, NOON_S, seeds } from '../../support/people.ts';
import { bstr, int } from './raw.ts';
import {
  ACCEPTED,
  type Asked,
  applied,
  asked,
  clock,
  drawn,
  HEARD,
  label,
  refused,
  type Sight,
  type Step,
  type Story,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';

export const doorStories = (): readonly Story[] => [...doors(), ...products(), ...bearers()];

const no = (at: number, refusal: Refusal, id = 1): Step => shown(at, drawn(id, at), refused(refusal));
const yes = (at: number, id = 1): Step => shown(at, drawn(id, at), ACCEPTED);

function doors(): readonly Story[] {
  /** Refused while it is so, and accepted behind it: the token is not used up. */
  const until = (name: string, sight: Sight, refusal: Refusal, after: Sight): Story =>
    story('R-114 R-140', name, [seen(0, sight), no(1, refusal), seen(2, after), yes(4.1)]);
  return [
    until('the board does not answer', { board: 'away' }, 'board_lost', { board: 'there' }),
    until('the door stands open', { door: 'open' }, 'door_open', { door: 'closed' }),
    until('nobody can say where the bolt is', { bolt: 'unknown' }, 'board_lost', { bolt: 'thrown' }),
    story('R-114 R-140', 'the bolt moves, and jams', [
      seen(0, { bolt: 'withdrawn' }),
      asked(0.5, 'lock', 'l', { replies: [{ cid: 'l', ok: true }], moves: ['throw'] }),
      no(1, 'actuator_busy'),
      seen(1.2, { bolt: 'jammed' }),
      no(1.5, 'jammed', 2),
      seen(1.8, { bolt: 'thrown' }),
      yes(5),
    ]),
    story('R-114', 'a bolt that somebody has withdrawn by hand is no reason', [
      seen(0, { bolt: 'withdrawn' }),
      shown(1, drawn(1, 1), { answer: 'accepted' }),
    ]),
    story('R-114', 'during a visit', [
      yes(0),
      no(0.2, 'actuator_busy', 2),
      visit(0).slice(0, 2),
      no(1.2, 'actuator_busy', 3),
      visit(0).slice(2, 3),
      no(1.7, 'actuator_busy', 4),
      visit(0).slice(3),
      yes(5, 2),
    ]),
    story('R-114', "a visit and the board come before the door, and the owner's word before all of them", [
      seen(0, { door: 'open' }),
      seen(0.5, { board: 'away' }),
      no(1, 'board_lost'),
      shown(2, said('pause', 1), { ...HEARD, ...applied('pause', 1) }),
      no(3, 'owner_veto', 2),
    ]),
  ];
}

function products(): readonly Story[] {
  const until = (name: string, asks: Asked, sight: Sight, refusal: Refusal, after: Sight): Story =>
    story('R-118 R-140', name, [seen(0, sight), no(1, refusal), seen(2, after), yes(4.1)], { asks: [asks] });
  return [
    until('the battery is near its end', 'battery', { battery: 'low' }, 'battery_low', { battery: 'ok' }),
    until('the ignition is on', 'ignition', { ignition: 'on' }, 'ignition_on', { ignition: 'off' }),
    until('it was torn off', 'mount', { mount: 'removed' }, 'mount_removed', { mount: 'holds' }),
    story('R-118 R-140', 'nobody has rung', [no(0, 'ring_first'), seen(1, { bell: 'rung' }), yes(3.5)], {
      asks: ['ring'],
    }),
    story('R-118', 'a product that asks for nothing', [
      seen(0, { battery: 'low' }),
      seen(0.5, { ignition: 'on' }),
      seen(1, { mount: 'removed' }),
      yes(2),
    ]),
    story(
      'R-118',
      'the door comes before what the product asks for, and the battery before the rest of that',
      [
        seen(0, { battery: 'low' }),
        seen(0.2, { ignition: 'on' }),
        seen(0.4, { mount: 'removed' }),
        seen(0.6, { door: 'open' }),
        no(1, 'door_open'),
        seen(2, { door: 'closed' }),
        no(3, 'battery_low', 2),
        seen(4, { battery: 'ok' }),
        no(5, 'ignition_on', 3),
        seen(6, { ignition: 'off' }),
        no(7, 'mount_removed', 4),
        seen(8, { mount: 'holds' }),
        no(9, 'ring_first', 5),
      ],
      { asks: ['battery', 'ignition', 'mount', 'ring'] },
    ),
  ];
}

/** Each refusal that no other story shows, with what is told to whom. */
function bearers(): readonly Story[] {
  const another = { root: seeds.stranger, carrier: seeds.carrier, courier: seeds.courier };
  const denied = (op: 'deny-token' | 'deny-key', argument: Uint8Array, refusal: Refusal): Story =>
    story('R-140', refusal, [
      shown(0, said(op, 1, { argument: bstr(argument) }), { ...HEARD, ...applied(op, 1) }),
      no(1, refusal),
    ]);
  const mode = (number: number, refusal: Refusal): Story =>
    story('R-140', `${refusal}, in a mode`, [
      shown(0, said('set-mode', 1, { argument: int(number) }), { ...HEARD, ...applied('set-mode', 1) }),
      no(1, refusal),
    ]);
  const token = (expires: number, begins: number) => ({ t: { claims: { 4: int(expires), 5: int(begins) } } });
  return [
    story('R-140', 'what proves nothing, or not enough', [
      shown(0, label(1), refused('malformed')),
      shown(3, 'LS2:', refused('unsupported_version')),
      shown(6, drawn(1, 6, { seeds: another }), refused('unknown_issuer')),
      shown(9, drawn(1, 9, { t: { seed: seeds.stranger } }), refused('bad_signature')),
      shown(12, drawn(1, 12, { audience: 'back-door/abcdefgh' }), refused('wrong_lock')),
      shown(15, drawn(1, 15, { limits: { windowS: 60 } }), refused('chain_invalid')),
    ]),
    story('R-140', 'what is drawn too early, and what is for another moment or another door', [
      shown(0, drawn(1, -60), refused('holder_proof_failed')),
      shown(3, drawn(1, 3, token(NOON_S + 3600, NOON_S + 60)), refused('not_yet_valid')),
      shown(6, drawn(1, 6, token(NOON_S, NOON_S - 60)), refused('expired')),
      shown(9, drawn(1, 9, { limits: { hours: [[127, 0, 60]] } }), refused('outside_hours')),
      shown(12, drawn(1, 12, { action: 2, limits: { actions: 3 } }), refused('wrong_action')),
      shown(15, drawn(1, 15, { limits: { usesPerDay: 0 } }), refused('uses_exhausted')),
    ]),
    story('R-140', 'an epoch that is over', [no(0, 'epoch_stale')], { epoch: 2 }),
    story('R-140', 'a clock that nobody vouches for', [
      clock(0, 'untrusted'),
      no(1, 'clock_untrusted'),
      clock(2, 'trusted'),
      yes(4.1),
    ]),
    denied('deny-token', Uint8Array.of(...new Array<number>(15).fill(0), 1), 'revoked'),
    denied('deny-key', kidOf(keys.carrier), 'issuer_revoked'),
    mode(2, 'privacy_mode'),
    mode(1, 'owner_veto'),
    // Which events name a token: those about one that was signed.
    story('R-152', 'an event names a token when its signatures held, and no other', [
      shown(0, drawn(1, 0, { t: { seed: seeds.stranger } }), refused('bad_signature', { names: [null] })),
      shown(3, drawn(1, 3, { seeds: another }), refused('unknown_issuer', { names: [null] })),
      shown(6, drawn(1, 6, { audience: 'back-door/abcdefgh' }), refused('wrong_lock', { names: [null] })),
      shown(9, drawn(1, -60), refused('holder_proof_failed', { names: [nameOf(1)] })),
      shown(12, drawn(2, 12, { limits: { usesPerDay: 0 } }), refused('uses_exhausted', { names: [nameOf(2)] })),
      seen(13, { door: 'open' }),
      shown(15, drawn(3, 15), refused('door_open', { names: [nameOf(3)] })),
    ]),
  ];
}

const nameOf = (id: number): string => toHex(Uint8Array.of(...new Array<number>(15).fill(0), id));
