/** What the checker of rights makes of one code and one use, whatever a firmware would have said. */
import { expect, it } from 'vitest';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import {
  fromText,
  readPresentation,
  strictVerifier,
  toHex,
  toText,
  wallS,
  writePresentation,
} from '../../../protocol/index.ts';
import { usedByRight } from '../../../sim/check/rights.ts';
import { AUDIENCE, keys, NOON_S, seeds, textOf, token } from '../../support/people.ts';

const NONCE = new Uint8Array(16).fill(3);

/** What is complained of when the lock gave its nonce, these texts came, and a use of the token in the first one was written. */
function complaints(
  texts: readonly string[],
  record: object = {},
  { nonceAgeMs = 0, taken = Number.NaN } = {},
): readonly string[] {
  const told: string[] = [];
  const bytes = fromText(texts[0] ?? textOf(token()));
  const presentation = bytes.ok ? readPresentation(bytes.value) : undefined;
  const use = {
    token_id: toHex(presentation?.token.id ?? new Uint8Array()),
    at_s: NOON_S,
    channel: 'reader',
    ...record,
  };
  const view = {
    profile: DOOR,
    reportPins: { audience: AUDIENCE, lockKey: keys.owner },
    verify: strictVerifier(),
    recordsIn: () => [use],
    resultTopic: 'result',
    read: (payload: string) => JSON.parse(payload),
    now: { nowMs: () => nowMs, wasTroubled: () => false },
  };
  let nowMs = 0;
  const watch = usedByRight.watch(view as never, (what) => told.push(what.replace(use.token_id, 'T')));
  const payload = JSON.stringify({ cid: 'c', ok: true, nonce: toHex(NONCE) });
  watch.see({ what: 'published', topic: 'result', payload, retain: false });
  nowMs = nonceAgeMs;
  for (const [i, text] of texts.entries()) {
    const answer = { kind: i === taken ? 'admitted' : 'heard' };
    watch.see({ what: 'shown', channel: 'reader', text, answer } as never);
  }
  watch.see({ what: 'disk', kind: 'append', phase: 'issued', file: 'journal' } as never);
  return told;
}

it('has nothing to say of a token that was shown in its time, by its phone', () => {
  expect(complaints([textOf(token())])).toEqual([]);
});

it('complains of one that nobody has shown', () => {
  expect(complaints([], { token_id: 'T' })).toEqual(['the token T is used, and nobody has shown it']);
});

it.each([
  ['it is for another lock', textOf(token({ audience: 'back-door/abcdefgh' })), {}],
  ['it is to release', textOf(token({ action: 'release' })), {}],
  ['this is not its time', textOf(token({ notBeforeS: wallS(NOON_S + 1) })), {}],
  ['this is not its time', textOf(token({ expiresS: NOON_S })), {}],
  ['its carrier has not signed it', textOf(token({ signedBy: seeds.courier })), {}],
  ['another phone has shown it', toText(writePresentation(token(), { drawnAtS: NOON_S }, seeds.carrier)), {}],
  ['its code is old', textOf(token(), wallS(NOON_S - 31)), {}],
  ['it answers no nonce', textOf(token()), { channel: 'mqtt' }],
] as const)('complains when %s', (why, text, record) => {
  expect(complaints([text], record)).toEqual([`the token T is used, and ${why}`]);
});

it('is content with one good code among bad ones of the same token, and with an answer to a nonce on mqtt', () => {
  expect(complaints([textOf(token(), wallS(NOON_S - 31)), textOf(token())])).toEqual([]);
  const answer = toText(writePresentation(token(), { nonce: NONCE }, seeds.courier));
  expect(complaints([answer], { channel: 'mqtt' })).toEqual([]);
});

it('complains of a nonce on mqtt that the lock has not given, or not within the last minute', () => {
  const answer = (nonce: Uint8Array): string => toText(writePresentation(token(), { nonce }, seeds.courier));
  const onMqtt = { channel: 'mqtt' };
  expect(complaints([answer(NONCE.map((byte) => byte + 1))], onMqtt)).toEqual([
    'the token T is used, and it answers no nonce',
  ]);
  expect(complaints([answer(NONCE)], onMqtt, { nonceAgeMs: 70_000 })).toEqual([
    'the token T is used, and its nonce is old',
  ]);
});

it('remembers the code that was taken, however many its phone has drawn before a slow disk has the use', () => {
  const later = Array.from({ length: 40 }, (_, i) => textOf(token(), wallS(NOON_S + 31 + i)));
  const codes = [textOf(token()), ...later];
  expect(complaints(codes, {}, { taken: 0 })).toEqual([]);
  expect(complaints(codes)).toEqual(['the token T is used, and its code is old']);
});
