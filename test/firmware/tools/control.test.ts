import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromText, readControl } from '../../../protocol/index.ts';
import { type Desk, openDesk } from './desk.ts';

const LOCK = 'front-door/abcd2345';
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.run(['key', 'new', '--out', desk.path('owner')]);
});
afterEach(() => desk.clear());

const control = (...words: readonly string[]) =>
  desk.run(['control', ...words, '--key', desk.path('owner'), '--lock', LOCK, '--counter', '3', '--json']);

describe('latchstring control', () => {
  it.each([
    ['pause', [], { op: 'pause' }],
    ['resume', [], { op: 'resume' }],
    ['raise-epoch', ['2'], { op: 'raise-epoch', epoch: 2 }],
    ['deny-token', ['00'.repeat(16)], { op: 'deny-token' }],
    ['deny-key', ['00'.repeat(8)], { op: 'deny-key' }],
    ['set-mode', ['privacy'], { op: 'set-mode', mode: 'privacy' }],
    ['re-seal', ['7', '--nonce', '00'.repeat(16)], { op: 're-seal', epoch: 7 }],
    ['set-time', ['2026-12-01T08:00:00Z', '--nonce', '00'.repeat(16)], { op: 'set-time', timeS: 1796112000 }],
  ] as const)('%s is a text that the lock reads', async (op, argument, statement) => {
    const { code, out } = await control(op, ...argument);
    expect(code).toBe(0);
    const { text } = JSON.parse(out);
    const bytes = fromText(text);
    if (!bytes.ok) throw new Error(bytes.detail);
    expect(readControl(bytes.value)).toMatchObject({ audience: LOCK, counter: 3, statement });
  });

  it.each([
    [['open'], /no control/, /choose from raise-epoch/],
    [['set-time', 'now'], /answers a nonce/, /--broker.*cmd\/nonce/],
    [['re-seal'], /needs the new epoch/, /above all before/],
    [['re-seal', '2', '--nonce', 'ff'], /answers a nonce/, /journal re-seal/],
    [['pause', '--nonce', '00'.repeat(16)], /takes no nonce/, /leave out/],
    [['rotate-root'], /needs the new key/, /recovery key/],
    [['pause', 'now'], /takes no argument/, /leave out/],
    [['deny-token', 'ff'], /32 hexadecimal digits/, /token_id/],
    [['deny-key'], /16 hexadecimal digits/, /kid/],
    [['set-mode', 'sleep'], /needs a mode/, /normal, vacation/],
    [['raise-epoch', 'x'], /raise-epoch/, /./],
  ])('%j is refused with what to say instead', async (words, message, next) => {
    const { code, err } = await control(...words);
    expect(code).toBe(2);
    const { error } = JSON.parse(err);
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(next);
  });
});
