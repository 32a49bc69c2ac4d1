/**
 * Voltages at analog pins. StandardFirmata reports each pin that was asked for at every sampling
 * interval, changed or not, with a noise of a step or two; a line in a journal for each would be a
 * flood. So the battery's voltage is the mean of what came within a second, and is told only when it
 * has become another.
 *
 * The ATmega328P gives Vin · 1024 / Vref (data sheet, "ADC Conversion Result"). Vref is the Uno's own
 * 5 V, which USB gives within some percent: a battery is measured no better than that.
 */
import type { MonoMs } from '../../protocol/index.ts';
import type { Clock } from '../ports/index.ts';
import type { BatteryWiring } from './wiring.ts';

const STEPS = 1024;
const TELL_MS_MIN = 1_000;
/** Smaller changes are noise. */
const CHANGE_STEPS_MIN = 2;

/** Millivolts at the pin. */
export const atPin = (steps: number, referenceMillivolts: number): number =>
  Math.round((steps * referenceMillivolts) / STEPS);

export interface BatteryGauge {
  /** The pin's next value, 0 to 1023. */
  sample(steps: number): void;
}

export function batteryGauge(
  clock: Pick<Clock, 'monoMs'>,
  { referenceMillivolts, upperOhms, lowerOhms }: BatteryWiring,
  tell: (millivolts: number) => void,
): BatteryGauge {
  let toldSteps: number | undefined;
  let sinceMs: MonoMs | undefined;
  let sum = 0;
  let count = 0;

  return {
    sample(steps) {
      const nowMs = clock.monoMs();
      sum += steps;
      count++;
      if (sinceMs !== undefined && nowMs - sinceMs < TELL_MS_MIN) return;
      const mean = sum / count;
      sinceMs = nowMs;
      sum = 0;
      count = 0;
      if (toldSteps !== undefined && Math.abs(mean - toldSteps) < CHANGE_STEPS_MIN) return;
      toldSteps = mean;
      tell(Math.round((mean * referenceMillivolts * (upperOhms + lowerOhms)) / (STEPS * lowerOhms)));
    },
  };
}
