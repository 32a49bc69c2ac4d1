import decodeQR from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw, modulesOf } from '../../../firmware/tools/qr-drawing.ts';
import { parse, REDRAW_MS, TEXT_CHARS_MAX } from '../../../protocol/index.ts';
import { type Desk, LOCK, openParcelDesk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openParcelDesk();
});
afterAll(() => desk.clear());

const present = (...more: string[]): string[] => [
  ...['present', '--key', desk.path('phone'), '--token', desk.path('token')],
  ...more,
];
const S = (iso: string): number => Date.parse(iso) / 1000;
const WIDE = { columns: 120, rows: 60 };

/** What a reader makes of rows of half blocks, where a block is dark, as on paper. */
function scan(rows: readonly string[]): string {
  const scale = 4;
  const modules = rows.flatMap((row) => [
    [...row].map((block) => block === '█' || block === '▀'),
    [...row].map((block) => block === '█' || block === '▄'),
  ]);
  const width = (modules[0]?.length ?? 0) * scale;
  const height = modules.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (modules[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        data.fill(0, 4 * (y * width + x), 4 * (y * width + x) + 3);
    }
  }
  return decodeQR({ width, height, data }, { timeLimit: 10_000 });
}

describe('present', () => {
  it('says when it was drawn', async () => {
    const { code, out, err } = await desk.run(present());
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const read = parse(out.slice(0, -1));
    expect(read).toMatchObject({
      ok: true,
      value: { proof: { drawnAtS: S('2026-11-23T12:00:00Z') }, token: { audience: LOCK } },
    });
  });

  it('answers a nonce of the lock', async () => {
    const { out } = await desk.run(present('--nonce', '00112233445566778899aabbccddeeff'));
    expect(parse(out.slice(0, -1))).toMatchObject({ ok: true, value: { proof: { nonce: { 0: 0, 15: 0xff } } } });
  });

  it('can say another time, and warns when a lock would refuse the token then', async () => {
    const late = await desk.run(present('--at', '+5h'));
    expect(late.code).toBe(0);
    expect(late.err).toContain('the token ended at 2026-11-23T16:00:00Z: a lock will refuse it');
    expect(parse(late.out.slice(0, -1))).toMatchObject({ value: { proof: { drawnAtS: S('2026-11-23T17:00:00Z') } } });
    const early = await desk.json(present('--at', '2026-11-23T11:00:00Z'));
    expect(early).toMatchObject({
      warning: 'the token begins only at 2026-11-23T12:00:00Z',
      drawn_at: '2026-11-23T11:00:00Z',
    });
  });

  it.each([
    [['--nonce', '0011'], /--nonce is not a nonce of a lock\n {2}give its 32 hexadecimal digits/],
    [['--nonce', '0'.repeat(32), '--at', 'now'], /leave out --at/],
    [['--watch', '--at', 'now'], /leave out --nonce and --at/],
    [['--watch', '--nonce', '0'.repeat(32)], /leave out --nonce and --at/],
    [['--qr', '--json'], /"next":"leave out one of them"/],
  ])('refuses %j', async (more, reason) => {
    const { code, out, err } = await desk.run(present(...more));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
  });

  it('refuses a key that the token is not for', async () => {
    const { code, err } = await desk.run(['present', '--key', desk.path('carrier'), '--token', desk.path('token')]);
    expect(code).toBe(2);
    expect(err).toMatch(/the token is for the phone [0-9a-f]{16}, and --key is [0-9a-f]{16}/);
  });

  it('refuses a delegation in the place of a token', async () => {
    const { code, err } = await desk.run(['present', '--key', desk.path('phone'), '--token', desk.path('grant')]);
    expect(code).toBe(2);
    expect(err).toContain('is a delegation (grant wrote it), not a token');
  });
});

describe('the QR code', () => {
  it('is read back as the very text, from plain blocks', async () => {
    const { out } = await desk.run(present('--qr'));
    const { text } = await desk.json(present());
    expect(out).not.toContain('\x1b');
    expect(scan(out.trimEnd().split('\n'))).toBe(text);
  });

  it('is black on white on any terminal, whatever its theme', async () => {
    const { out } = await desk.run(present('--qr'), { terminal: WIDE });
    const { text } = await desk.json(present());
    const rows = out.trimEnd().split('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
    const shape = /^\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m$/;
    expect(scan(rows.map((row) => shape.exec(row)?.[1] ?? ''))).toBe(text);
  });

  it('is dark where blocks are: some readers take no inverted code', () => {
    const rows = draw(modulesOf('LS1:QED8WEX0'), false);
    expect(rows[0]?.trim()).toBe('');
    expect(rows[2]?.trimStart().startsWith('█▀▀▀▀▀█')).toBe(true);
  });

  it('has four modules of white on every side', () => {
    const modules = modulesOf('LS1:QED8WEX0');
    const size = modules.length;
    const isEdge = (i: number): boolean => i < 4 || i >= size - 4;
    const darkAtEdge = modules.flatMap((row, y) => row.filter((dark, x) => dark && (isEdge(x) || isEdge(y))));
    expect(darkAtEdge).toEqual([]);
    expect(modules[4]?.[4]).toBe(true);
  });

  it('is in alphanumeric mode: the longest usual chain fits version 17, which it would not as bytes', async () => {
    const { text } = await desk.json(present());
    expect(modulesOf(`${text}`).length).toBe(17 + 4 * 17 + 8);
  });

  it('holds the longest presentation there can be', () => {
    const text = `LS1:${'X'.repeat(TEXT_CHARS_MAX - 4)}`;
    expect(scan(draw(modulesOf(text), false))).toBe(text);
  });

  it('is not drawn where it would wrap', async () => {
    const { code, out, err } = await desk.run(present('--qr'), { terminal: { columns: 80, rows: 60 } });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/the code is 93 characters wide, and the terminal 80\n {2}widen the terminal/);
  });
});

/** Starts watching, and gives what was written so far at each call, with a way to interrupt. */
async function watching(more: readonly string[], terminal?: { columns: number; rows: number }) {
  const screens: string[] = [];
  let interrupt = (): void => undefined;
  let drawn = (): void => undefined;
  const firstDrawn = new Promise<void>((resolve) => {
    drawn = resolve;
  });
  const done = desk.run(present('--watch', ...more), {
    ...(terminal === undefined ? {} : { terminal }),
    onOut: (text) => {
      screens.push(text);
      // The escape sequence that opens the screen is not a drawing yet.
      if (text.length > 100) drawn();
    },
    onInterruptible: (callback) => {
      interrupt = callback;
    },
  });
  await firstDrawn;
  return { screens, done, interrupt: () => interrupt() };
}

describe('watching', () => {
  it('draws a new code every ten seconds until it is interrupted, and leaves the terminal as it was', async () => {
    const armedBefore = desk.clock.pending;
    const { screens, done, interrupt } = await watching(['--qr'], WIDE);
    desk.clock.advance(REDRAW_MS - 1);
    expect(screens.length).toBe(2);
    desk.clock.advance(1);
    expect(screens.length).toBe(3);
    interrupt();
    const { code, out, err } = await done;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(desk.clock.pending).toBe(armedBefore);
    expect(screens[1]).not.toBe(screens[2]);
    expect(out.startsWith('\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J')).toBe(true);
    expect(out.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
  });

  it('writes one text after the other where there is no terminal', async () => {
    const { screens, done, interrupt } = await watching([]);
    desk.clock.advance(2 * REDRAW_MS);
    interrupt();
    await done;
    expect(screens.length).toBe(3);
    const times = screens.map((text) => {
      const read = parse(text.slice(0, -1));
      return read.ok && 'drawnAtS' in read.value.proof ? read.value.proof.drawnAtS : undefined;
    });
    const [first = 0] = times;
    expect(times).toEqual([first, first + 10, first + 20]);
  });

  it('says what is missing on a terminal that is too small, and goes on', async () => {
    const { screens, done, interrupt } = await watching(['--qr'], { columns: 93, rows: 24 });
    desk.clock.advance(REDRAW_MS);
    interrupt();
    expect((await done).code).toBe(0);
    expect(screens[2]).toContain('The code needs 93 columns and 48 rows; the terminal has 93 and 24.');
  });
});
