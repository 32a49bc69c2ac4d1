import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../firmware/clock/system.ts';
import type { ReaderEvent } from '../../firmware/ports/index.ts';
import { serialReader } from '../../firmware/readers/serial.ts';
import { serialTransport, type Transport } from '../../firmware/serial/port.ts';
import { noPty, type PtyPair, ptyPair } from './pty.ts';
import { pause, until } from './until.ts';

const BAUD = 9_600;
const RETRY = { firstMs: 20, maxMs: 60 };
const TEXT = `LS1:${'6BF+70790T9WJWG.FKY*4GO0'.repeat(8)}`;

describe.skipIf(noPty())('the code reader on a real serial port', () => {
  let pair: PtyPair;
  let module_: Transport;
  let reader: ReturnType<typeof serialReader>;
  let events: ReaderEvent[];

  const texts = () => events.flatMap((event) => (event.type === 'reader.text' ? [event.text] : []));
  const count = (type: ReaderEvent['type']) => events.filter((event) => event.type === type).length;

  async function plugModule(): Promise<void> {
    let open = false;
    module_ = serialTransport({ path: pair.device, baudRate: BAUD });
    module_.on('open', () => {
      open = true;
    });
    module_.on('error', (error) => events.push({ type: 'reader.lost', reason: `far end: ${error.message}` }));
    await until('the module is there', () => open);
  }

  function say(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      module_.write(Buffer.from(text, 'latin1'), (error) => (error ? reject(error) : resolve()));
    });
  }

  beforeEach(async () => {
    events = [];
    pair = await ptyPair();
    await plugModule();
    reader = serialReader({
      clock: systemClock(),
      open: () => serialTransport({ path: pair.host, baudRate: BAUD }),
      retry: RETRY,
    });
    reader.start((event) => events.push(event));
    await until('the reader is ready', () => count('reader.ready') === 1);
  });
  afterEach(async () => {
    await reader.close();
    await module_.close();
    await pair.dispose();
  });

  test.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CR LF', '\r\n'],
  ])('gives one text for one scan with the tail %s', async (_, tail) => {
    await say(`${TEXT}${tail}`);
    await until('the text has come', () => texts().length > 0);
    await say(`LS1:SECOND${tail}`);
    await until('the second text has come', () => texts().length > 1);
    expect(texts()).toEqual([TEXT, 'LS1:SECOND']);
  });

  test('puts together a text that comes in several reads', async () => {
    for (let at = 0; at < TEXT.length; at += 50) {
      await say(TEXT.slice(at, at + 50));
      // Long enough that the system does not join the pieces; the outcome does not depend on it.
      await pause(5);
    }
    await say('\r');
    await until('the text has come', () => texts().length > 0);
    expect(texts()).toEqual([TEXT]);
  });

  test('finds the text behind garbage', async () => {
    await say(`\x00\xff\x13${TEXT}\r`);
    await until('the text has come', () => texts().length > 0);
    expect(texts()).toEqual([TEXT]);
  });

  test('forgets half a text when the wire is pulled out, and reads on when it is back', async () => {
    await say(TEXT.slice(0, 40));
    await pair.unplug();
    await until('the loss is told', () => count('reader.lost') >= 1);
    await module_.close();
    await pair.plug();
    await plugModule();
    await until('the reader is ready again', () => count('reader.ready') === 2);
    await say(`${TEXT}\r`);
    await until('the text has come', () => texts().length > 0);
    expect(texts()).toEqual([TEXT]);
  });
});

test('a reader that is not there is told by name, once, and tried again', async () => {
  const events: ReaderEvent[] = [];
  const log: string[] = [];
  const reader = serialReader({
    clock: systemClock(),
    open: () => serialTransport({ path: '/dev/no-such-reader', baudRate: BAUD }),
    retry: RETRY,
    log: (message) => log.push(message),
  });
  reader.start((event) => events.push(event));
  await until('it was tried three times', () => log.length >= 3);
  await reader.close();
  expect(events).toEqual([{ type: 'reader.lost', reason: expect.stringMatching(/\/dev\/no-such-reader.*plugged in/) }]);
});
