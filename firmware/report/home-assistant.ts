/**
 * The lock as a device of Home Assistant: one retained document on `homeassistant/device/{id}/config`, from which Home
 * Assistant makes a lock, a doorbell and sensors without being configured (its MQTT integration, device discovery).
 *
 *     state ────────▶ lock, door, tamper, problem, battery, voltage, item
 *     event/… ──────▶ doorbell, access, visit, alarm, last refusal
 *     result ───────▶ nonce ◀── button ── cmd/nonce
 *     lock, unlock ─────────────────────▶ cmd/set
 *
 * Templates are Jinja, and Home Assistant runs them: `value_template` reads a payload, `command_template` writes one.
 * UNLOCK becomes a command only with a presentation for a code; without one nothing is written that a lock would read.
 *
 * Home Assistant's rules that are easily met with surprise:
 * - a lock has one command topic, and its topic takes no template: hence `cmd/set`;
 * - `code_format` is asked of LOCK as well, so it allows the empty code;
 * - it is the `pattern` of an HTML field, too: in a class `/` and `-` are escaped, as the `v` flag wants it;
 * - a component with nothing but its `platform` is taken away. So each one that this lock has nothing for is said to be
 *   gone, whatever an earlier profile had; nobody has to remember what was announced before.
 */
import * as z from 'zod';
import {
  DOORBELL_EVENTS,
  type InfoDocument,
  ITEM_PLACES,
  NONCE_ROTATE_MS,
  TEXT_CHARS_MAX,
  TEXT_PREFIX,
  type Topics,
  VISIT_EVENT_TYPES,
} from '../../protocol/index.ts';
import type { Profile } from '../lock/profiles/index.ts';

/** Where Home Assistant looks for devices, and where it says that it has come up: its own defaults. */
export const DISCOVERY_PREFIX = 'homeassistant';
export const STATUS_TOPIC = 'homeassistant/status';

/** What a component says of itself, by the names that Home Assistant's schemas have. */
const COMPONENT = z.looseObject({ platform: z.enum(['lock', 'event', 'binary_sensor', 'sensor', 'button']) });

/** The shape of what we publish. What Home Assistant takes is narrower, and its own. */
export const DISCOVERY = z.strictObject({
  device: z.strictObject({
    identifiers: z.array(z.string()),
    name: z.string(),
    manufacturer: z.string(),
    model: z.string(),
    serial_number: z.string(),
    sw_version: z.string(),
  }),
  origin: z.strictObject({ name: z.string(), sw_version: z.string() }),
  availability_topic: z.string(),
  components: z.record(z.string(), COMPONENT),
});
export type DiscoveryDocument = z.infer<typeof DISCOVERY>;
export type Component = z.infer<typeof COMPONENT>;

export interface Described {
  readonly topics: Topics;
  readonly info: InfoDocument;
  readonly profile: Profile;
}

/** The lock's id is a name that Home Assistant takes for a device: letters, digits and `-`. */
export const discoveryTopic = (lockId: string, prefix: string): string => `${prefix}/device/${lockId}/config`;

/** How long a command is good for: clocks of two machines, and a broker in between. */
const GOOD_FOR_S = 60;

/** `cid` and `exp` of a command, in Jinja: microseconds, so that two presses are two commands. */
const ASKED = `'cid': 'ha-' ~ (now().timestamp() * 1000000) | int, 'exp': now().timestamp() | int + ${GOOD_FOR_S}`;

const COMMAND = [
  "{%- if value == 'LOCK' -%}",
  `{{ {'action': 'lock', ${ASKED}} | tojson }}`,
  '{%- elif code -%}',
  `{{ {'action': 'unlock', ${ASKED}, 'presentation': code} | tojson }}`,
  '{%- endif -%}',
].join('');

/** A presentation's text, or nothing. */
const CODE_FORMAT = `^(${TEXT_PREFIX}[0-9A-Z $%*+.\\/:\\-]{1,${TEXT_CHARS_MAX - TEXT_PREFIX.length}})?$`;

/** What it does not know is `None`: Home Assistant then says "unknown". */
const onOff = (condition: string): string => `{{ 'ON' if ${condition} else 'OFF' }}`;
const whereKnown = (name: string, then: string): string =>
  `{{ (${then}) if value_json.${name} is defined else 'None' }}`;

/** What is announced, and what is said to be gone, because this lock has nothing for it. */
export function discoveryDocument({ topics, info, profile }: Described): DiscoveryDocument {
  const { lock_id: id, audience, firmware } = info;
  const all = componentsOf(topics, profile);
  return {
    device: {
      identifiers: [`latchstring_${id}`],
      name: id,
      manufacturer: 'Latchstring',
      model: profile.name,
      serial_number: audience,
      sw_version: firmware,
    },
    origin: { name: 'Latchstring', sw_version: firmware },
    availability_topic: topics.availability,
    components: Object.fromEntries(
      Object.entries(all).map(([name, { isThere, ...component }]) => [
        name,
        isThere ? { ...component, unique_id: `latchstring_${id}_${name}`, qos: 1 } : { platform: component.platform },
      ]),
    ),
  };
}

type Maybe = Component & { readonly isThere: boolean };

function componentsOf(topics: Topics, profile: Profile): Readonly<Record<string, Maybe>> {
  const wired = (contact: (typeof profile.contacts)[number]): boolean => profile.contacts.includes(contact);
  return {
    lock: {
      platform: 'lock',
      isThere: true,
      // The device's own name.
      name: null,
      state_topic: topics.state,
      value_template: "{{ 'unlocked' if value_json.lock == 'not_fully_locked' else value_json.lock }}",
      state_locked: 'locked',
      state_unlocked: 'unlocked',
      state_locking: 'locking',
      state_unlocking: 'unlocking',
      state_jammed: 'jammed',
      state_open: 'unlatched',
      state_opening: 'unlatching',
      // "I do not know" is a state of its own, not the last one.
      payload_reset: 'unknown',
      command_topic: topics.cmd.set,
      payload_lock: 'LOCK',
      payload_unlock: 'UNLOCK',
      command_template: COMMAND,
      code_format: CODE_FORMAT,
      // What is not observed is not assumed, and a command that waits for the next connection is none.
      optimistic: false,
      retain: false,
      json_attributes_topic: topics.state,
      json_attributes_template:
        "{{ {'bolt': value_json.bolt, 'mode': value_json.mode, 'paused': value_json.paused, 'visit': value_json.visit, " +
        "'assumed': value_json.assumed is defined} | tojson }}",
    },
    doorbell: {
      platform: 'event',
      isThere: wired('bell'),
      name: 'Doorbell',
      device_class: 'doorbell',
      event_types: DOORBELL_EVENTS,
      state_topic: topics.event.doorbell,
      // A ring that waited for the broker is history: nobody stands there any more.
      value_template: "{{ '' if value_json.late is defined else value }}",
    },
    door: {
      platform: 'binary_sensor',
      isThere: wired('door_closed'),
      name: profile.name === 'door' ? 'Door' : 'Lid',
      device_class: profile.name === 'door' ? 'door' : 'opening',
      state_topic: topics.state,
      value_template:
        "{{ {'closed': 'OFF', 'open': 'ON', 'ajar': 'ON', 'forced_open': 'ON'}.get(value_json.door, 'None') }}",
    },
    tamper: {
      platform: 'binary_sensor',
      isThere: wired('cover_on') || wired('mounted') || wired('upright'),
      name: 'Tamper',
      device_class: 'tamper',
      state_topic: topics.state,
      value_template: onOff("'FrontEscutcheonRemoved' in value_json.alarms or 'MountRemoved' in value_json.alarms"),
    },
    problem: {
      platform: 'binary_sensor',
      isThere: true,
      name: 'Problem',
      device_class: 'problem',
      entity_category: 'diagnostic',
      state_topic: topics.state,
      value_template: onOff('value_json.problem'),
      json_attributes_topic: topics.state,
      json_attributes_template: "{{ {'alarms': value_json.alarms} | tojson }}",
    },
    battery: {
      platform: 'binary_sensor',
      isThere: profile.battery !== undefined,
      name: 'Battery',
      device_class: 'battery',
      entity_category: 'diagnostic',
      state_topic: topics.state,
      value_template: whereKnown(
        'battery',
        "{'ok': 'OFF', 'low': 'ON', 'reserve': 'ON'}.get(value_json.battery.level, 'None')",
      ),
    },
    voltage: {
      platform: 'sensor',
      isThere: profile.battery !== undefined,
      name: 'Voltage',
      device_class: 'voltage',
      state_class: 'measurement',
      unit_of_measurement: 'mV',
      entity_category: 'diagnostic',
      state_topic: topics.state,
      value_template: whereKnown('battery', 'value_json.battery.millivolts'),
    },
    item: {
      platform: 'sensor',
      isThere: wired('item_present'),
      name: 'Item',
      device_class: 'enum',
      options: ITEM_PLACES,
      state_topic: topics.state,
      value_template: whereKnown('item', 'value_json.item'),
    },
    access: {
      platform: 'event',
      isThere: true,
      name: 'Access',
      event_types: ['granted', 'refused'],
      state_topic: topics.event.access,
    },
    visit: {
      platform: 'event',
      isThere: true,
      name: 'Visit',
      event_types: [...VISIT_EVENT_TYPES, 'ended'],
      state_topic: topics.event.visit,
    },
    alarm: {
      platform: 'event',
      isThere: true,
      name: 'Alarm',
      event_types: ['raised', 'cleared'],
      state_topic: topics.event.alarm,
    },
    last_refusal: {
      platform: 'sensor',
      isThere: true,
      name: 'Last refusal',
      entity_category: 'diagnostic',
      state_topic: topics.event.access,
      // Somebody who was let in since changes nothing about it.
      value_template: '{{ value_json.refusal if value_json.refusal is defined else this.state }}',
    },
    ask_nonce: {
      platform: 'button',
      isThere: true,
      name: 'Ask for a nonce',
      entity_category: 'diagnostic',
      command_topic: topics.cmd.nonce,
      command_template: `{{ {${ASKED}} | tojson }}`,
      retain: false,
    },
    nonce: {
      platform: 'sensor',
      isThere: true,
      name: 'Nonce',
      entity_category: 'diagnostic',
      state_topic: topics.result,
      value_template: "{{ value_json.nonce | default('None') }}",
      // The least that a nonce is good for, whenever it was asked for.
      expire_after: NONCE_ROTATE_MS / 1000,
    },
  };
}
