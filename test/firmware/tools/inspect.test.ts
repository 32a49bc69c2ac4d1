import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELEGATION_PREFIX, fromArmour, TOKEN_PREFIX, toArmour } from '../../../firmware/tools/armour.ts';
import { judge } from '../../../firmware/tools/judge.ts';
import { readPublicKey } from '../../../firmware/tools/key-file.ts';
import { fromText, REFUSALS, toText, wallS } from '../../../protocol/index.ts';
import { type Desk, LOCK, openParcelDesk } from './desk.ts';

let desk: Desk;
let shown: string;
let tokenText: string;
let grantText: string;
beforeAll(async () => {
  desk = await openParcelDesk();
  const read = async (name: string): Promise<string> => (await readFile(desk.path(name), 'utf8')).trimEnd();
  [tokenText, grantText] = [await read('token'), await read('grant')];
  shown = (await desk.run(['present', '--key', desk.path('phone'), '--token', desk.path('token')])).out.slice(0, -1);
});
afterAll(() => desk.clear());

const inspect = (text: string, ...more: string[]): string[] => [
  'inspect',
  text,
  '--owner',
  desk.path('owner.pub'),
  ...more,
];

async function verdictOf(text: string, ...more: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await desk.run(inspect(text, ...more, '--json'));
  expect(err).toBe('');
  const judged = JSON.parse(out) as Record<string, unknown>;
  expect(code).toBe(judged.verdict === 'accept' ? 0 : 1);
  return judged;
}

describe('inspect of a presentation', () => {
  it('names everyone in the chain, and accepts what the lock would accept', async () => {
    const judged = await verdictOf(shown, '--lock', LOCK, '--epoch', '1', '--timezone', 'Europe/Berlin');
    expect(judged).toMatchObject({
      kind: 'presentation',
      verdict: 'accept',
      refusal: null,
      chain: [
        { kind: 'delegation', signature: 'holds', audience: LOCK, window_s: 14_400, actions: ['unlock'], hours: null },
        { kind: 'token', signature: 'holds', action: 'unlock', expires: '2026-11-23T16:00:00Z', epoch: 1 },
        { kind: 'presentation', signature: 'holds', drawn_at: '2026-11-23T12:00:00Z' },
      ],
    });
  });

  it('says it in words, and what it cannot know', async () => {
    const { code, out } = await desk.run(inspect(shown));
    expect(code).toBe(0);
    expect(out).toMatch(/^ACCEPT: a lock could accept this presentation, at 2026-11-23T12:00:00Z\n/);
    expect(out).toMatch(/Token [0-9a-f]{32}: the phone [0-9a-f]{16} may unlock, once/);
    expect(out.match(/the signature holds/g)).toHaveLength(3);
    expect(out).toContain('Only the lock itself knows:\n  - whether it was used already');
    expect(out).toContain("the lock's epoch: give --epoch");
  });

  it.each([
    ['another lock', ['--lock', 'front-door/zzzzzzzz'], 'wrong_lock'],
    ['another owner', ['--owner', 'carrier.pub'], 'unknown_issuer'],
    ['a moment before the window', ['--at', '2026-11-23T11:59:59Z'], 'not_yet_valid'],
    ['the end of the window', ['--at', '2026-11-23T16:00:00Z'], 'expired'],
    ['a code drawn half a minute ago', ['--at', '2026-11-23T12:00:31Z'], 'holder_proof_failed'],
    ['a later epoch', ['--epoch', '2'], 'epoch_stale'],
  ])('refuses for %s', async (_, options, refusal) => {
    const more = options.map((option) => (option.endsWith('.pub') ? desk.path(option) : option));
    const judged = await verdictOf(shown, ...more);
    expect(judged).toMatchObject({ verdict: 'refuse', refusal });
    expect(judged.chain).toHaveLength(3);
  });

  it('still accepts a code of half a minute ago', async () => {
    expect(await verdictOf(shown, '--at', '2026-11-23T12:00:30Z')).toMatchObject({ verdict: 'accept' });
  });

  it("judges the hours of the week in the lock's time zone", async () => {
    const path = desk.path('hours');
    await desk.json([
      ...['grant', '--key', desk.path('owner'), '--lock', LOCK, '--to', desk.path('carrier.pub')],
      ...['--hours', 'mon 12:30-14:00', '--out', path],
    ]);
    const text = (await readFile(path, 'utf8')).trimEnd();
    expect(await verdictOf(text, '--timezone', 'Europe/Berlin')).toMatchObject({ verdict: 'accept' });
    const inUtc = await verdictOf(text);
    expect(inUtc).toMatchObject({ refusal: 'outside_hours' });
    expect(inUtc.not_judged).toContain("the lock's time zone: hours were judged in UTC, give --timezone");
  });

  it.each([
    [0, 'delegation'],
    [1, 'token'],
    [2, 'presentation'],
  ])('tells which signature is false: link %i', async (link, kind) => {
    const bytes = fromText(shown);
    if (!bytes.ok) throw new Error(bytes.detail);
    const forged = bytes.value.slice();
    // The innermost signature comes first: each message ends with its own.
    const ends = [0, 1, 2].map((i) => signatureEnd(forged, i));
    const at = ends[link] ?? 0;
    forged[at] = (forged[at] ?? 0) ^ 1;
    const judged = await verdictOf(toText(forged));
    expect(judged).toMatchObject({ verdict: 'refuse', refusal: 'bad_signature' });
    const chain = judged.chain as { kind: string; signature: string }[];
    expect(chain.filter(({ signature }) => signature === 'fails').map((failed) => failed.kind)).toContain(kind);
    expect(chain.map(({ signature }) => signature)).not.toContain('not_checked');
    expect(chain.slice(0, link).every(({ signature }) => signature === 'holds')).toBe(true);
  });

  it('does not guess at signatures of a chain from nobody it knows', async () => {
    const { chain } = await verdictOf(shown, '--owner', desk.path('carrier.pub'));
    expect(chain).toMatchObject([
      { signature: 'not_checked' },
      { signature: 'not_checked' },
      { signature: 'not_checked' },
    ]);
  });
});

/** Index of the last byte of the n-th signature (58 40 is a byte string of 64). The innermost message is D, then T, then P. */
function signatureEnd(bytes: Uint8Array, n: number): number {
  const ends: number[] = [];
  for (let i = 0; i + 65 < bytes.length + 1; i++) if (bytes[i] === 0x58 && bytes[i + 1] === 0x40) ends.push(i + 65);
  return ends[n] ?? 0;
}

describe('inspect of what is on its way to a presentation', () => {
  it('takes a token, supposing that its phone drew a code now', async () => {
    const judged = await verdictOf(tokenText, '--at', '+1h');
    expect(judged).toMatchObject({
      kind: 'token',
      verdict: 'accept',
      chain: [{ kind: 'delegation' }, { kind: 'token', signature: 'holds' }],
    });
    expect(await verdictOf(tokenText, '--at', '+4h')).toMatchObject({ refusal: 'expired' });
  });

  it('takes a delegation, supposing that its carrier made out a token now', async () => {
    const judged = await verdictOf(grantText, '--at', '+29d');
    expect(judged).toMatchObject({
      kind: 'delegation',
      verdict: 'accept',
      chain: [{ kind: 'delegation', signature: 'holds' }],
    });
    expect(await verdictOf(grantText, '--at', '+30d')).toMatchObject({ refusal: 'expired' });
    expect(await verdictOf(grantText, '--owner', desk.path('phone.pub'))).toMatchObject({ refusal: 'unknown_issuer' });
  });

  it("takes a guest's token, which carries no delegation", async () => {
    await desk.json([
      ...['token', '--key', desk.path('owner'), '--lock', LOCK, '--to', desk.path('phone.pub')],
      ...['--out', desk.path('guest')],
    ]);
    const text = (await readFile(desk.path('guest'), 'utf8')).trimEnd();
    expect(await verdictOf(text)).toMatchObject({
      verdict: 'accept',
      chain: [{ kind: 'token', signature: 'holds', epoch: 1 }],
    });
  });
});

describe('inspect of what is none of it', () => {
  const bytesOf = (prefix: typeof DELEGATION_PREFIX | typeof TOKEN_PREFIX, text: string): Uint8Array =>
    fromArmour(prefix, text) ?? new Uint8Array();

  it.each<[string, () => string, string]>([
    ['nothing', () => '', 'malformed'],
    ['a parcel label', () => 'https://example.org/track/123', 'malformed'],
    ['the prefix alone', () => 'LS1:', 'malformed'],
    ['another version', () => shown.replace('LS1:', 'LS2:'), 'unsupported_version'],
    ['small letters', () => shown.toLowerCase(), 'malformed'],
    ['small letters behind the prefix', () => `LS1:${shown.slice(4).toLowerCase()}`, 'malformed'],
    ['a part of it', () => shown.slice(0, -3), 'malformed'],
    ['it and a space', () => `${shown} `, 'malformed'],
    ['it twice', () => `${shown}\n${shown}`, 'malformed'],
    ['a delegation as a presentation', () => toText(bytesOf(DELEGATION_PREFIX, grantText)), 'malformed'],
    ['a delegation as a token', () => toArmour(TOKEN_PREFIX, bytesOf(DELEGATION_PREFIX, grantText)), 'malformed'],
    ['a token as a presentation', () => toText(bytesOf(TOKEN_PREFIX, tokenText)), 'malformed'],
    ['a token as a delegation', () => toArmour(DELEGATION_PREFIX, bytesOf(TOKEN_PREFIX, tokenText)), 'malformed'],
    ['a token with padding', () => `${tokenText}==`, 'malformed'],
  ])('refuses %s', async (_, text, refusal) => {
    expect(await verdictOf(text())).toMatchObject({ kind: null, verdict: 'refuse', refusal, chain: [] });
  });

  it('tells somebody who copied it in small letters', async () => {
    expect((await verdictOf(shown.toLowerCase())).detail).toContain('base45 has capitals only');
  });

  it('never throws, whatever the bytes are', () => {
    const context = { root: new Uint8Array(32), atS: wallS(0) };
    const text = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 1100 }).map(toText),
      fc.uint8Array({ maxLength: 600 }).map((bytes) => toArmour(TOKEN_PREFIX, bytes)),
      fc.uint8Array({ maxLength: 600 }).map((bytes) => toArmour(DELEGATION_PREFIX, bytes)),
    );
    fc.assert(fc.property(text, (any) => judge(any, context).verdict === 'refuse'));
  });

  it('never throws on a true one with a byte changed, and accepts none of them', async () => {
    const owner = await readPublicKey(desk.path('owner.pub'));
    const { value: bytes } = fromText(shown) as { value: Uint8Array };
    const context = { root: owner, atS: wallS(Date.parse('2026-11-23T12:00:00Z') / 1000) };
    // Every byte would take many seconds of signatures; a stride of 11 meets every part of every message.
    for (let i = 0; i < bytes.length; i += 11) {
      const changed = bytes.slice();
      changed[i] = (changed[i] ?? 0) ^ 0x80;
      const { refusal } = judge(toText(changed), context);
      expect(Object.keys(REFUSALS)).toContain(refusal);
    }
  });
});

describe('inspect of stdin', () => {
  it.each(['', '\n', '\r', '\r\n', '\n\n', '\r\n\r\n'])(
    'takes one line as a reader does, whatever ends it: %j',
    async (end) => {
      expect((await desk.run(inspect('-'), { stdin: shown + end })).code).toBe(0);
    },
  );

  it('hears no noise before a code, and refuses it behind one', async () => {
    expect((await desk.run(inspect('-'), { stdin: `\n\x00 noise: ${shown}\r\n` })).code).toBe(0);
    expect((await desk.run(inspect('-'), { stdin: `${shown} noise\r\n` })).code).toBe(1);
    // Beyond the reader's bound nothing of the line is kept.
    expect((await desk.run(inspect('-'), { stdin: `${' '.repeat(3200)}${shown}\n` })).code).toBe(1);
  });

  it.each(['\n', '\r\n'])('takes a token and a delegation as they lie in a file, with %j', async (end) => {
    for (const text of [tokenText, grantText]) {
      expect((await desk.run(inspect('-'), { stdin: text + end })).code).toBe(0);
    }
  });

  it('says that a lock would take two codes one after the other', async () => {
    const { code, err } = await desk.run(inspect('-'), { stdin: `${shown}\n${shown}\n` });
    expect(code).toBe(2);
    expect(err).toContain('there are 2 texts on stdin');
  });

  it('refuses ten megabytes as malformed, and has not read them all', async () => {
    let chunksRead = 0;
    function* tenMegabytes(): Generator<Uint8Array> {
      for (; chunksRead < 160; chunksRead++) yield new Uint8Array(65_536).fill(0x41);
    }
    const { code, out } = await desk.run(inspect('-', '--json'), { stdin: tenMegabytes() });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'refuse', refusal: 'malformed' });
    expect(chunksRead).toBeLessThan(2);
  });

  it('refuses bytes that are no text', async () => {
    const { code, out } = await desk.run(inspect('-', '--json'), { stdin: [Uint8Array.of(0xff, 0xfe, 0, 0x80)] });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ refusal: 'malformed' });
  });
});

describe('inspect with a wrong command line', () => {
  it.each([
    [['--lock', 'front-door'], /is not a lock's audience/],
    [['--at', 'noon'], /is not a time/],
    [['--timezone', 'Mars/Olympus'], /no time zone "Mars\/Olympus"\n {2}give an IANA name/],
    [['--epoch', '-1'], /--epoch "-1" is not a number/],
    [['--owner', '/nowhere/owner.pub'], /no such file or folder/],
  ])('says so: %j', async (more, reason) => {
    const { code, out, err } = await desk.run(inspect(shown, ...more));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
  });
});

describe('inspect of a control', () => {
  const order = async (...words: readonly string[]): Promise<string> => {
    const { text } = await desk.json(['control', ...words, '--lock', LOCK, '--counter', '3']);
    return String(text);
  };

  it('says what the owner says to which lock, and what only the lock knows', async () => {
    const text = await order('set-mode', 'privacy', '--key', desk.path('owner'));
    const judged = await desk.json(['inspect', text, '--owner', desk.path('owner.pub'), '--lock', LOCK]);
    expect(judged).toMatchObject({
      kind: 'control',
      verdict: 'accept',
      chain: [{ kind: 'control', op: 'set-mode', argument: 'privacy', counter: 3, audience: LOCK, signature: 'holds' }],
      not_judged: ['whether this number is the next one'],
    });
    const { out } = await desk.run(['inspect', text, '--owner', desk.path('owner.pub')]);
    expect(out).toContain('Control 3: the owner says set-mode privacy');
  });

  it.each([
    ['of another lock', 'owner', 'back-door/abcd2345', 'wrong_lock'],
    ['of somebody else', 'carrier', LOCK, 'unknown_issuer'],
  ])('%s is refused', async (_what, key, lock, refusal) => {
    const text = await order('pause', '--key', desk.path(key));
    const { code, out } = await desk.run([
      ...['inspect', text, '--owner', desk.path('owner.pub'), '--lock', lock, '--json'],
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'refuse', refusal });
  });
});

describe('inspect of a token that names its delegation', () => {
  it('needs the delegation, as the lock does, and then says the whole chain', async () => {
    await desk.json([
      ...['token', '--key', desk.path('carrier'), '--grant', desk.path('grant'), '--lock', LOCK, '--named'],
      ...['--to', desk.path('phone.pub'), '--out', desk.path('named')],
    ]);
    const { text } = await desk.json(['present', '--key', desk.path('phone'), '--token', desk.path('named')]);
    const words = ['inspect', String(text), '--owner', desk.path('owner.pub'), '--json'];
    const without = await desk.run(words);
    expect(without.code).toBe(1);
    expect(JSON.parse(without.out)).toMatchObject({ refusal: 'unknown_issuer' });
    const judged = await desk.json([...words.slice(0, -1), '--grant', desk.path('grant')]);
    expect(judged).toMatchObject({ verdict: 'accept', chain: [{ kind: 'delegation' }, {}, { signature: 'holds' }] });
  });

  it('is no guest: --named without a delegation is refused', async () => {
    const { code, err } = await desk.run([
      ...['token', '--key', desk.path('owner'), '--lock', LOCK, '--named', '--to', desk.path('phone.pub')],
      ...['--out', desk.path('guest'), '--json'],
    ]);
    expect(code).toBe(2);
    expect(JSON.parse(err).error.next).toMatch(/--grant/);
  });
});
