/**
 * Home Assistant beside a lock in virtual time: it reads the discovery document from the broker, renders its templates
 * with its own engine, and says what a person would see; what a person does there it publishes. Where Home Assistant
 * would write a warning into its log, this one throws.
 */
import { expect } from 'vitest';
import type { HomeAssistant } from '../../firmware/main.ts';
import type { World } from '../../sim/world.ts';
import { complaints, DISCOVERY_TOPIC } from './home-assistant-schema.ts';
import { render } from './jinja.ts';

export const ENABLED: HomeAssistant = {
  enabled: true,
  discoveryPrefix: 'homeassistant',
  statusTopic: 'homeassistant/status',
};

export const ANNOUNCED_ON = 'homeassistant/device/front-door/config';

/** A component as a test reads it: a key that is not there is not a string either. */
export type Read = Readonly<Record<string, unknown>>;
const word = (component: Read, key: string): string => {
  const value = component[key];
  if (typeof value !== 'string') throw new Error(`${key} is ${JSON.stringify(value)}`);
  return value;
};

export interface Device {
  readonly components: Readonly<Record<string, Read>>;
  readonly availability_topic: string;
}

/** What is announced now, checked as Home Assistant checks it. */
export function deviceOf(lock: World): Device {
  const document = JSON.parse(lock.broker().retained.get(ANNOUNCED_ON) ?? 'null');
  expect(ANNOUNCED_ON).toMatch(DISCOVERY_TOPIC);
  expect(complaints(document)).toEqual([]);
  return document as Device;
}

export function component(lock: World, name: string): Read {
  const found = deviceOf(lock).components[name];
  if (found === undefined) throw new Error(`no component ${name}`);
  return found;
}

/** Payloads of a topic since discovery: the retained one that Home Assistant finds, and what came later. */
function payloadsOf(lock: World, topic: string): readonly string[] {
  const { published } = lock.broker();
  const announcedAt = published.findIndex((message) => message.topic === ANNOUNCED_ON);
  const before = published.slice(0, announcedAt).filter((message) => message.topic === topic && message.retain);
  const since = published.slice(announcedAt).filter((message) => message.topic === topic);
  return [...before.slice(-1), ...since].map(({ payload }) => payload);
}

const LOCK_WORDS = ['locked', 'locking', 'unlocked', 'unlocking', 'jammed', 'open', 'opening'] as const;

/** What becomes of an entity's state when its template has rendered to this. */
export function stateAfter(component: Read, rendered: string, before: string): string {
  switch (component.platform) {
    case 'lock': {
      if (rendered === component.payload_reset) return 'unknown';
      const state = LOCK_WORDS.find((name) => component[`state_${name}`] === rendered);
      if (state === undefined) throw new Error(`no state of a lock: ${rendered}`);
      return state;
    }
    case 'binary_sensor': {
      const state = { ON: 'on', OFF: 'off', None: 'unknown' }[rendered];
      if (state === undefined) throw new Error(`neither ON nor OFF: ${rendered}`);
      return state;
    }
    case 'sensor': {
      if (rendered === 'None') return 'unknown';
      if (Array.isArray(component.options) && !component.options.includes(rendered)) {
        throw new Error(`not among the options: ${rendered}`);
      }
      if (component.state_class !== undefined && !Number.isFinite(Number.parseFloat(rendered))) {
        throw new Error(`no number: ${rendered}`);
      }
      return rendered === '' ? before : rendered;
    }
    default:
      throw new Error(`has no state: ${String(component.platform)}`);
  }
}

/** What the card says. */
export function stateOf(lock: World, name: string): string {
  const found = component(lock, name);
  const template = word(found, 'value_template');
  const values = payloadsOf(lock, word(found, 'state_topic'));
  const nowMs = lock.clock.wallMs();
  let state = 'unknown';
  if (!template.includes('this.')) {
    for (const rendered of render(values.map((value) => ({ template, value, nowMs })))) {
      state = stateAfter(found, rendered, state);
    }
    return state;
  }
  for (const value of values) {
    const [rendered = ''] = render([{ template, value, state, nowMs }]);
    state = stateAfter(found, rendered, state);
  }
  return state;
}

/** What has happened, with the attributes that Home Assistant keeps of the last one. */
export function eventsOf(lock: World, name: string): readonly Read[] {
  const found = component(lock, name);
  const values = payloadsOf(lock, word(found, 'state_topic'));
  return eventsFrom(found, values, lock.clock.wallMs());
}

export function eventsFrom(found: Read, values: readonly string[], nowMs: number): readonly Read[] {
  const template = typeof found.value_template === 'string' ? found.value_template : '{{ value }}';
  const rendered = render(values.map((value) => ({ template, value, nowMs })));
  return rendered
    .filter((text) => text !== '')
    .map((text) => {
      const event = JSON.parse(text) as Read;
      if (!(found.event_types as readonly unknown[]).includes(event.event_type))
        throw new Error(`unannounced: ${text}`);
      return event;
    });
}

/** Somebody presses LOCK or UNLOCK on the card. Throws where Home Assistant refuses the code. */
export function operate(lock: World, payload: 'payload_lock' | 'payload_unlock', code = ''): string {
  const found = component(lock, 'lock');
  if (!new RegExp(word(found, 'code_format')).test(code)) throw new Error('the code does not match the code format');
  return send(lock, found, word(found, payload), code);
}

/** Somebody presses a button. */
export const press = (lock: World, name: string): string => send(lock, component(lock, name), 'PRESS', '');

function send(lock: World, found: Read, value: string, code: string): string {
  const [payload = ''] = render([
    { template: word(found, 'command_template'), value, code, nowMs: lock.clock.wallMs() },
  ]);
  lock.broker().send(word(found, 'command_topic'), payload, found.retain === true);
  return payload;
}
