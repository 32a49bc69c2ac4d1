import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, profileOf, readConfig, wiringOf } from '../../firmware/config.ts';
import { CAR_TRUNK, DOOR, KEY_SAFE } from '../../firmware/lock/profiles/index.ts';
import { isFailure } from '../../firmware/tools/failure.ts';

const BOARD = 'board: { port: /dev/ttyACM0, servo: { withdrawn_degrees: 10, thrown_degrees: 100 } }';
const WITH_DRIVE = (drive: string): string =>
  `data: ./lock\ntimezone: Europe/Berlin\nboard: { port: /dev/ttyACM0, ${drive} }\n`;
const LEAST = `data: ./lock\ntimezone: Europe/Berlin\n${BOARD}\n`;

function failureOf(text: string): { message: string; next: string } {
  try {
    parseConfig(text, 'lock.yaml');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'message' in error && 'next' in error) {
      return { message: String(error.message), next: String(error.next) };
    }
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a configuration', () => {
  it('needs a folder, a time zone, a port and the two ends of the servo, and knows the rest', () => {
    const config = parseConfig(LEAST, 'lock.yaml');
    expect(config.board).toMatchObject({ baud: 57_600, pins: { servo: 9, led: 13 } });
    expect(config.reader).toBeUndefined();
    expect(config.broker).toBeUndefined();
    expect(profileOf(config)).toEqual(DOOR);
  });

  it('tells Home Assistant nothing unless it is asked to, and then where Home Assistant itself looks', () => {
    expect(parseConfig(LEAST, 'lock.yaml').home_assistant).toBeUndefined();
    const { home_assistant: asked } = parseConfig(`${LEAST}broker: { url: mqtt://x }\nhome_assistant: {}`, 'lock.yaml');
    expect(asked).toEqual({
      enabled: true,
      discovery_prefix: 'homeassistant',
      status_topic: 'homeassistant/status',
    });
    expect(parseConfig(`${LEAST}home_assistant: { enabled: false }`, 'lock.yaml').home_assistant?.enabled).toBe(false);
  });

  it('that we give as an example is one, and says what the lock does without it', () => {
    expect(profileOf(parseConfig(readFileSync('examples/lock.yaml', 'utf8'), 'lock.yaml'))).toEqual(DOOR);
  });

  it.each([
    ['key-safe.yaml', KEY_SAFE],
    ['car-trunk.yaml', CAR_TRUNK],
  ])('that we give as an example for %s is one, and is that product', (name, profile) => {
    expect(profileOf(parseConfig(readFileSync(`examples/${name}`, 'utf8'), name))).toEqual(profile);
  });

  it('wires what its profile asks for, where it says and where the notes say', () => {
    const config = parseConfig(
      `${LEAST.replace('servo: {', 'pins: { bell: 7, cover_on: 8, led: 12 }, servo: {')}`,
      'lock.yaml',
    );
    expect(wiringOf(config)).toEqual({
      drive: { type: 'servo', pin: 9, withdrawnDegrees: 10, thrownDegrees: 100 },
      contacts: { bolt_thrown: 2, bolt_withdrawn: 3, door_closed: 4, bell: 7, inside_button: 6, cover_on: 8 },
      led: 12,
    });
    expect(profileOf(config).contacts).toContain('cover_on');
  });

  it('of a strike has no bolt to look at, and counts it as free a moment longer than its pulse', () => {
    const config = parseConfig(`${WITH_DRIVE('strike: { pulse_ms: 4000 }')}`, 'lock.yaml');
    expect(profileOf(config)).toMatchObject({
      drive: 'strike',
      pulseMs: 4_000,
      freeMs: 4_500,
      contacts: ['door_closed', 'bell', 'inside_button'],
    });
    expect(wiringOf(config).drive).toEqual({ type: 'strike', pin: 9, pulseMs: 4_000 });
  });

  it.each([
    ['a strike without a bound', WITH_DRIVE('strike: {}'), /strike .* without a bound/, /pulse_ms/],
    [
      'auto-relock without a door contact',
      LEAST.replace('servo: {', 'pins: { door_closed: none }, servo: {'),
      /auto-relock without a door contact/,
      /wire door_closed/,
    ],
    [
      'a key safe without an RTC',
      readFileSync('examples/key-safe.yaml', 'utf8').replace('trust: [rtc]', 'trust: [host]'),
      /clock/,
      /clock\.trust: \[rtc\]/,
    ],
    [
      'a key safe whose clock section was left out: then the network vouches too',
      readFileSync('examples/key-safe.yaml', 'utf8').replace(/^clock:\n {2}trust: \[rtc\]\n/m, ''),
      /clock/,
      /clock\.trust: \[rtc\]/,
    ],
    [
      'a motor without its limit switches',
      WITH_DRIVE('motor: {}, pins: { bolt_thrown: none, bolt_withdrawn: none }'),
      /limit switches/,
      /bolt_thrown/,
    ],
    ['no drive', WITH_DRIVE('baud: 57600'), /one drive/, /mend board/],
    ['two drives', WITH_DRIVE('motor: {}, strike: { pulse_ms: 500 }'), /one drive/, /mend board/],
    [
      'an output that LOW energises, on a pin that nothing holds',
      WITH_DRIVE('strike: { pulse_ms: 500, active_low_held_by: external pull-up }'),
      /no pull-up holds pin 9/,
      /mend board/,
    ],
    [
      'one limit of a battery without the other: nobody would be warned',
      WITH_DRIVE('strike: { pulse_ms: 500 }, battery: { upper_ohms: 1, lower_ohms: 1, warn_millivolts: 3500 }'),
      /one of warn_millivolts and reserve_millivolts/,
      /mend board/,
    ],
    [
      'a battery whose resistors hide it: every token would be refused',
      readFileSync('examples/car-trunk.yaml', 'utf8').replace('upper_ohms: 200000', 'upper_ohms: 68000'),
      /no more than 10000 mV of the battery are seen/,
      /mend board/,
    ],
    [
      'a slow bolt that a visit does not wait for',
      `${LEAST}timings: { travel_ms_max: 10000 }`,
      /given up while its bolt still travels/,
      /unlock_ms_max/,
    ],
    [
      'a key safe without its button',
      readFileSync('examples/key-safe.yaml', 'utf8').replace('buzzer: 11', 'bell: none'),
      /cannot be opened for the key/,
      /wire the bell/,
    ],
  ])('that would be unsafe is refused with the reason: %s', (_what, text, message, next) => {
    const failed = failureOf(text);
    expect(failed.message).toMatch(message);
    expect(failed.next).toMatch(next);
  });

  it('changes the timings of the profile that it names', () => {
    expect(profileOf(parseConfig(`${LEAST}timings: { relock_after_ms: 9000 }\n`, 'lock.yaml'))).toEqual({
      ...DOOR,
      relockAfterMs: 9_000,
    });
  });

  it.each([
    ['a misspelt key', `${LEAST}raeder: { port: x }`, /no key raeder/, /did you mean reader\?/],
    [
      'a misspelt key deep inside',
      `${LEAST}timings: { relock_afterms: 1 }`,
      /timings: there is no key relock_afterms/,
      /did you mean relock_after_ms\?/,
    ],
    [
      'a misspelt key that another one misses',
      LEAST.replace('servo:', 'servos:'),
      /board: there is no key servos/,
      /did you mean servo\?/,
    ],
    ['YAML that is none', 'data: [', /lock\.yaml, line 1/, /mend the YAML/],
    ['a key given twice', `${LEAST}data: ./other`, /line 4/, /mend/],
    ['a time zone that is none', LEAST.replace('Europe/Berlin', 'Europe/Nowhere'), /timezone: not a time zone/, /mend/],
    [
      'a pin named twice',
      LEAST.replace('servo: {', 'pins: { bell: 9 }, servo: {'),
      /pin 9 is given to servo and to bell/,
      /mend/,
    ],
    ['a serial line for a pin', LEAST.replace('servo: {', 'pins: { bell: 0 }, servo: {'), /board\.pins\.bell/, /mend/],
    ['a bolt without travel', LEAST.replace('100', '12'), /less than 10 degrees apart/, /mend/],
    [
      'a reader at the port of the board',
      `${LEAST}reader: { port: /dev/ttyACM0 }`,
      /reader: its port is that of the board/,
      /ls \/dev\/serial\/by-id/,
    ],
    ['a broker that is no URL', `${LEAST}broker: { url: localhost }`, /broker\.url/, /mend/],
    [
      'a discovery prefix with a wildcard',
      `${LEAST}broker: { url: mqtt://x }\nhome_assistant: { discovery_prefix: 'a/#' }`,
      /home_assistant\.discovery_prefix/,
      /mend/,
    ],
    ['Home Assistant without a broker', `${LEAST}home_assistant: {}`, /no broker to tell it by/, /give broker/],
    [
      'a topic root that fits into no record of a fault',
      `${LEAST}broker: { url: 'mqtt://x', topic_root: ${'a/'.repeat(32)}a }`,
      /topic_root.* at most 64/,
      /mend/,
    ],
    ['a topic root with a wildcard', `${LEAST}broker: { url: 'mqtt://x', topic_root: 'a/+' }`, /topic_root/, /mend/],
    [
      'a certificate without its key',
      `${LEAST}broker: { url: 'mqtts://x', cert_file: ./a.pem }`,
      /broker: key_file is missing/,
      /write key_file too/,
    ],
    [
      'files for TLS at a broker in the clear',
      `${LEAST}broker: { url: 'mqtt://x', ca_file: ./ca.pem }`,
      /ca_file is for mqtts:\/\/, .* nothing would be encrypted/,
      /mqtts:\/\//,
    ],
    ['servo positions that are the same', LEAST.replace('100', '10'), /less than 10 degrees apart/, /mend/],
    ['servo positions that no servo has', LEAST.replace('100', '190'), /thrown_degrees is 190/, /mend/],
    ['a pin that no board has', LEAST.replace('servo: {', 'pins: { bell: 70 }, servo: {'), /at most 69/, /mend/],
    ['half a pin', LEAST.replace('servo: {', 'pins: { bell: 2.5 }, servo: {'), /a pin from 2 to 69, or none/, /mend/],
    ['a wait of nothing', `${LEAST}timings: { entry_window_ms: 0 }`, /entry_window_ms is 0/, /mend/],
    ['a wait before it begins', `${LEAST}timings: { settle_ms: -5 }`, /settle_ms is -5/, /mend/],
    ['an entry that takes a day', `${LEAST}timings: { entry_window_ms: 90000000 }`, /at most 600000/, /mend/],
    ['a bolt quicker than any', `${LEAST}timings: { travel_ms_max: 1 }`, /travel_ms_max is 1.*at least 100/, /mend/],
    [
      'a motor with one pin for both ways',
      WITH_DRIVE('motor: { withdraw_pin: 9, throw_pin: 9 }'),
      /pin 9 is given to motor, withdrawing and to motor, throwing/,
      /mend/,
    ],
    [
      'one analog pin for two voltages',
      WITH_DRIVE(
        'motor: { stall: { analog: 0, millivolts: 600, ms: 100 } }, battery: { upper_ohms: 1, lower_ohms: 1 }',
      ),
      /A0 is given to motor current and to battery/,
      /mend/,
    ],
    [
      'a stall that cannot be seen',
      WITH_DRIVE('motor: { stall: { millivolts: 6000, ms: 100 } }'),
      /can never be seen/,
      /mend/,
    ],
    ['a door that relocks after a week', `${LEAST}timings: { relock_after_ms: 604800000 }`, /relock_after_ms/, /mend/],
    ['nothing', '', /the file is empty/, /begin with/],
  ])('is refused with %s', (_what, text, message, next) => {
    const failed = failureOf(text);
    expect(failed.message).toMatch(message);
    expect(failed.next).toMatch(next);
  });
});

describe('a configuration that is none', () => {
  const messageOf = (text: string): string => {
    try {
      parseConfig(text, 'lock.yaml');
    } catch (error) {
      return isFailure(error) ? `${error.code}: ${error.message}` : `no failure: ${String(error)}`;
    }
    return 'taken';
  };

  it('with aliases that grow without end is refused as what it is', () => {
    const levels = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      levels.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(messageOf(levels.join('\n'))).toMatch(/^usage: .*alias/i);
  });

  it.each([
    ['no time zone', LEAST.replace(/timezone.*/, ''), 'timezone is missing', 'write timezone: Europe/Berlin;'],
    ['no data', LEAST.replace(/data.*/, ''), 'data is missing', 'write data: ./lock ('],
    ['no board', LEAST.replace(/board.*/, ''), 'board is missing', 'write board, with port and a drive;'],
    ['no port', LEAST.replace('port: /dev/ttyACM0,', ''), 'board.port is missing', 'below board;'],
    ['no URL of the broker', `${LEAST}broker: {}`, 'broker.url is missing', 'write url: mqtt://127.0.0.1:1883 below'],
    [
      'half a servo',
      LEAST.replace('withdrawn_degrees: 10, ', ''),
      'board.servo.withdrawn_degrees is missing',
      'write board.servo.withdrawn_degrees;',
    ],
    ['nothing in it', '# a comment\n', 'the file is empty', 'begin with a copy of examples/lock.yaml'],
    [
      'a secret key in the place of it',
      'latchstring-seed-v1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n',
      'the file is no configuration',
      'name the file',
    ],
    ['a list', '- data', 'the file has to be a group of keys, and is a list', 'mend lock.yaml'],
    ['a port that is a number', LEAST.replace('/dev/ttyACM0', '5'), 'board.port has to be text, and is 5', 'mend'],
    ['a board that is nothing', LEAST.replace(/board.*/, 'board:'), 'board has to be a group of keys, and is nothing'],
    ['a board that is text', LEAST.replace(/board.*/, 'board: Uno'), 'board has to be a group of keys, and is "Uno"'],
    [
      'a time in words',
      `${LEAST}timings: { relock_after_ms: soon }`,
      'timings.relock_after_ms has to be a number, and is "soon"',
    ],
    [
      'half a millisecond',
      `${LEAST}timings: { settle_ms: 1.5 }`,
      'timings.settle_ms has to be a whole number, and is 1.5',
    ],
    ['no time', `${LEAST}timings: { settle_ms: 0 }`, 'timings.settle_ms is 0, and has to be at least 1'],
    ['a long time', `${LEAST}timings: { settle_ms: 5000 }`, 'timings.settle_ms is 5000, and may be at most 1000'],
    ['an empty name', LEAST.replace('./lock', '""'), 'data is empty'],
    ['another product', `${LEAST}profile: gate`, 'profile has to be door, key-safe or car-trunk, and is "gate"'],
    ['trust in one', `${LEAST}clock: { trust: rtc }`, 'clock.trust has to be a list, and is "rtc"'],
    [
      'a wish in words',
      `${LEAST}policy: { ring_first: "yes" }`,
      'policy.ring_first has to be true or false, and is "yes"',
    ],
  ])('with %s says so in words, and what to write', (_what, text, message, next = 'mend') => {
    const failed = failureOf(text);
    expect(failed.message).toBe(`lock.yaml: ${message}`);
    expect(failed.next).toContain(next);
  });

  it.each([
    ['without its mark', '', true],
    ['with its mark', '\ufeff', true],
    ['in another encoding', '', false],
  ])('is read as UTF-8: %s', async (_how, mark, isUtf8) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchstring-'));
    const path = join(folder, 'lock.yaml');
    writeFileSync(path, Buffer.from(`${mark}# für die Tür\n${LEAST}`, isUtf8 ? 'utf8' : 'latin1'));
    const read = readConfig(path);
    if (isUtf8) await expect(read).resolves.toMatchObject({ data: join(folder, 'lock') });
    else await expect(read).rejects.toMatchObject({ code: 'usage', message: `${path} is no text in UTF-8` });
    rmSync(folder, { recursive: true });
  });

  it('without an end is not read to its end', async () => {
    await expect(readConfig('/dev/zero')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('/dev/zero is longer than'),
    });
  });
});

it.each(['mqtt://host:99999', 'mqtt://me:sec%zzret@host', 'mqtt://[::1', 'mqtt://?x'])(
  'a broker at %s is a mistake of whoever wrote it, and no bug of ours',
  (url) => {
    const { message, next } = failureOf(`${LEAST}broker: { url: '${url}' }`);
    expect(message).toBe('lock.yaml: broker.url: not the address of a broker, as mqtt://host:1883 is');
    expect(next).toBe('mend broker.url');
  },
);
