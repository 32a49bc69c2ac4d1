/** The lock as Home Assistant sees and works it: its own schema, its own template engine, and a lock in virtual time. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CAR_TRUNK, DOOR, KEY_SAFE, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { discoveryDocument } from '../../../firmware/report/home-assistant.ts';
import { EVENT_BODIES, fromHex, INFO, LOCK_STATES } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { answers } from '../../support/asker.ts';
import { heard, home, NOW_S, people, token, topics } from '../../support/home.ts';
import {
  component,
  deviceOf,
  ENABLED,
  eventsFrom,
  eventsOf,
  operate,
  press,
  type Read,
  stateAfter,
  stateOf,
} from '../../support/home-assistant.ts';
import { complaints } from '../../support/home-assistant-schema.ts';
import { noJinja, render } from '../../support/jinja.ts';

const PROFILES: readonly Profile[] = [DOOR, KEY_SAFE, CAR_TRUNK];

const documentOf = (profile: Profile) =>
  discoveryDocument({
    topics,
    profile,
    info: INFO.parse({
      v: 1,
      lock_id: 'front-door',
      audience: 'front-door/abcdefgh',
      lock_key: '0'.repeat(64),
      profile: profile.name,
      firmware: '1.2.3',
      boot: 1,
    }),
  });

const house = (): Promise<World> => home({ homeAssistant: ENABLED });

describe('the document', () => {
  it.each(PROFILES)('of a $name is one that Home Assistant takes', (profile) => {
    expect(complaints(documentOf(profile))).toEqual([]);
    expect(complaints(JSON.parse(JSON.stringify(documentOf(profile))))).toEqual([]);
  });

  it('has for a lock what is wired to it, and takes away what is not', () => {
    const gone = (profile: Profile): readonly string[] =>
      Object.entries(documentOf(profile).components).flatMap(([name, one]) =>
        Object.keys(one).length === 1 ? [name] : [],
      );
    expect(gone(DOOR)).toEqual(['tamper', 'battery', 'voltage', 'item']);
    expect(gone(KEY_SAFE)).toEqual([]);
    expect(gone(CAR_TRUNK)).toContain('item');
  });

  it.each(['doorbell', 'access', 'visit', 'alarm'] as const)('announces every type of event/%s', (topic) => {
    const schema = JSON.stringify(z.toJSONSchema(EVENT_BODIES[topic]));
    const words = [...schema.matchAll(/"event_type":\{"type":"string","(?:const|enum)":(\[[^\]]+\]|"[^"]+")/g)];
    const types = words.flatMap((match) => JSON.parse(match[1] ?? '') as string | string[]);
    expect(types.length).toBeGreaterThan(1);
    const announced = documentOf(DOOR).components[topic]?.event_types;
    expect(new Set(announced as string[])).toEqual(new Set(types));
  });

  it('has a code format that allows no code, a real presentation, and no other code', () => {
    const format = new RegExp(String(documentOf(DOOR).components.lock?.code_format));
    expect(format.test('')).toBe(true);
    for (let i = 0; i < 20; i++) expect(format.test(people.people.show(token(), NOW_S))).toBe(true);
    for (const code of ['1234', 'LS1:', 'LS1:abc', 'LS1:AB\nC', ' LS1:AB', `LS1:${'A'.repeat(1537)}`]) {
      expect(format.test(code), code).toBe(false);
    }
  });

  it('names no topic of another lock, and none that opens by itself', () => {
    const text = JSON.stringify(documentOf(DOOR));
    expect(text).not.toMatch(/payload_open|toggle/i);
    for (const one of Object.values(documentOf(DOOR).components)) {
      for (const key of ['state_topic', 'command_topic', 'json_attributes_topic']) {
        expect(String(one[key] ?? 'latchstring/v1/front-door/')).toMatch(/^latchstring\/v1\/front-door\//);
      }
      expect(one.retain ?? false).toBe(false);
      expect(one.optimistic ?? false).toBe(false);
    }
  });
});

describe('the validator', () => {
  type Loose = { [key: string]: Loose };
  const broken = (change: (document: Loose) => void): readonly string[] => {
    const document = JSON.parse(JSON.stringify(documentOf(KEY_SAFE))) as Loose;
    change(document);
    return complaints(document);
  };
  const at = (document: Loose, ...path: readonly string[]): Loose =>
    path.reduce((inner, key) => inner[key] as Loose, document);
  const put = (path: readonly string[], value: unknown) => (document: Loose) => {
    at(document, ...path.slice(0, -1))[path.at(-1) ?? ''] = value as Loose;
  };
  const drop = (path: readonly string[]) => (document: Loose) => {
    delete at(document, ...path.slice(0, -1))[path.at(-1) ?? ''];
  };

  it.each([
    ['an unknown key of the document', put(['cmps'], {}), /unrecognized/i],
    ['an unknown key of a component', put(['components', 'lock', 'state_unlockt'], 'x'), /unrecognized/i],
    ['a lock’s key at a sensor', put(['components', 'nonce', 'payload_lock'], 'x'), /unrecognized/i],
    ['a device without identifiers', drop(['device', 'identifiers']), /identifying value/],
    ['no origin', drop(['origin']), /origin/],
    ['a component without a unique id', drop(['components', 'door', 'unique_id']), /door.unique_id/],
    [
      'two components with one unique id',
      put(['components', 'door', 'unique_id'], 'latchstring_front-door_lock'),
      /another/,
    ],
    ['a lock without a command topic', drop(['components', 'lock', 'command_topic']), /command_topic/],
    ['a lock that would believe its commands', drop(['components', 'lock', 'state_topic']), /believes its own/],
    ['a command topic with a wildcard', put(['components', 'lock', 'command_topic'], 'a/+/b'), /command_topic/],
    ['a code format that is no pattern', put(['components', 'lock', 'code_format'], '^(LS1:'), /regular/],
    ['one that no HTML field takes', put(['components', 'lock', 'code_format'], '^[A-Z/-]*$'), /regular/],
    ['an event without types', drop(['components', 'access', 'event_types']), /event_types/],
    ['a doorbell that does not ring', put(['components', 'doorbell', 'event_types'], ['press']), /ring/],
    ['an unknown device class', put(['components', 'door', 'device_class'], 'gate'), /device_class/],
    ['a quality of service of 3', put(['components', 'lock', 'qos'], 3), /qos/],
    ['two ways of availability', put(['availability'], [{ topic: 'a' }]), /exclude/],
    ['a unit that its class does not have', put(['components', 'voltage', 'unit_of_measurement'], 'volt'), /unit/],
    ['options of what is no enum', put(['components', 'nonce', 'options'], ['a']), /enum/],
    ['an unknown platform', put(['components', 'door', 'platform'], 'gate'), /gate/],
    ['a sensor to be configured', put(['components', 'nonce', 'entity_category'], 'config'), /diagnostic/],
  ])('refuses %s', (_name, change, reason) => {
    expect(broken(change).join('\n')).toMatch(reason);
  });
});

describe.skipIf(noJinja() !== undefined)('Home Assistant', () => {
  it('has a state for every word of a lock, the seven of its own among them', () => {
    const found: Read = { ...documentOf(DOOR).components.lock };
    const words = Object.keys(LOCK_STATES);
    const rendered = render(
      words.map((lock) => ({ template: String(found.value_template), value: JSON.stringify({ lock }), nowMs: 0 })),
    );
    const states = Object.fromEntries(words.map((word, i) => [word, stateAfter(found, rendered[i] ?? '', 'before')]));
    expect(states).toEqual({
      locked: 'locked',
      unlocked: 'unlocked',
      unlatched: 'open',
      not_fully_locked: 'unlocked',
      locking: 'locking',
      unlocking: 'unlocking',
      unlatching: 'opening',
      jammed: 'jammed',
      unknown: 'unknown',
    });
  });

  it('shows a visit as it goes on', async () => {
    const lock = await house();
    expect(stateOf(lock, 'lock')).toBe('locked');
    expect(stateOf(lock, 'door')).toBe('off');
    expect(stateOf(lock, 'problem')).toBe('off');
    expect(stateOf(lock, 'last_refusal')).toBe('unknown');
    lock.plant.press('bell', 200);
    await lock.pass(1_000);
    expect(eventsOf(lock, 'doorbell')).toMatchObject([{ event_type: 'ring', boot: 1 }]);
    lock.present(token());
    await lock.pass(1_000);
    expect(stateOf(lock, 'lock')).toBe('unlocked');
    lock.plant.push();
    await lock.pass(100);
    expect(stateOf(lock, 'door')).toBe('on');
    lock.plant.close();
    await lock.pass(5_000);
    expect(stateOf(lock, 'lock')).toBe('locked');
    expect(eventsOf(lock, 'access').map(({ event_type: type }) => type)).toEqual(['granted']);
    expect(eventsOf(lock, 'visit').at(-1)).toMatchObject({ event_type: 'ended', outcome: 'sealed' });
    expect(stateOf(lock, 'last_refusal')).toBe('unknown');
    lock.lock().present('LS1:NONSENSE', 'reader');
    await lock.pass(100);
    expect(stateOf(lock, 'last_refusal')).toBe('malformed');
    await lock.pass(60_000);
    lock.present(token());
    await lock.pass(1_000);
    expect(eventsOf(lock, 'access').at(-1)).toMatchObject({ event_type: 'granted' });
    expect(stateOf(lock, 'last_refusal')).toBe('malformed');
  });

  it('shows that the door was forced, and what is wrong', async () => {
    const lock = await house();
    lock.plant.force();
    await lock.pass(1_000);
    expect(stateOf(lock, 'door')).toBe('on');
    expect(stateOf(lock, 'problem')).toBe('on');
    expect(eventsOf(lock, 'alarm')).toContainEqual(expect.objectContaining({ alarm: 'DoorForcedOpen' }));
    const { json_attributes_template: template } = component(lock, 'problem');
    const value = lock.broker().retained.get(topics.state) ?? '';
    const [attributes = ''] = render([{ template: String(template), value, nowMs: 0 }]);
    expect(JSON.parse(attributes)).toEqual({ alarms: ['DoorForcedOpen'] });
  });

  it('shows what a key safe has besides: battery, tamper, and its key', async () => {
    const lock = await home({ homeAssistant: ENABLED, profile: KEY_SAFE });
    await lock.pass(5_000);
    expect(stateOf(lock, 'battery')).toBe('off');
    expect(Number(stateOf(lock, 'voltage'))).toBeGreaterThan(3_500);
    expect(stateOf(lock, 'item')).toBe('in');
    expect(stateOf(lock, 'tamper')).toBe('off');
    lock.plant.surround({ cover: false });
    await lock.pass(1_000);
    expect(stateOf(lock, 'tamper')).toBe('on');
  });

  it('does not ring for a ring that had to wait', () => {
    const ring = { event_type: 'ring', id: 'x', seq: 1, boot: 1, ts: '2026-06-01T10:00:00.000Z' };
    const values = [JSON.stringify(ring), JSON.stringify({ ...ring, late: true })];
    expect(eventsFrom({ ...documentOf(DOOR).components.doorbell }, values, 0)).toEqual([ring]);
  });

  it('locks by LOCK, without a code', async () => {
    const lock = await house();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    expect(stateOf(lock, 'lock')).toBe('unlocked');
    operate(lock, 'payload_lock');
    // Whoever pressed the button inside has five seconds to leave.
    await lock.pass(6_000);
    expect(stateOf(lock, 'lock')).toBe('locked');
    expect(answers(lock)).toMatchObject([{ ok: true }]);
    expect(lock.lock().document().changed_by).toBe('remote');
  });

  it('opens by UNLOCK with a pasted presentation, once', async () => {
    const lock = await house();
    press(lock, 'ask_nonce');
    await lock.pass(10);
    const code = people.people.answer(
      people.people.invite(NOW_S, 1),
      fromHex(stateOf(lock, 'nonce')) ?? new Uint8Array(),
    );
    operate(lock, 'payload_unlock', code);
    await lock.pass(1_000);
    expect(stateOf(lock, 'lock')).toBe('unlocked');
    expect(answers(lock).at(-1)).toMatchObject({ ok: true });
    await lock.pass(60_000);
    expect(stateOf(lock, 'lock')).toBe('locked');
    operate(lock, 'payload_unlock', code);
    await lock.pass(1_000);
    expect(stateOf(lock, 'lock')).toBe('locked');
    expect(answers(lock).at(-1)).toMatchObject({ ok: false });
    expect(lock.plant.truth().withdrawals).toBe(1);
  });

  it('opens nothing by UNLOCK without a code, with another code, or with one that answers no nonce of the lock', async () => {
    const lock = await house();
    expect(operate(lock, 'payload_unlock')).toBe('');
    expect(() => operate(lock, 'payload_unlock', '1234')).toThrow('code format');
    operate(lock, 'payload_unlock', 'LS1:NONSENSE');
    await lock.pass(1_000);
    operate(lock, 'payload_unlock', people.people.answer(token(), new Uint8Array(16)));
    await lock.pass(1_000);
    expect(lock.plant.truth().withdrawals).toBe(0);
    expect(heard(lock, 'access')).toMatchObject([{ refusal: 'malformed' }, { refusal: 'holder_proof_failed' }]);
    expect(stateOf(lock, 'lock')).toBe('locked');
  });

  it('makes of each press a command of its own, good for a minute', async () => {
    const lock = await house();
    const first = JSON.parse(operate(lock, 'payload_lock'));
    await lock.pass(1);
    const second = JSON.parse(operate(lock, 'payload_lock'));
    expect(first.cid).not.toBe(second.cid);
    expect(first).toMatchObject({ action: 'lock', exp: NOW_S + 60 });
    await lock.pass(61_000);
    const before = answers(lock).length;
    lock.broker().send(topics.cmd.set, JSON.stringify({ ...first, cid: 'new' }));
    await lock.pass(100);
    expect(answers(lock).slice(before)).toEqual([{ cid: 'new', ok: false, answer: 'try_again' }]);
  });

  it('knows whether the lock is there', async () => {
    const lock = await house();
    const { availability_topic: topic } = deviceOf(lock);
    expect(lock.broker().retained.get(topic)).toBe('online');
    lock.broker().lose();
    expect(lock.broker().retained.get(topic)).toBe('offline');
  });
});
