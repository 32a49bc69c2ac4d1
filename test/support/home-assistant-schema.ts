/**
 * What Home Assistant takes for a device on `{prefix}/device/{id}/config`, as strict as we can say it: written from its
 * MQTT integration (homeassistant/components/mqtt: discovery, schemas, lock, event, binary_sensor, sensor, button).
 * Home Assistant drops keys of a component that it does not know; here they are an error, since they are misspelt.
 * Only the platforms that a lock uses.
 */
import * as z from 'zod';

const text = z.string();
/** A topic to publish to: no wildcards, no NUL, 65535 bytes at most. */
const publishTopic = z
  .string()
  .min(1)
  .max(65_535)
  .regex(/^[^+#\0]+$/);
const subscribeTopic = publishTopic;
const template = z.string().min(1);
const qos = z.int().min(0).max(2);
const seconds = z.int().positive();

/** Python's `re.compile`, as far as JavaScript can tell; and the `pattern` of an HTML field, which is compiled with `v`. */
const pattern = z.string().refine((source) => {
  try {
    return Boolean(new RegExp(source) && new RegExp(`^(?:${source})$`, 'v'));
  } catch {
    return false;
  }
}, 'not a regular expression');

const availability = {
  availability_topic: subscribeTopic.optional(),
  availability_template: template.optional(),
  availability_mode: z.enum(['all', 'any', 'latest']).optional(),
  availability: z
    .array(
      z.strictObject({
        topic: subscribeTopic,
        payload_available: text.optional(),
        payload_not_available: text.optional(),
        value_template: template.optional(),
      }),
    )
    .optional(),
  payload_available: text.optional(),
  payload_not_available: text.optional(),
};

const device = z
  .strictObject({
    identifiers: z.array(text).optional(),
    connections: z.array(z.tuple([text, text])).optional(),
    manufacturer: text.optional(),
    model: text.optional(),
    model_id: text.optional(),
    name: text.optional(),
    hw_version: text.optional(),
    serial_number: text.optional(),
    sw_version: text.optional(),
    via_device: text.optional(),
    suggested_area: text.optional(),
    configuration_url: z.url().optional(),
  })
  .refine(
    ({ identifiers = [], connections = [] }) => identifiers.length + connections.length > 0,
    'a device must have at least one identifying value in identifiers or connections',
  );

const origin = z.strictObject({ name: text, sw_version: text.optional(), support_url: z.url().optional() });

const entity = {
  ...availability,
  unique_id: text.min(1),
  name: text.min(1).nullable().optional(),
  enabled_by_default: z.boolean().optional(),
  entity_category: z.enum(['config', 'diagnostic']).optional(),
  entity_picture: z.url().optional(),
  default_entity_id: text.optional(),
  icon: z
    .string()
    .regex(/^[a-z]+:[a-z0-9-]+$/)
    .optional(),
  json_attributes_topic: subscribeTopic.optional(),
  json_attributes_template: template.optional(),
  message_expiry_interval: seconds.optional(),
  visible_by_default: z.boolean().optional(),
  qos: qos.optional(),
  encoding: text.optional(),
};
const readOnly = { state_topic: subscribeTopic, value_template: template.optional() };
const written = { command_topic: publishTopic, command_template: template.optional(), retain: z.boolean().optional() };
/** A sensor of what is only read has nothing to configure: Home Assistant refuses to add it. */
const readCategory = { entity_category: z.literal('diagnostic').optional() };

const lock = z
  .strictObject({
    platform: z.literal('lock'),
    ...entity,
    ...written,
    state_topic: subscribeTopic.optional(),
    value_template: template.optional(),
    optimistic: z.boolean().optional(),
    code_format: pattern.optional(),
    payload_lock: text.optional(),
    payload_unlock: text.optional(),
    payload_open: text.optional(),
    payload_reset: text.optional(),
    state_jammed: text.optional(),
    state_locked: text.optional(),
    state_locking: text.optional(),
    state_open: text.optional(),
    state_opening: text.optional(),
    state_unlocked: text.optional(),
    state_unlocking: text.optional(),
  })
  .refine(
    ({ state_topic: topic }) => topic !== undefined,
    'without a state topic Home Assistant believes its own commands',
  );

const event = z
  .strictObject({
    platform: z.literal('event'),
    ...entity,
    ...readOnly,
    ...readCategory,
    device_class: z.enum(['doorbell', 'button', 'motion']).optional(),
    event_types: z.array(text.min(1)).min(1),
  })
  .refine(
    ({ device_class: kind, event_types: types }) => kind !== 'doorbell' || types.includes('ring'),
    'a doorbell has to have ring among its event types',
  );

const BINARY_CLASSES = [
  ...['battery', 'battery_charging', 'carbon_monoxide', 'cold', 'connectivity', 'door', 'garage_door', 'gas', 'heat'],
  ...['light', 'lock', 'moisture', 'motion', 'moving', 'occupancy', 'opening', 'plug', 'power', 'presence', 'problem'],
  ...['running', 'safety', 'smoke', 'sound', 'tamper', 'update', 'vibration', 'window'],
];

const binarySensor = z.strictObject({
  platform: z.literal('binary_sensor'),
  ...entity,
  ...readOnly,
  ...readCategory,
  device_class: z.enum(BINARY_CLASSES as [string, ...string[]]).optional(),
  expire_after: seconds.optional(),
  force_update: z.boolean().optional(),
  off_delay: seconds.optional(),
  payload_on: text.optional(),
  payload_off: text.optional(),
});

/** Units of the classes that a lock has a use for; of others the validator knows nothing, and says so. */
const UNITS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  voltage: ['V', 'mV', 'μV', 'kV', 'MV'],
  battery: ['%'],
  duration: ['d', 'h', 'min', 's', 'ms', 'μs'],
  enum: [undefined],
  timestamp: [undefined],
};

const sensor = z
  .strictObject({
    platform: z.literal('sensor'),
    ...entity,
    ...readOnly,
    ...readCategory,
    device_class: z.enum(Object.keys(UNITS) as [string, ...string[]]).optional(),
    expire_after: seconds.optional(),
    force_update: z.boolean().optional(),
    last_reset_value_template: template.optional(),
    options: z.array(text).min(1).optional(),
    suggested_display_precision: z.int().nonnegative().optional(),
    state_class: z.enum(['measurement', 'measurement_angle', 'total', 'total_increasing']).optional(),
    unit_of_measurement: text.min(1).optional(),
  })
  .refine(
    ({ device_class: kind, unit_of_measurement: unit }) => kind === undefined || (UNITS[kind] ?? []).includes(unit),
    'this device class has no such unit of measurement',
  )
  .refine(
    ({ options, device_class: kind, state_class: state }) =>
      options === undefined || (kind === 'enum' && state === undefined),
    'options are for the device class enum, without a state class',
  )
  .refine(
    ({ last_reset_value_template: reset, state_class: state }) => reset === undefined || state === 'total',
    'last_reset_value_template is for the state class total',
  );

const button = z.strictObject({
  platform: z.literal('button'),
  ...entity,
  ...written,
  device_class: z.enum(['identify', 'restart', 'update']).optional(),
  payload_press: text.optional(),
});

const platforms = [lock, event, binarySensor, sensor, button] as const;

/** With nothing but its platform a component is taken away. */
const retired = z.strictObject({ platform: z.enum(['lock', 'event', 'binary_sensor', 'sensor', 'button']) });

const component = z.unknown().superRefine((given, context) => {
  const platform = typeof given === 'object' && given !== null && 'platform' in given ? given.platform : undefined;
  const isRetired = typeof given === 'object' && given !== null && Object.keys(given).length === 1;
  const schema = isRetired ? retired : platforms.find(({ shape }) => shape.platform.value === platform);
  if (schema === undefined) {
    context.addIssue({ code: 'custom', message: `no component of a lock: ${String(platform)}` });
    return;
  }
  for (const { path, message } of schema.safeParse(given).error?.issues ?? []) {
    context.addIssue({ code: 'custom', path, message });
  }
});

/** Both ways of saying availability at once are refused, at the device and at each component. */
const oneAvailability = (given: { availability?: unknown; availability_topic?: unknown }): boolean =>
  given.availability === undefined || given.availability_topic === undefined;

const DEVICE = z
  .strictObject({
    ...availability,
    device,
    origin,
    components: z.record(z.string().min(1), component),
    state_topic: subscribeTopic.optional(),
    command_topic: publishTopic.optional(),
    message_expiry_interval: seconds.optional(),
    qos: qos.optional(),
    encoding: text.optional(),
  })
  .refine(oneAvailability, 'availability and availability_topic exclude each other');

/** What Home Assistant would not take, or take for something else; empty when all is well. */
export function complaints(document: unknown): readonly string[] {
  const parsed = DEVICE.safeParse(document);
  const found = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (!parsed.success) return found;
  const entities = Object.entries(parsed.data.components).filter(
    (entry): entry is [string, Record<string, unknown>] => Object.keys(entry[1] as object).length > 1,
  );
  const ids = entities.map(([, { unique_id: id }]) => id);
  const twice = entities.filter(([, { unique_id: id }]) => ids.indexOf(id) !== ids.lastIndexOf(id));
  return [
    ...found,
    ...twice.map(([name]) => `components.${name}: its unique_id is another one's, too`),
    ...entities.flatMap(([name, given]) =>
      oneAvailability(given) ? [] : [`components.${name}: availability and availability_topic exclude each other`],
    ),
  ];
}

/** Home Assistant's shape of a discovery topic, below its prefix. */
export const DISCOVERY_TOPIC = /^homeassistant\/device\/(?:[a-zA-Z0-9_-]+\/)?[a-zA-Z0-9_-]+\/config$/;
