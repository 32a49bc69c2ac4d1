/**
 * Servo pins as Arduino's Servo library drives them: frames of 20 ms run on, whatever is attached,
 * and each attached pin gets one pulse a frame. A pin that was just attached and told no position
 * pulses at 1500 µs, the middle. What is written between two frames shows in the next, so a position
 * that comes right behind the attachment is the first that the servo ever sees.
 *
 * In two things the real one is kinder (both measured): its first pulse comes 20.3 ms after the
 * attachment, whenever that is, and a pin that is attached again pulses where it was told to last.
 */
import type { Cancel, Clock } from '../../firmware/ports/index.ts';

const FRAME_MS = 20;
const NEUTRAL_US = 1500;

/** A value below this is degrees of the library's own range. */
const PULSE_US_LEAST = 544;
const PULSE_US_MOST = 2400;

export interface ServoPin {
  readonly attached: boolean;
  /** Width of the last pulse that was sent, if any since the pin was attached. */
  readonly pulseUs: number | undefined;
  attach(range?: readonly [minUs: number, maxUs: number]): void;
  /** Degrees, or microseconds from 544 up. */
  write(value: number): void;
  detach(): void;
}

export interface ServoPinOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  /** The pulses have become wider or narrower; undefined: there are none any more. */
  readonly onPulse: (pulseUs: number | undefined) => void;
}

export function servoPin({ clock, onPulse }: ServoPinOptions): ServoPin {
  let range: readonly [number, number] | undefined;
  let wantedUs = NEUTRAL_US;
  let pulseUs: number | undefined;
  let nextFrame: Cancel | undefined;

  function awaitFrame(): void {
    if (nextFrame !== undefined || wantedUs === pulseUs) return;
    nextFrame = clock.after(FRAME_MS - (Math.floor(clock.monoMs()) % FRAME_MS), () => {
      nextFrame = undefined;
      pulseUs = wantedUs;
      onPulse(pulseUs);
    });
  }

  return {
    get attached() {
      return range !== undefined;
    },
    get pulseUs() {
      return pulseUs;
    },
    attach(wanted = [PULSE_US_LEAST, PULSE_US_MOST]) {
      range = wanted;
      wantedUs = NEUTRAL_US;
      awaitFrame();
    },
    write(value) {
      if (range === undefined) return;
      const [minUs, maxUs] = range;
      const degrees = Math.min(180, value);
      const us = value < PULSE_US_LEAST ? minUs + Math.floor((degrees * (maxUs - minUs)) / 180) : value;
      wantedUs = Math.min(maxUs, Math.max(minUs, us));
      awaitFrame();
    },
    detach() {
      range = undefined;
      nextFrame?.();
      nextFrame = undefined;
      if (pulseUs === undefined) return;
      pulseUs = undefined;
      onPulse(undefined);
    },
  };
}
