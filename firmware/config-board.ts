/**
 * The part of the configuration that says what is wired: one drive, the contacts, a light, perhaps a
 * buzzer and the battery's voltage. From it come the board's wiring and the product's profile, so that
 * the two cannot say different things.
 *
 * A contact that the profile asks for has the pin that hardware-notes.md gives it, another pin where one
 * is named, or `none`. A contact that the profile does not ask for is wired where its pin is named.
 */
import * as z from 'zod';
import { FIRMATA_BAUD, UNO_CONTACTS, UNO_PINS } from './boards/pins.ts';
import { type DriveWiring, type Wiring, whyUnsafe as whyMiswired } from './boards/wiring.ts';
import { isSprung, PROFILES, type Profile, type ProfileName } from './lock/profiles/index.ts';
import { CONTACTS, type Contact } from './ports/index.ts';

const pin = z.int().min(2).max(69);
const contactPin = z.union([pin, z.literal('none')], 'a pin from 2 to 69, or none').optional();
const degrees = z.number().min(0).max(180);
const analog = z.int().min(0).max(15);
const positive = z.int().min(1);

/** What holds a pin HIGH until the firmware speaks: only then may LOW be what energises it. */
const held = z.literal('external pull-up').optional();

export const BOARD = z.strictObject({
  port: z.string().min(1),
  baud: z.int().positive().default(FIRMATA_BAUD),
  pins: z
    .strictObject({
      servo: pin.default(UNO_PINS.servo),
      bolt_thrown: contactPin,
      bolt_withdrawn: contactPin,
      latched: contactPin,
      door_closed: contactPin,
      bell: contactPin,
      inside_button: contactPin,
      cover_on: contactPin,
      item_present: contactPin,
      mounted: contactPin,
      upright: contactPin,
      ignition_off: contactPin,
      led: pin.default(UNO_PINS.led),
      buzzer: pin.optional(),
    })
    .prefault({}),
  servo: z
    .strictObject({ withdrawn_degrees: degrees, thrown_degrees: degrees })
    .refine(
      (servo) => Math.abs(servo.withdrawn_degrees - servo.thrown_degrees) >= 10,
      'withdrawn_degrees and thrown_degrees are less than 10 degrees apart',
    )
    .optional(),
  motor: z
    .strictObject({
      withdraw_pin: pin.default(UNO_PINS.drive),
      throw_pin: pin.default(UNO_PINS.motorThrow),
      stall: z
        .strictObject({
          analog: analog.default(UNO_PINS.motorCurrent),
          reference_millivolts: positive.default(5_000),
          millivolts: positive,
          ms: positive,
        })
        .optional(),
    })
    .optional(),
  strike: z
    .strictObject({ pin: pin.default(UNO_PINS.drive), pulse_ms: positive.optional(), active_low_held_by: held })
    .optional(),
  pulse: z
    .strictObject({ pin: pin.default(UNO_PINS.drive), pulse_ms: positive.optional(), active_low_held_by: held })
    .optional(),
  battery: z
    .strictObject({
      analog: analog.default(UNO_PINS.battery),
      reference_millivolts: positive.default(5_000),
      upper_ohms: z.int().nonnegative(),
      lower_ohms: positive,
      warn_millivolts: positive.optional(),
      reserve_millivolts: positive.optional(),
    })
    .optional(),
});
export type BoardConfig = z.output<typeof BOARD>;

const DRIVE_KEYS = ['servo', 'motor', 'strike', 'pulse'] as const;

/** The one drive that is wired, or why there is not one. */
export function driveKindOf(board: BoardConfig): Profile['drive'] | undefined {
  const given = DRIVE_KEYS.filter((key) => board[key] !== undefined);
  return given.length === 1 ? given[0] : undefined;
}

/** What of the profile is decided by what is wired. */
export function wiredProfile(
  name: ProfileName,
  board: BoardConfig,
): Pick<Profile, 'drive' | 'contacts' | 'battery' | 'pulseMs' | 'freeMs'> {
  const base = PROFILES[name];
  const drive = driveKindOf(board) ?? base.drive;
  const pulseMs = board.strike?.pulse_ms ?? board.pulse?.pulse_ms ?? (drive === base.drive ? base.pulseMs : undefined);
  const warnMillivolts = board.battery?.warn_millivolts ?? base.battery?.warnMillivolts;
  const reserveMillivolts = board.battery?.reserve_millivolts ?? base.battery?.reserveMillivolts;
  const contacts = CONTACTS.filter((contact) => pinFor(contact, name, board) !== undefined);
  // Where a latch is not seen, it counts as free for a moment longer than it is pulled.
  const freeMs = pulseMs === undefined ? undefined : Math.max(base.freeMs ?? 0, pulseMs + AFTER_PULSE_MS);
  return {
    drive,
    contacts,
    ...(isSprung({ drive }) ? { pulseMs, freeMs } : { pulseMs: undefined, freeMs: undefined }),
    battery:
      board.battery === undefined || warnMillivolts === undefined || reserveMillivolts === undefined
        ? undefined
        : { warnMillivolts, reserveMillivolts },
  };
}

const AFTER_PULSE_MS = 500;

function pinFor(contact: Contact, name: ProfileName, board: BoardConfig): number | undefined {
  const given = board.pins[contact];
  if (given === 'none') return undefined;
  if (given !== undefined) return given;
  // A strike has no bolt whose ends could be seen.
  const ofBolt = contact === 'bolt_thrown' || contact === 'bolt_withdrawn';
  if (ofBolt && (board.strike !== undefined || board.pulse !== undefined)) return undefined;
  return PROFILES[name].contacts.includes(contact) ? UNO_CONTACTS[contact] : undefined;
}

export function wiringFor(board: BoardConfig, profile: Profile): Wiring {
  const pins = profile.contacts.map((contact) => [contact, pinFor(contact, profile.name, board)] as const);
  const { battery } = board;
  return {
    drive: driveWiring(board, profile),
    contacts: Object.fromEntries(pins),
    led: board.pins.led,
    ...(board.pins.buzzer === undefined ? {} : { buzzer: board.pins.buzzer }),
    ...(battery === undefined
      ? {}
      : {
          battery: {
            analog: battery.analog,
            referenceMillivolts: battery.reference_millivolts,
            upperOhms: battery.upper_ohms,
            lowerOhms: battery.lower_ohms,
          },
        }),
  };
}

function driveWiring({ pins, servo, motor, strike, pulse }: BoardConfig, profile: Profile): DriveWiring {
  if (servo !== undefined) {
    const { withdrawn_degrees: withdrawnDegrees, thrown_degrees: thrownDegrees } = servo;
    return { type: 'servo', pin: pins.servo, withdrawnDegrees, thrownDegrees };
  }
  if (motor !== undefined) {
    const { withdraw_pin: withdrawPin, throw_pin: throwPin, stall } = motor;
    const bounded = { type: 'motor', withdrawPin, throwPin, driveMsMax: profile.travelMsMax } as const;
    if (stall === undefined) return bounded;
    const { analog: channel, reference_millivolts: referenceMillivolts, millivolts, ms } = stall;
    return { ...bounded, stall: { analog: channel, referenceMillivolts, millivolts, ms } };
  }
  const sprung = strike ?? pulse;
  if (sprung === undefined || profile.pulseMs === undefined) throw new Error('a drive that was not looked at');
  const { pin: output, active_low_held_by: heldAtBoot } = sprung;
  const drive = { type: strike === undefined ? 'pulse' : 'strike', pin: output, pulseMs: profile.pulseMs } as const;
  return heldAtBoot === undefined ? drive : { ...drive, activeLow: { heldAtBoot } };
}

/** Why this board must not be driven, or undefined. */
export function whyBoardUnsafe(board: BoardConfig, profile: Profile): string | undefined {
  if (driveKindOf(board) === undefined) return `it has to have one drive: ${DRIVE_KEYS.join(', ')}`;
  return whyMiswired(wiringFor(board, profile)) ?? (board.battery && whyLimits(board.battery, profile));
}

/** Limits that could not do what their owner thinks. */
function whyLimits(battery: NonNullable<BoardConfig['battery']>, profile: Profile): string | undefined {
  const { warn_millivolts, reserve_millivolts, reference_millivolts, upper_ohms, lower_ohms } = battery;
  if (profile.battery === undefined) {
    if (warn_millivolts === undefined && reserve_millivolts === undefined) return undefined;
    return 'the battery has one of warn_millivolts and reserve_millivolts: nobody would be warned without both';
  }
  const { warnMillivolts } = profile.battery;
  const seenMax = Math.floor((reference_millivolts * (upper_ohms + lower_ohms)) / lower_ohms);
  if (warnMillivolts < seenMax) return undefined;
  return `with these resistors no more than ${seenMax} mV of the battery are seen, and it would always be below its ${warnMillivolts} mV`;
}
