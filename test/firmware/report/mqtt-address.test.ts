import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { mqttAddressOf, withoutCredentials } from '../../../firmware/report/mqtt-address.ts';

it.each([
  'secret',
  'http://me:secret@host',
  'mqtt://me:secret@',
  'mqtt://me:secret@host:99999',
  'mqtt://me:sec%zzret@host',
])('refuses %j as an address without repeating it', (url) => {
  let thrown: unknown;
  try {
    mqttAddressOf(url);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(Error);
  expect(inspect(thrown, { depth: null })).not.toMatch(/secret|sec%/);
});

it('knows the ports that go without saying, and addresses in brackets', () => {
  expect(mqttAddressOf('mqtt://home')).toEqual({ protocol: 'mqtt', host: 'home', port: 1883 });
  expect(mqttAddressOf('mqtts://[::1]')).toEqual({ protocol: 'mqtts', host: '::1', port: 8883 });
});

it('strips user and password from whatever an error says', () => {
  expect(withoutCredentials('no route to mqtt://me:word@host, or mqtt://me:word@other')).toBe(
    'no route to mqtt://host, or mqtt://other',
  );
  expect(withoutCredentials('the word is not liked', 'word')).toBe('the *** is not liked');
});

it('strips all of a password with an @ in it, which is whose host comes behind the last', () => {
  const url = 'mqtt://me:p@ssword@host:1883';
  expect(mqttAddressOf(url)).toMatchObject({ username: 'me', password: 'p@ssword', host: 'host' });
  expect(withoutCredentials(`no route to ${url}`)).toBe('no route to mqtt://host:1883');
});

it.each([
  ['a slash', 'mqtt://me:12/secret@host', 'write / as %2F'],
  ['a hash', 'mqtt://me:12#secret@host', '# as %23'],
  ['a question mark', 'mqtt://me:12?secret@host', '? as %3F'],
  ['a % that begins no character', 'mqtt://me:secret%@host', 'write it as %25'],
])('says how to write %s in a password, and nothing of it', (_what, url, words) => {
  const wrong = (): unknown => mqttAddressOf(url);
  expect(wrong).toThrow(words);
  expect(wrong).not.toThrow('secret');
  expect(mqttAddressOf('mqtt://me:%2F%23%25@host/').password).toBe('/#%');
});
