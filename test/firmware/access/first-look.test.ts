import { expect, it } from 'vitest';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { sign } from '../../../protocol/index.ts';
import { keys, seeds } from '../../support/people.ts';

const MESSAGE = new Uint8Array([1, 2, 3]);

it('the first look takes what a key has signed, and nothing else', () => {
  const look = opensslVerify();
  const signature = sign(MESSAGE, seeds.owner);
  expect(look(MESSAGE, signature, keys.owner)).toBe(true);
  expect(look(MESSAGE, signature, keys.carrier)).toBe(false);
  expect(look(new Uint8Array([1, 2, 4]), signature, keys.owner)).toBe(false);
});

it.each([0, 63, 65])('the first look says no to a signature of %i bytes', (length) => {
  expect(opensslVerify()(MESSAGE, new Uint8Array(length), keys.owner)).toBe(false);
});

it.each([0, 31, 33])('the first look says no to a key of %i bytes', (length) => {
  expect(opensslVerify()(MESSAGE, sign(MESSAGE, seeds.owner), new Uint8Array(length))).toBe(false);
});
