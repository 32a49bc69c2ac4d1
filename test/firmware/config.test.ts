import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig, profileOf } from '../../firmware/config.ts';
import { DOOR } from '../../firmware/lock/profiles/door.ts';

const BOARD = 'board: { port: /dev/ttyACM0, servo: { withdrawn_degrees: 10, thrown_degrees: 100 } }';
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

  it('that we give as an example is one, and says what the lock does without it', () => {
    expect(profileOf(parseConfig(readFileSync('examples/lock.yaml', 'utf8'), 'lock.yaml'))).toEqual(DOOR);
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
    ['a pin named twice', LEAST.replace('servo: {', 'pins: { bell: 9 }, servo: {'), /one pin is named twice/, /mend/],
    ['a serial line for a pin', LEAST.replace('servo: {', 'pins: { bell: 0 }, servo: {'), /board\.pins\.bell/, /mend/],
    ['a bolt without travel', LEAST.replace('100', '12'), /less than 10 degrees apart/, /mend/],
    ['a broker that is no URL', `${LEAST}broker: { url: localhost }`, /broker\.url/, /mend/],
    ['a topic root with a wildcard', `${LEAST}broker: { url: 'mqtt://x', topic_root: 'a/+' }`, /topic_root/, /mend/],
    ['a door that relocks after a week', `${LEAST}timings: { relock_after_ms: 604800000 }`, /relock_after_ms/, /mend/],
    ['nothing', '', /the file/, /mend/],
  ])('is refused with %s', (_what, text, message, next) => {
    const failed = failureOf(text);
    expect(failed.message).toMatch(message);
    expect(failed.next).toMatch(next);
  });
});
