/**
 * An Arduino Uno with StandardFirmata on it, down to the bytes, wired to the plant.
 *
 *     host ══ bytes ══▶ pins ──▶ servo pulses, motor driver, relay ──▶ plant
 *     host ◀══ bytes ══ ports of eight pins ◀── plant.onContact, through pull-ups: closed is LOW
 *     host ◀══ bytes ══ analog pins at every sampling interval ◀── voltages
 *
 * As the real one it is careless. Power-up and reset make pins 2 to 13 outputs driven LOW and forget
 * everything else; then it says its version and its name, without being asked. Nothing stops the
 * servo, the motor or the relay when the host goes away. A contact at a pin without pull-up reads LOW, open or not: it floats,
 * and here it floats to where it does the most harm. A pin that becomes an output, once more or by the
 * host's own reset, keeps the level that it had, and is said to be 0 (measured with 2.5; 2.4 makes it LOW).
 *
 * The real one is silent for 2.1 s first, with its pins floating: it flashes its version at pin 13.
 */
import type { Cancel, Clock } from '../../firmware/ports/index.ts';
import type { Plant } from '../plant/plant.ts';
import { hostWords, MODE, SYSEX, WORD } from './firmata-words.ts';
import { type BoardWiring, contactsByPin, stepsAt, wiredDriver } from './wires.ts';

const PIN_COUNT = 20;
const PORT_COUNT = 3;
const FIRST_DIGITAL = 2;
const FIRST_ANALOG = 14;
const I2C_PINS = [18, 19];
const PWM_PINS = [3, 5, 6, 9, 10, 11];
const VERSION = [2, 5];
const NOT_ANALOG = 0x7f;

/** StandardFirmata's own interval between two reports of the analog pins, and the least it takes. */
const SAMPLING_MS = 19;
const SAMPLING_MS_MIN = 1;

/** How much of what the host said is kept to be looked at. */
const SEEN_BYTES_MAX = 4096;

export type { BoardWiring } from './wires.ts';

export interface VirtualFirmataOptions {
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly plant: Plant;
  readonly wiring: BoardWiring;
  /** Tells the bytes of each read from the host, as they come off the wire. */
  readonly onReceived?: (bytes: Uint8Array) => void;
}

/** What a test may look at. */
export interface BoardState {
  readonly modes: readonly number[];
  /** What the board says was written to each pin; 1 for a pull-up. */
  readonly values: readonly number[];
  readonly servoAttached: boolean;
  readonly servoPulseUs: number | undefined;
  readonly samplingMs: number;
  readonly boots: number;
  /** The last bytes that the host said, not more than 4096. */
  readonly seen: Uint8Array;
}

export interface VirtualFirmata {
  /** Power, and a wire to whoever takes the board's bytes. Boots, and speaks at once. */
  plug(send: (bytes: Uint8Array) => void): void;
  /** Another host on the wire of a board that has power: it does not boot and says nothing. */
  rewire(send: (bytes: Uint8Array) => void): void;
  /** The host has gone; the board has power still, and goes on with what it does. */
  unwire(): void;
  /** Power and wire gone: pins float, the servo lets go. */
  unplug(): void;
  receive(bytes: Uint8Array): void;
  /** The button, a brown-out: the microcontroller begins again under the same wire. */
  reset(): void;
  /** It neither hears nor speaks until it boots; its pins stay as they are. */
  hang(): void;
  /** Noise, or whatever a test wants on the wire to the host. */
  say(bytes: Uint8Array): void;
  state(): BoardState;
}

export function virtualFirmata({ clock, plant, wiring, onReceived }: VirtualFirmataOptions): VirtualFirmata {
  let modes: number[] = [];
  let values: number[] = [];
  /** What drives an output, and pulls an input up. */
  let latches: number[] = [];
  let reporting: boolean[] = [];
  let reported: (number | undefined)[] = [];
  let samplingMs = SAMPLING_MS;
  let boots = 0;
  let power: 'off' | 'on' | 'hung' = 'off';
  let send: ((bytes: Uint8Array) => void) | undefined;
  let seen: number[] = [];

  let nextSample: Cancel | undefined;
  let sampled = new Set<number>();

  const driver = wiredDriver(wiring.drive, { clock, plant, pin: (pin) => electrically(pin) });
  const contactAt = contactsByPin(wiring.contacts);
  const listen = hostWords({ short: onShort, sysex: onSysex });
  plant.onContact((contact) => {
    const pin = wiring.contacts[contact];
    if (pin !== undefined) report(pin >> 3);
  });

  /** What whoever is connected to a pin sees of it. */
  function electrically(pin: number): 'high' | 'low' | 'floating' {
    if (power === 'off') return 'floating';
    if (modes[pin] === MODE.output) return latches[pin] === 1 ? 'high' : 'low';
    return isInput(pin) && latches[pin] === 1 ? 'high' : 'floating';
  }

  function say(...bytes: readonly number[]): void {
    if (power === 'on') send?.(Uint8Array.from(bytes));
  }
  const saySysex = (...body: readonly number[]) => say(WORD.sysex, ...body, WORD.sysexEnd);

  function boot(): void {
    power = 'on';
    boots++;
    latches = new Array(PIN_COUNT).fill(0);
    forget();
    say(WORD.version, ...VERSION);
    sayFirmware();
  }

  function forget(): void {
    driver.servo?.detach();
    sampled = new Set();
    nextSample?.();
    nextSample = undefined;
    samplingMs = SAMPLING_MS;
    modes = Array.from({ length: PIN_COUNT }, (_, pin) => modeAtBoot(pin));
    latches = latches.map((level, pin) => (modes[pin] === MODE.output ? level : 0));
    values = new Array(PIN_COUNT).fill(0);
    reporting = [];
    reported = [];
    driver.pinsChanged();
  }

  function sayFirmware(): void {
    const name = [...'StandardFirmata.ino'].flatMap((letter) => [
      letter.charCodeAt(0) & 0x7f,
      letter.charCodeAt(0) >> 7,
    ]);
    saySysex(SYSEX.firmware, ...VERSION, ...name);
  }

  const isInput = (pin: number) => modes[pin] === MODE.input || modes[pin] === MODE.pullup;

  function level(pin: number): number {
    const contact = contactAt.get(pin);
    return latches[pin] === 1 && (contact === undefined || !plant.contact(contact)) ? 1 : 0;
  }

  function report(port: number, always = false): void {
    if (power !== 'on' || !reporting[port]) return;
    let bits = 0;
    for (let pin = 8 * port; pin < Math.min(8 * port + 8, PIN_COUNT); pin++) {
      if (isInput(pin)) bits |= level(pin) << (pin & 7);
    }
    if (!always && reported[port] === bits) return;
    reported[port] = bits;
    say(WORD.digital | port, bits & 0x7f, bits >> 7);
  }

  function onShort(word: number, channel: number, first: number, second: number): void {
    switch (word) {
      case WORD.version:
        say(WORD.version, ...VERSION);
        break;
      case WORD.reset:
        forget();
        break;
      case WORD.pinMode:
        setMode(first, second);
        report(first >> 3);
        break;
      case WORD.digitalPin:
        if (modes[first] === MODE.output) writeDigital(first, second === 0 ? 0 : 1);
        break;
      case WORD.digital:
        for (let bit = 0; bit < 8; bit++) writeDigital(8 * channel + bit, ((first | (second << 7)) >> bit) & 1);
        report(channel);
        break;
      case WORD.analog:
        writeAnalog(channel, first | (second << 7));
        break;
      case WORD.reportAnalog:
        reportAnalog(channel, first !== 0);
        break;
      case WORD.reportDigital:
        if (channel >= PORT_COUNT) break;
        reporting[channel] = first !== 0;
        report(channel, true);
        break;
    }
  }

  /** The first value comes at once, and from a pin in any mode. */
  function reportAnalog(channel: number, wanted: boolean): void {
    if (FIRST_ANALOG + channel >= PIN_COUNT) return;
    if (!wanted) sampled.delete(channel);
    else {
      sampled.add(channel);
      sayVoltage(channel);
    }
    awaitSample();
  }

  function sayVoltage(channel: number): void {
    const steps = stepsAt(wiring, plant, channel);
    say(WORD.analog | channel, steps & 0x7f, steps >> 7);
  }

  function awaitSample(): void {
    if (nextSample !== undefined || sampled.size === 0) return;
    nextSample = clock.after(samplingMs, () => {
      nextSample = undefined;
      for (const channel of sampled) if (modes[FIRST_ANALOG + channel] === MODE.analog) sayVoltage(channel);
      awaitSample();
    });
  }

  function onSysex(command: number, body: readonly number[]): void {
    const [first = 0, ...rest] = body;
    switch (command) {
      case SYSEX.firmware:
        sayFirmware();
        break;
      case SYSEX.capabilityQuery:
        saySysex(SYSEX.capabilities, ...Array.from({ length: PIN_COUNT }, (_, pin) => capabilities(pin)).flat());
        break;
      case SYSEX.analogMappingQuery:
        saySysex(
          SYSEX.analogMapping,
          ...Array.from({ length: PIN_COUNT }, (_, pin) => (pin < FIRST_ANALOG ? NOT_ANALOG : pin - FIRST_ANALOG)),
        );
        break;
      case SYSEX.pinStateQuery:
        if (body.length > 0) saySysex(SYSEX.pinState, first, ...pinState(first));
        break;
      case SYSEX.extendedAnalog:
        writeAnalog(first, sevenBits(rest));
        break;
      case SYSEX.servoConfig:
        if (first !== driver.servoPin || rest.length < 4) break;
        driver.servo?.attach([sevenBits(rest.slice(0, 2)), sevenBits(rest.slice(2, 4))]);
        modes[first] = MODE.servo;
        break;
      case SYSEX.samplingInterval:
        if (body.length > 1) samplingMs = Math.max(SAMPLING_MS_MIN, sevenBits(body.slice(0, 2)));
        break;
    }
  }

  /** Mode and value; of the value no more bytes than it needs. Of a pin that there is not, nothing. */
  function pinState(pin: number): number[] {
    const mode = modes[pin];
    const value = values[pin] ?? 0;
    if (mode === undefined) return [];
    return [mode, value & 0x7f, ...[7, 14].filter((bits) => value >> bits > 0).map((bits) => (value >> bits) & 0x7f)];
  }

  function setMode(pin: number, mode: number): void {
    if (!supports(pin, mode)) return;
    if (pin === driver.servoPin && mode !== MODE.servo) driver.servo?.detach();
    // An output keeps its level, and is said to be 0 all the same.
    if (mode === MODE.pullup) latches[pin] = 1;
    else if (mode !== MODE.output || modes[pin] === MODE.pwm) latches[pin] = 0;
    modes[pin] = mode;
    values[pin] = mode === MODE.pullup ? 1 : 0;
    if (pin >= FIRST_ANALOG) reportAnalog(pin - FIRST_ANALOG, mode === MODE.analog);
    if (pin === driver.servoPin && mode === MODE.servo && driver.servo?.attached === false) driver.servo.attach();
    driver.pinsChanged();
  }

  /** An input that is written HIGH gets its pull-up, and keeps it; one that was set to pull up does not listen. */
  function writeDigital(pin: number, value: number): void {
    if (modes[pin] !== MODE.output && modes[pin] !== MODE.input) return;
    if (modes[pin] === MODE.output || value === 1) latches[pin] = value;
    values[pin] = value;
    driver.pinsChanged();
  }

  function writeAnalog(pin: number, value: number): void {
    if (modes[pin] === MODE.servo || modes[pin] === MODE.pwm) values[pin] = value;
    if (pin === driver.servoPin && modes[pin] === MODE.servo) driver.servo?.write(value);
  }

  return {
    plug(to) {
      send = to;
      boot();
    },
    rewire(to) {
      send = to;
      if (power === 'off') boot();
    },
    unwire() {
      send = undefined;
    },
    unplug() {
      send = undefined;
      forget();
      power = 'off';
      driver.pinsChanged();
    },
    receive(bytes) {
      onReceived?.(bytes);
      seen = [...seen, ...bytes].slice(-SEEN_BYTES_MAX);
      if (power === 'on') listen(bytes);
    },
    reset() {
      if (power !== 'off') boot();
    },
    hang() {
      if (power === 'on') power = 'hung';
    },
    say: (bytes) => send?.(bytes),
    state: () => ({
      modes: [...modes],
      values: [...values],
      servoAttached: driver.servo?.attached ?? false,
      servoPulseUs: driver.servo?.pulseUs,
      samplingMs,
      boots,
      seen: Uint8Array.from(seen),
    }),
  };
}

/** Mode and resolution in bits, in turn, as the capability response lists them; then the end of the pin. */
function capabilities(pin: number): number[] {
  if (pin < FIRST_DIGITAL || pin >= PIN_COUNT) return [0x7f];
  const pwm = PWM_PINS.includes(pin) ? [MODE.pwm, 8] : [];
  const analog = pin >= FIRST_ANALOG ? [MODE.analog, 10] : [];
  const i2c = I2C_PINS.includes(pin) ? [MODE.i2c, 1] : [];
  return [MODE.input, 1, MODE.pullup, 1, MODE.output, 1, ...analog, ...pwm, MODE.servo, 14, ...i2c, 0x7f];
}

/** The serial line's two pins are never touched. */
function modeAtBoot(pin: number): number {
  if (pin < FIRST_DIGITAL) return MODE.input;
  return pin < FIRST_ANALOG ? MODE.output : MODE.analog;
}

function supports(pin: number, mode: number): boolean {
  return capabilities(pin).some((word, i, words) => i % 2 === 0 && i < words.length - 1 && word === mode);
}

/** Firmata's numbers: seven bits a byte, the low ones first. */
function sevenBits(bytes: readonly number[]): number {
  return bytes.reduce((value, byte, i) => value + (byte & 0x7f) * 2 ** (7 * i), 0);
}
