import { describe, expect, it } from 'vitest';
import { toWallS, wallMs, wallS } from '../../protocol/index.ts';
import { BEGINNING_MS, cast } from '../../sim/world.ts';
import { quickCast } from './quick-people.ts';

const nowS = toWallS(wallMs(BEGINNING_MS));

describe('people who sign with OpenSSL', () => {
  it('sign byte for byte what the people of a world sign', () => {
    const quick = quickCast(5);
    const slow = cast(5);
    expect(quick.identity).toEqual(slow.identity);
    expect(quick.people.delegation).toEqual(slow.people.delegation);
    const requests = [
      { nowS },
      { nowS: wallS(nowS + 7_200) },
      { nowS, fromS: wallS(nowS - 5), untilS: wallS(nowS + 80_000) },
      { nowS, forged: true },
      { nowS, audience: 'back-door/abcdefgh' },
    ];
    for (const request of requests) {
      const token = slow.people.issue(request);
      expect(quick.people.issue(request)).toEqual(token);
      expect(quick.people.show(token, wallS(nowS + 3))).toBe(slow.people.show(token, wallS(nowS + 3)));
    }
  });
});
