/**
 * One light, and a buzzer where there is one, for people who read no words. They tell steady from
 * blinking, fast from slow and one from several, and little more: steady means come, slow means wait,
 * fast means yes, two flashes mean no; what goes dark for long means that something is wrong with the
 * lock. A sound comes once with its light and ends, so that no buzzer sounds all night: short ones mean
 * yes, a long one means no, a long behind a short is the bell. A jam calls again, for whoever could
 * push the door.
 */
import type { Cancel, Clock, Indication } from '../ports/index.ts';

interface Pattern {
  /** Times of light and dark in turn, for ever; one time alone is steady light. */
  readonly lightMs: readonly number[];
  /** Times of sound and silence in turn. */
  readonly soundMs?: readonly number[];
  /** How often the sound is made; once, unless said otherwise. */
  readonly times?: number;
}

export const PATTERNS: Readonly<Record<Indication, Pattern>> = {
  off: { lightMs: [] },
  ready: { lightMs: [1000] },
  wait: { lightMs: [600, 600] },
  granted: { lightMs: [100, 100], soundMs: [80, 80, 80] },
  refused: { lightMs: [150, 150, 150, 800], soundMs: [700] },
  rung: { lightMs: [150, 150, 600, 150], soundMs: [120, 80, 400] },
  jammed: { lightMs: [60, 140, 60, 140, 60, 1540], soundMs: [60, 140, 60, 140, 60, 1540], times: 5 },
  battery_low: { lightMs: [2600, 120, 120, 120], soundMs: [40] },
  fault: { lightMs: [60, 1940] },
};

export interface Indicator {
  show(indication: Indication): void;
  /** Stops blinking and sounding, and leaves light and buzzer as they are. */
  stop(): void;
}

export function indicator(
  clock: Pick<Clock, 'after'>,
  light: (on: boolean) => void,
  sound: (on: boolean) => void = () => undefined,
): Indicator {
  const waits: { light?: Cancel; sound?: Cancel } = {};
  let shown: Indication | undefined;

  function blink(pattern: readonly number[], at: number): void {
    light(at % 2 === 0);
    if (pattern.length > 1)
      waits.light = clock.after(pattern[at] ?? 0, () => blink(pattern, (at + 1) % pattern.length));
  }

  function play(pattern: readonly number[], at: number): void {
    const ms = pattern[at];
    sound(ms !== undefined && at % 2 === 0);
    if (ms !== undefined) waits.sound = clock.after(ms, () => play(pattern, at + 1));
  }

  function stop(): void {
    waits.light?.();
    waits.sound?.();
    shown = undefined;
  }

  return {
    show(indication) {
      if (indication === shown) return;
      stop();
      shown = indication;
      const { lightMs, soundMs = [], times = 1 } = PATTERNS[indication];
      if (lightMs.length === 0) light(false);
      else blink(lightMs, 0);
      play(Array.from({ length: times }, () => soundMs).flat(), 0);
    },
    stop,
  };
}
