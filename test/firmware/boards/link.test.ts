import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Link } from '../../../firmware/boards/link.ts';
import type { Transport, TransportEvents } from '../../../firmware/serial/port.ts';

class Wire extends EventEmitter<TransportEvents> implements Transport {
  readonly written: number[][] = [];
  readonly done: ((error?: Error | null) => void)[] = [];

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    this.written.push([...bytes]);
    this.done.push(done);
  }
  async close(): Promise<void> {
    this.removeAllListeners();
  }
}

function bench() {
  const wire = new Wire();
  const lost: string[] = [];
  const notes: string[] = [];
  const heard: number[][] = [];
  const link = new Link(wire, { lost: (reason) => lost.push(reason), note: (message) => notes.push(message) });
  link.on('data', (bytes) => heard.push([...bytes]));
  return { wire, written: wire.written, done: wire.done, lost, notes, heard, link };
}

test('a link asks the board who it is as soon as it opens, and drops what was written before', () => {
  const { wire, written, link } = bench();
  link.write(Uint8Array.of(1));
  wire.emit('open');
  expect(written).toEqual([[0xf9, 0xf0, 0x79, 0xf7]]);
});

test('a link that has ended says nothing, hears nothing, and is not lost', () => {
  const { wire, written, lost, heard, link } = bench();
  wire.emit('open');
  link.end();
  link.write(Uint8Array.of(1));
  wire.emit('data', Uint8Array.of(0xf9, 2, 5));
  wire.emit('close');
  expect(written).toHaveLength(1);
  expect(heard).toEqual([]);
  expect(lost).toEqual([]);
});

test('a burst leaves in one piece behind the end of any sysex, and what comes behind it by itself', () => {
  const { wire, written, link } = bench();
  wire.emit('open');
  link.burst(() => {
    link.write(Uint8Array.of(1, 2));
    link.write(Uint8Array.of(3));
  });
  link.write(Uint8Array.of(4));
  expect(written.slice(1)).toEqual([[0xf7, 1, 2, 3], [4]]);
});

test('what was sent has left when the wire has taken all of it, and what it dropped is noted', async () => {
  const { wire, done, notes, link } = bench();
  wire.emit('open');
  link.write(Uint8Array.of(1));
  let left = false;
  const sent = link.sent().then(() => {
    left = true;
  });
  done[0]?.();
  await Promise.resolve();
  expect(left).toBe(false);
  done[1]?.(new Error('unplugged'));
  await sent;
  expect(notes).toEqual(['unplugged']);
});

test('an exception behind the data handler is a lost board, not a dead process', () => {
  const { wire, lost, link } = bench();
  link.on('data', () => {
    throw new Error('unreadable');
  });
  wire.emit('open');
  wire.emit('data', Uint8Array.of(0xf9, 2, 5));
  expect(lost).toEqual([expect.stringMatching(/unreadable/)]);
});
