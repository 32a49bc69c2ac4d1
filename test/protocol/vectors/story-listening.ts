/** Stories of who is listened to: the bucket, the closed channel, the code that is held up. */
import type { Refusal } from '../../../protocol/index.ts';
import { seeds } from '../../support/people.ts';
import {
  ACCEPTED,
  applied,
  drawn,
  HEARD,
  label,
  later,
  power,
  refused,
  type Step,
  type Story,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';

export const listeningStories = (): readonly Story[] => [...buckets(), ...closings(), ...heldUp()];

const malformed = (at: number, number: number): Step => shown(at, label(number), refused('malformed'));
const throttled = (at: number, number: number): Step => shown(at, label(number), refused('throttled'));

/** Five codes at once, and each of them another one. */
const five = (at: number, number: number): readonly Step[] =>
  [0, 1, 2, 3, 4].map((i) => malformed(later(at, i / 10), number + i));

function buckets(): readonly Story[] {
  /** One that comes too early; each of them another one. */
  const early = (at: number, counter: number): Step =>
    shown(at, said('pause', counter), { answer: 'heard', controls: [['pause', 'out_of_order', counter, 1]] });
  const tooMany = (at: number, counter: number): Step => shown(at, said('pause', counter), refused('throttled'));
  return [
    story('R-92', 'five codes at once, then one more every two seconds, and later for whoever does not wait', [
      five(0, 0),
      throttled(0.5, 5),
      // Four seconds from the one that found none.
      throttled(4.4, 6),
      // Eight, sixteen, and thirty at most.
      throttled(12.3, 7),
      throttled(28.2, 8),
      throttled(58.1, 9),
      malformed(88.1, 10),
      throttled(88.2, 11),
    ]),
    story('R-92', 'one comes back every two seconds', [
      five(0, 0),
      malformed(2, 5),
      malformed(4, 6),
      throttled(4.1, 7),
      malformed(8.1, 8),
      throttled(8.2, 9),
    ]),
    story('R-92', 'when the bucket is full again, it is two seconds again', [
      five(0, 0),
      throttled(0.5, 5),
      // Five times four seconds.
      five(20.5, 6),
      throttled(21, 11),
      malformed(25, 12),
    ]),
    story('R-92', 'each channel has a bucket of its own', [
      five(0, 0),
      throttled(0.5, 5),
      shown(0.6, label(5), refused('malformed'), 'mqtt'),
    ]),
    story('R-92', 'a token that is accepted fills the bucket', [
      five(0, 0).slice(0, 4),
      shown(0.4, drawn(1, 0.4), ACCEPTED),
      visit(0.4),
      five(2.5, 4),
      throttled(3, 9),
    ]),
    story('R-92', 'controls have a bucket of their own, which one that is applied fills', [
      [3, 4, 5, 6, 7].map((counter, i) => early(i / 10, counter)),
      tooMany(0.5, 8),
      malformed(0.6, 0),
      shown(4.6, said('pause', 1), { ...HEARD, ...applied('pause', 1) }),
      [4, 5, 6, 7, 8].map((counter, i) =>
        shown(later(5, i / 10), said('resume', counter), {
          answer: 'heard',
          controls: [['resume', 'out_of_order', counter, 2]],
        }),
      ),
      shown(5.5, said('resume', 9), refused('throttled')),
    ]),
    story('R-92', 'a restart forgives nobody who found the bucket empty', [
      five(0, 0),
      throttled(0.5, 5),
      power(1),
      throttled(1.5, 6),
      throttled(31.4, 7),
      malformed(61.4, 8),
      throttled(61.5, 9),
    ]),
    story('R-92', 'after a restart the bucket of whoever found it empty fills by one every thirty seconds', [
      five(0, 0),
      throttled(0.5, 5),
      power(1),
      malformed(31.1, 6),
      malformed(61.1, 7),
      throttled(61.2, 8),
      // Full: five times thirty seconds.
      five(211.2, 9),
      throttled(211.7, 14),
      malformed(215.7, 15),
    ]),
    story('R-92', 'a restart knows of no code where only controls were too many', [
      [3, 4, 5, 6, 7].map((counter, i) => early(i / 10, counter)),
      tooMany(0.5, 8),
      power(1),
      five(1.5, 0),
      throttled(2, 5),
    ]),
    story('R-92', 'a restart forgives what a token that was accepted since has forgiven', [
      five(0, 0),
      throttled(0.5, 5),
      shown(4.5, drawn(1, 4.5), ACCEPTED),
      visit(4.5),
      power(7),
      five(7.5, 6),
      throttled(8, 11),
    ]),
    story('R-92', 'a restart forgives nothing that came after a token that was accepted', [
      five(0, 0),
      throttled(0.5, 5),
      shown(4.5, drawn(1, 4.5), ACCEPTED),
      visit(4.5),
      five(7, 6),
      throttled(7.5, 11),
      power(8),
      throttled(8.5, 12),
    ]),
  ];
}

/** Five codes that are ones, and wrong, three seconds apart. */
const WRONG: readonly ((at: number) => readonly [string, Refusal])[] = [
  (at) => [drawn(11, at, { audience: 'back-door/abcdefgh' }), 'wrong_lock'],
  (at) => [
    drawn(12, at, { seeds: { root: seeds.stranger, carrier: seeds.carrier, courier: seeds.courier } }),
    'unknown_issuer',
  ],
  (at) => [drawn(13, at, { t: { seed: seeds.stranger } }), 'bad_signature'],
  (at) => [drawn(14, at - 60), 'holder_proof_failed'],
  (at) => [drawn(15, at, { limits: { windowS: 60 } }), 'chain_invalid'],
];

const wrong = (at: number, which: number): Step => {
  const [text, refusal] = WRONG[which]?.(at) ?? ['', 'malformed'];
  return shown(at, text, refused(refusal));
};

const fiveWrong = (at: number): readonly Step[] => [0, 1, 2, 3, 4].map((which) => wrong(at + 3 * which, which));

function closings(): readonly Story[] {
  const closed = (at: number, id: number): Step => shown(at, drawn(id, at), refused('locked_out'));
  return [
    story('R-93', 'five wrong codes in a row close the channel for a minute, and the count begins anew', [
      fiveWrong(0),
      closed(15, 1),
      shown(16, said('pause', 1), { ...HEARD, ...applied('pause', 1) }),
      shown(17, said('resume', 2), { ...HEARD, ...applied('resume', 2) }),
      shown(18, drawn(1, 18), refused('holder_proof_failed'), 'mqtt'),
      closed(71.9, 1),
      wrong(75, 0),
      wrong(78, 1),
      wrong(81, 2),
      wrong(84, 3),
      shown(87, drawn(1, 87), ACCEPTED),
    ]),
    story('R-93', 'what is no code of ours, and what is refused for another reason, is not counted', [
      [0, 1, 2, 3].map((which) => wrong(3 * which, which)),
      malformed(12, 1),
      shown(15, 'LS2:', refused('unsupported_version')),
      shown(18, drawn(2, 18, { action: 2, limits: { actions: 3 } }), refused('wrong_action')),
      shown(21, drawn(1, 21), ACCEPTED),
    ]),
    story('R-93', 'a token that is accepted in between begins the count anew', [
      [0, 1, 2, 3].map((which) => wrong(3 * which, which)),
      shown(12, drawn(1, 12), ACCEPTED),
      visit(12),
      [0, 1, 2, 3].map((which) => wrong(15 + 3 * which, which)),
      shown(27, drawn(2, 27), ACCEPTED),
    ]),
    story('R-93', "controls of strangers' count", [
      [1, 2, 3, 4, 5].map((counter, i) =>
        shown(3 * i, said('pause', counter, { seed: seeds.stranger }), refused('unknown_issuer')),
      ),
      closed(15, 1),
    ]),
    story('R-93', 'a power cut begins the minute anew, and forgets no count', [
      [0, 1, 2, 3].map((which) => wrong(3 * which, which)),
      power(12),
      wrong(15, 4),
      closed(18, 1),
      power(60),
      closed(76, 1),
      closed(119.9, 1),
      shown(123, drawn(1, 123), ACCEPTED),
    ]),
  ];
}

function heldUp(): readonly Story[] {
  const again = (at: number, text: string, answer: 'denied' | 'try_again'): Step => shown(at, text, { answer });
  const text = drawn(1, 0);
  const [forged] = WRONG[1]?.(0) ?? [''];
  const fresh = (at: number, which: number) => wrong(at, which);
  return [
    story('R-94', 'a label that is held up for long is one attempt', [
      malformed(0, 1),
      [2, 4, 6, 8, 10, 12].map((at) => again(at, label(1), 'denied')),
      [0, 1, 2, 3].map((i) => malformed(later(12.5, i / 10), 2 + i)),
      malformed(12.9, 6),
      throttled(13, 7),
    ]),
    story('R-93 R-94', 'a wrong code that is held up counts once, and again when it was away for three seconds', [
      shown(0, forged, refused('unknown_issuer')),
      [1, 2, 3, 4, 5].map((at) => again(at, forged, 'denied')),
      shown(8, forged, refused('unknown_issuer')),
      fresh(11, 0),
      fresh(14, 2),
      fresh(17, 3),
      shown(20, drawn(1, 20), refused('locked_out')),
    ]),
    story('R-94', 'what may pass by itself is judged again three seconds later, held up or not', [
      seen(0, { door: 'open' }),
      shown(1, text, refused('door_open')),
      seen(2, { door: 'closed' }),
      again(3, text, 'try_again'),
      shown(4.1, text, ACCEPTED),
    ]),
    story('R-94', 'the token of the visit in progress is heard, as the same code and as a later one', [
      shown(0, text, ACCEPTED),
      shown(0.1, text, HEARD),
      visit(0).slice(0, 2),
      shown(1.2, drawn(1, 1.2), HEARD),
      shown(1.3, drawn(2, 1.3), refused('actuator_busy')),
      visit(0).slice(2),
      shown(3, drawn(1, 3), refused('already_used')),
    ]),
    story('R-94', 'a text on another channel is another attempt', [
      malformed(0, 1),
      shown(1, label(1), refused('malformed'), 'mqtt'),
      again(2, label(1), 'denied'),
    ]),
  ];
}
