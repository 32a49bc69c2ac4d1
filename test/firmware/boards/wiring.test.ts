import { expect, test } from 'vitest';
import { type DriveWiring, type Wiring, whyUnsafe } from '../../../firmware/boards/wiring.ts';
import { MOTOR, SERVO, STRIKE, TRUNK } from './bench.ts';

const withDrive = (drive: DriveWiring): Wiring => ({ ...STRIKE.wiring, drive });
const motor = MOTOR.wiring.drive;

test.each([SERVO, MOTOR, STRIKE, TRUNK])('a $kind as it is built in these tests is safe', ({ wiring }) => {
  expect(whyUnsafe(wiring)).toBeUndefined();
});

test('an output that LOW energises is safe only on a pin that a resistor can hold at boot', () => {
  const activeLow = { heldAtBoot: 'external pull-up' } as const;
  expect(whyUnsafe(withDrive({ type: 'strike', pin: 14, pulseMs: 300, activeLow }))).toBeUndefined();
  expect(whyUnsafe(withDrive({ type: 'strike', pin: 7, pulseMs: 300, activeLow }))).toMatch(
    /no pull-up holds pin 7 at boot.*active-low relay opens then/,
  );
  expect(whyUnsafe(withDrive({ type: 'pulse', pin: 7, pulseMs: 300, activeLow }))).toMatch(/pin 7/);
});

test('an output that LOW energises and that nothing holds at boot is refused with the reason', () => {
  const activeLow = JSON.parse('{}');
  expect(whyUnsafe(withDrive({ type: 'strike', pin: 14, pulseMs: 300, activeLow }))).toMatch(
    /needs something that holds it HIGH at boot: StandardFirmata drives pins 2 to 13 LOW/,
  );
});

test.each<[string, Wiring, RegExp]>([
  ['a strike without a bound', withDrive({ type: 'strike', pin: 7, pulseMs: Number.POSITIVE_INFINITY }), /30000 ms/],
  ['a strike that is held for minutes', withDrive({ type: 'strike', pin: 7, pulseMs: 120_000 }), /not 120000/],
  ['a lid that is pulled for seconds', withDrive({ type: 'pulse', pin: 7, pulseMs: 5_000 }), /2000 ms/],
  ['a motor that may pull for ever', withDrive({ ...motor, driveMsMax: Number.NaN }), /30000 ms/],
  [
    'a stall that no pin could measure',
    withDrive({ ...motor, stall: { ...motor.stall, millivolts: 6_000 } }),
    /can never be seen/,
  ],
  [
    'a stall that counts after the drive is over',
    withDrive({ ...motor, stall: { ...motor.stall, ms: 900 } }),
    /before the drive's own 800 ms/,
  ],
  ['two things on one pin', { ...STRIKE.wiring, buzzer: 7 }, /pin 7 is given to strike and to buzzer/],
  [
    'two voltages at one pin',
    { ...MOTOR.wiring, battery: { ...MOTOR.wiring.battery, analog: 1 } },
    /A1 is given to motor current and to battery/,
  ],
  [
    'a battery whose lower resistor is a wire',
    { ...STRIKE.wiring, battery: { analog: 0, referenceMillivolts: 5_000, upperOhms: 1, lowerOhms: 0 } },
    /lower resistor/,
  ],
  [
    'a servo whose ends are one',
    withDrive({ type: 'servo', pin: 9, withdrawnDegrees: 90, thrownDegrees: 95 }),
    /10 degrees/,
  ],
])('%s is refused with the reason', (_, wiring, reason) => {
  expect(whyUnsafe(wiring)).toMatch(reason);
});
