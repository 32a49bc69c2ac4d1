/** Stories of what comes over a broker: where a lock listens, what it answers, and to what it gives no answer. */

import { NOON_S } from '../../support/people.ts';
import { int } from './raw.ts';
import {
  ACCEPTED,
  answering,
  applied,
  asked,
  type Comes,
  clock,
  disk,
  HEARD,
  later,
  nonceAsked,
  nonceOf,
  numbered,
  published,
  type Reply,
  refused,
  type Step,
  type Story,
  said,
  seen,
  shown,
  story,
  visit,
} from './story.ts';

export const afarStories = (): readonly Story[] => [...topics(), ...results(), ...nonces(), ...shapes(), ...ignored()];

const [FIRST, SECOND] = [nonceOf(3), nonceOf(4)];
const given = { nonces: [FIRST, SECOND] };

const ok = (cid: string): Comes => ({ replies: [{ cid, ok: true }] });
const reply = (cid: string, answer: 'denied' | 'try_again'): Reply => ({ cid, ok: false, answer });
const not = (cid: string, answer: 'denied' | 'try_again', more: Comes = {}): Comes => ({
  ...more,
  replies: [reply(cid, answer)],
});
const command = (cid: string, exp: unknown = NOON_S + 60): object => ({ cid, exp });

function topics(): readonly Story[] {
  return [
    story(
      'R-153',
      'it listens to its commands, and to no other',
      [
        asked(0, 'ping', 'a', ok('a')),
        asked(0.1, 'open', 'b', {}),
        asked(0.2, 'unlock/now', 'c', {}),
        published(0.3, 'cmd', command('d'), {}),
        published(0.4, 'result', { cid: 'e', ok: true }, {}),
        published(0.5, 'controls', [said('pause', 1)], {}),
        asked(0.6, 'lock', 'f', ok('f')),
        asked(0.7, 'nonce', 'g', { replies: [{ cid: 'g', ok: true, nonce: FIRST }] }),
        asked(0.8, 'set', 'h', ok('h'), { action: 'lock' }),
        published(0.9, 'control', [said('pause', 1)], applied('pause', 1)),
      ],
      given,
    ),
    story('R-153', 'what has more than 32768 bytes is not read', [
      published(0, 'cmd/ping', command('a'), {}, { bytes: 32_769 }),
      published(0.1, 'cmd/ping', command('b'), ok('b'), { bytes: 32_768 }),
      published(0.2, 'control', [said('pause', 1)], {}, { bytes: 32_769 }),
      published(0.3, 'control', [said('pause', 1)], applied('pause', 1), { bytes: 32_768 }),
    ]),
  ];
}

function results(): readonly Story[] {
  const unlock = (at: number, cid: string, presentation: string, comes: Comes): Step =>
    asked(at, 'unlock', cid, comes, { presentation });
  return [
    story(
      'R-156',
      'unlock is ok when the bolt is seen withdrawn for it',
      [
        nonceAsked(0, 'n', FIRST),
        unlock(1, 'u', answering(1, FIRST), { moves: ['withdraw'] }),
        visit(1, ok('u')),
        unlock(4, 'v', answering(1, FIRST), not('v', 'denied', { refused: [numbered('already_used')] })),
      ],
      given,
    ),
    story(
      'R-156',
      'unlock is denied when its visit ends before that',
      [
        nonceAsked(0, 'n', FIRST),
        disk(0.5, 'waits'),
        unlock(1, 'u', answering(1, FIRST), {}),
        shown(1.2, said('pause', 1), { ...HEARD, ...not('u', 'denied') }),
        disk(2, 'ok', { ...applied('pause', 1), outcomes: ['vetoed'] }),
      ],
      given,
    ),
    story(
      'R-156',
      'unlock tells no more than the bearer is told',
      [
        nonceAsked(0, 'n', FIRST),
        unlock(1, 'a', 'open', not('a', 'denied', { refused: [numbered('malformed')] })),
        unlock(2, 'b', answering(1, SECOND), not('b', 'try_again', { refused: [numbered('holder_proof_failed')] })),
        unlock(3, 'c', answering(1, FIRST), { moves: ['withdraw'] }),
        unlock(3.2, 'd', answering(1, FIRST), not('d', 'try_again')),
        visit(3, ok('c')),
      ],
      given,
    ),
    story('R-156', 'lock throws the bolt of a closed door, and of no other', [
      seen(0, { bolt: 'withdrawn' }),
      seen(0.2, { door: 'open' }),
      asked(0.5, 'lock', 'a', ok('a')),
      seen(1, { door: 'closed' }),
      asked(1.5, 'lock', 'b', { ...ok('b'), moves: ['throw'] }),
      seen(2, { bolt: 'thrown' }),
    ]),
    story('R-156', 'lock waits five seconds for whoever is on the way out, however often it is asked for', [
      seen(0, { button: 'pressed' }, { moves: ['withdraw'] }),
      seen(0.5, { bolt: 'withdrawn' }),
      asked(1, 'lock', 'a', ok('a')),
      asked(3, 'lock', 'b', ok('b')),
      asked(5.8, 'ping', 'c', ok('c')),
      asked(5.9, 'ping', 'd', { ...ok('d'), moves: ['throw'] }),
      seen(6.5, { bolt: 'thrown' }),
    ]),
    story(
      'R-156',
      'lock is denied where nothing may come from afar, and set is what its action says',
      [
        nonceAsked(0, 'n', FIRST),
        seen(0.2, { bolt: 'withdrawn' }),
        shown(0.5, said('set-mode', 1, { argument: int(3) }), { ...HEARD, ...applied('set-mode', 1) }),
        asked(1, 'lock', 'a', not('a', 'denied')),
        asked(1.2, 'set', 'b', not('b', 'denied'), { action: 'lock' }),
        shown(1.5, said('set-mode', 2, { argument: int(0) }), { ...HEARD, ...applied('set-mode', 2) }),
        asked(2, 'set', 'c', { ...ok('c'), moves: ['throw'] }, { action: 'lock' }),
        seen(2.5, { bolt: 'thrown' }),
        asked(3, 'set', 'd', { moves: ['withdraw'] }, { action: 'unlock', presentation: answering(1, FIRST) }),
        visit(3, ok('d')),
      ],
      given,
    ),
  ];
}

function nonces(): readonly Story[] {
  return [
    story(
      'R-183',
      'one nonce for half a minute, good for a minute, and not used up',
      [
        nonceAsked(0, 'a', FIRST),
        nonceAsked(29.9, 'b', FIRST),
        nonceAsked(30.1, 'c', SECOND),
        shown(31, answering(1, FIRST), ACCEPTED, 'mqtt'),
        visit(31),
        shown(34, answering(2, FIRST), ACCEPTED, 'mqtt'),
        visit(34),
        shown(59.9, answering(3, FIRST), ACCEPTED, 'mqtt'),
        visit(59.9),
        shown(63, answering(4, FIRST), refused('holder_proof_failed'), 'mqtt'),
        shown(66, answering(5, SECOND), ACCEPTED, 'mqtt'),
        visit(66),
        shown(90.2, answering(6, SECOND), refused('holder_proof_failed'), 'mqtt'),
      ],
      given,
    ),
    story(
      'R-183',
      'a nonce is for the channel that it was asked for on',
      [
        nonceAsked(0, 'a', FIRST),
        shown(1, answering(1, FIRST), refused('holder_proof_failed')),
        shown(2, answering(1, FIRST), ACCEPTED, 'mqtt'),
      ],
      given,
    ),
    story('R-183', 'nobody asked', [shown(0, answering(1, FIRST), refused('holder_proof_failed'), 'mqtt')], given),
  ];
}

function shapes(): readonly Story[] {
  const bodies: readonly (readonly [command: string, body: object])[] = [
    ['ping', {}],
    ['ping', { exp: `${NOON_S + 60}` }],
    ['ping', { exp: NOON_S + 0.5 }],
    ['ping', { exp: -1 }],
    ['ping', { exp: true }],
    ['ping', { exp: 2 ** 53 }],
    ['unlock', { exp: NOON_S + 60 }],
    ['unlock', { exp: NOON_S + 60, presentation: 7 }],
    ['unlock', { exp: NOON_S + 60, presentation: 'x'.repeat(1541) }],
    ['set', { exp: NOON_S + 60 }],
    ['set', { exp: NOON_S + 60, action: 'toggle' }],
    ['set', { exp: NOON_S + 60, action: 'unlock' }],
  ];
  const long = 'c'.repeat(36);
  return [
    story(
      'R-191 R-192',
      'what lacks something of a command is answered denied',
      bodies.map(([name, body], i) =>
        published(later(0, i / 10), `cmd/${name}`, { cid: `c${i}`, ...body }, not(`c${i}`, 'denied')),
      ),
    ),
    story('R-191', 'a cid has 36 characters at most; what else stands in a command is ignored', [
      asked(0, 'ping', long, ok(long)),
      asked(0.1, 'ping', 'A-z_0', ok('A-z_0'), { open: true, __proto: [1, null] }),
      asked(0.2, 'unlock', 'u', not('u', 'denied', { refused: [numbered('malformed')] }), {
        presentation: 'x'.repeat(1540),
      }),
    ]),
  ];
}

function ignored(): readonly Story[] {
  const nothing = (at: number, payload: unknown, more = {}): Step => published(at, 'cmd/ping', payload, {}, more);
  const odd = [
    '',
    '{',
    'null',
    '[]',
    '"c"',
    {},
    { exp: NOON_S + 60 },
    command(''),
    command('a b'),
    command('c'.repeat(37)),
    { ...command('x'), cid: 7 },
  ];
  return [
    story(
      'R-192',
      'what has no cid of a command gets no answer',
      odd.map((payload, i) => nothing(later(0, i / 10), payload)),
    ),
    story('R-192', 'what is retained gets no answer, and is done when it comes fresh', [
      nothing(0, command('a'), { retained: true }),
      published(0.1, 'cmd/ping', command('a'), ok('a')),
    ]),
    story('R-192', 'a cid is answered once, with whatever command it comes', [
      asked(0, 'ping', 'a', ok('a')),
      asked(0.1, 'ping', 'a', {}),
      asked(0.2, 'lock', 'a', {}),
      published(0.3, 'cmd/ping', { cid: 'b' }, not('b', 'denied')),
      asked(0.4, 'ping', 'b', {}),
    ]),
    story('R-192', 'the last 256 cids are remembered', [
      asked(0, 'ping', 'a', ok('a')),
      published(1, 'cmd/ping', command('n#'), { replies: 255 }, { times: 255 }),
      asked(2, 'ping', 'a', {}),
      asked(3, 'ping', 'b', ok('b')),
      asked(4, 'ping', 'a', ok('a')),
    ]),
    story('R-192', 'what has expired, or would be good for more than ten minutes, is not done', [
      seen(0, { bolt: 'withdrawn' }),
      published(1, 'cmd/lock', command('a', NOON_S), not('a', 'try_again')),
      published(1.1, 'cmd/lock', command('b', NOON_S + 1), not('b', 'try_again')),
      published(1.2, 'cmd/lock', command('c', NOON_S + 602), not('c', 'try_again')),
      published(1.3, 'cmd/lock', command('d', 0), not('d', 'try_again')),
      published(1.4, 'cmd/ping', command('e', NOON_S + 2), ok('e')),
      published(1.5, 'cmd/lock', command('f', NOON_S + 601), { ...ok('f'), moves: ['throw'] }),
      seen(2, { bolt: 'thrown' }),
    ]),
    story(
      'R-192',
      'without a trusted clock nobody judges what has expired',
      [
        clock(0, 'untrusted'),
        shown(1, answering(1, FIRST), refused('clock_untrusted'), 'mqtt'),
        published(2, 'cmd/nonce', command('a', 1), { replies: [{ cid: 'a', ok: true, nonce: FIRST }] }),
        clock(3, 'trusted'),
        shown(4, answering(1, FIRST), ACCEPTED, 'mqtt'),
      ],
      given,
    ),
  ];
}
