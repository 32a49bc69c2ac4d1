import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELEGATION_PREFIX, fromArmour, TOKEN_PREFIX, toArmour } from '../../../firmware/tools/armour.ts';
import { readDelegation, readToken } from '../../../protocol/index.ts';
import { type Desk, LOCK, openParcelDesk } from './desk.ts';

let desk: Desk;
let files = 0;
beforeAll(async () => {
  desk = await openParcelDesk();
});
afterAll(() => desk.clear());

const fresh = (): string => desk.path(`out-${++files}`);
/** `grant` as an owner would call it, with these options in the place of its own. */
const grant = (options: Record<string, string> = {}): string[] =>
  argv('grant', { key: desk.path('owner'), lock: LOCK, to: desk.path('carrier.pub'), out: fresh(), ...options });
const token = (options: Record<string, string> = {}): string[] =>
  argv('token', {
    key: desk.path('carrier'),
    grant: desk.path('grant'),
    lock: LOCK,
    to: desk.path('phone.pub'),
    out: fresh(),
    ...options,
  });
const argv = (verb: string, options: Record<string, string>): string[] => [
  verb,
  ...Object.entries(options).flatMap(([name, value]) => (value === '' ? [] : [`--${name}`, value])),
];

describe('a token without a delegation', () => {
  it('says whose key speaks as the owner: nobody can tell here whether it is his', async () => {
    const { kid } = await desk.json(['key', 'pub', desk.path('carrier')]);
    const { out } = await desk.run(token({ grant: '' }));
    expect(out).toContain(`signed as the owner by ${kid},`);
  });
});

describe('grant', () => {
  it('writes a delegation with everything that was asked for', async () => {
    const out = fresh();
    const hours = 'mon-sat 08:00-20:00, sun 20:00-02:00';
    const told = await desk.json(
      grant({
        out,
        actions: 'release,unlock',
        from: '+1h',
        until: '2027-01-01T00:00:00+01:00',
        window: '90m',
        uses: '3',
        hours,
        epoch: '7',
      }),
    );
    const delegation = readDelegation(fromArmour(DELEGATION_PREFIX, `${told.text}`) ?? new Uint8Array());
    expect(delegation).toMatchObject({
      audience: LOCK,
      notBeforeS: Date.parse('2026-11-23T13:00:00Z') / 1000,
      expiresS: Date.parse('2026-12-31T23:00:00Z') / 1000,
      limits: { epoch: 7, actions: 5, windowS: 5400, usesPerDay: 3, hours: { length: 2 } },
    });
    expect(told).toMatchObject({ hours, epoch: 7, uses_per_day: 3, expires: '2026-12-31T23:00:00Z' });
    expect(await readFile(out, 'utf8')).toBe(`${told.text}\n`);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
  });

  it('by itself lasts 30 days, for tokens of four hours, eight a day, in epoch 1, to unlock', async () => {
    expect(await desk.json(grant())).toMatchObject({
      not_before: '2026-11-23T12:00:00Z',
      expires: '2026-12-23T12:00:00Z',
      window_s: 14_400,
      uses_per_day: 8,
      epoch: 1,
      actions: ['unlock'],
      hours: null,
    });
  });

  it.each([
    [{ lock: 'front-door' }, /is not a lock's audience/],
    [{ lock: 'Front-Door/abcd2345' }, /is not a lock's audience/],
    [{ actions: 'unlock,open' }, /there is no action "open"\n {2}choose from unlock, unlatch, release/],
    [{ uses: '0' }, /--uses "0" is not a number\n {2}give a whole number from 1 to 4096/],
    [{ uses: 'many' }, /--uses "many" is not a number/],
    [{ epoch: '0' }, /--epoch "0" is not a number/],
    [{ window: '0h' }, /is not a length of time/],
    [{ from: '+2d', until: '+1d' }, /--until is not after --from/],
    [{ from: '2026-11-01T00:00:00Z', until: '2026-11-02T00:00:00Z' }, /--until has passed already/],
    [{ hours: 'always' }, /--hours/],
    [{ to: 'abc' }, /abc: no such file or folder/],
  ])('refuses %j', async (options, reason) => {
    const { code, out, err } = await desk.run(grant(options));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
  });

  it('refuses to delegate to the owner', async () => {
    const { code, err } = await desk.run(grant({ to: desk.path('owner.pub') }));
    expect(code).toBe(2);
    expect(err).toContain('--to is the key that signs');
  });

  it('never overwrites', async () => {
    const { code, err } = await desk.run(grant({ out: desk.path('grant') }));
    expect(code).toBe(2);
    expect(err).toContain('is never overwritten');
  });
});

describe('token', () => {
  it('carries the delegation, and is for one phone, once', async () => {
    const told = await desk.json(token({ until: '+2h' }));
    const read = readToken(fromArmour(TOKEN_PREFIX, `${told.text}`) ?? new Uint8Array());
    expect(read).toMatchObject({ audience: LOCK, action: 'unlock', issuer: { delegation: { audience: LOCK } } });
    expect(told).toMatchObject({ not_before: '2026-11-23T12:00:00Z', expires: '2026-11-23T14:00:00Z', epoch: 1 });
    const again = await desk.json(token({ until: '+2h' }));
    expect(again.id).not.toBe(told.id);
  });

  it('lasts by itself as long as the delegation allows, and no longer than it', async () => {
    expect(await desk.json(token())).toMatchObject({ expires: '2026-11-23T16:00:00Z' });
    const ending = fresh();
    await desk.json(grant({ until: '+1h', out: ending }));
    expect(await desk.json(token({ grant: ending }))).toMatchObject({ expires: '2026-11-23T13:00:00Z' });
  });

  it("without a delegation is the owner's own for a guest, with the owner's epoch", async () => {
    const told = await desk.json(token({ key: desk.path('owner'), grant: '', epoch: '3', action: 'unlatch' }));
    const read = readToken(fromArmour(TOKEN_PREFIX, `${told.text}`) ?? new Uint8Array());
    expect(read).toMatchObject({ epoch: 3, action: 'unlatch', issuer: { kid: expect.any(Uint8Array) } });
    expect(told).toMatchObject({ delegation: null, epoch: 3, expires: '2026-11-23T16:00:00Z' });
  });

  it.each([
    [
      { key: 'phone' },
      /the delegation is for the carrier [0-9a-f]{16}, and --key is [0-9a-f]{16}\n {2}sign with the carrier's key/,
    ],
    [
      { lock: 'back-door/abcd2345' },
      /is for front-door\/abcd2345, not for back-door\/abcd2345\n {2}give --lock front-door\/abcd2345/,
    ],
    [
      { from: '2026-11-23T11:59:59Z', until: '+1h' },
      /begins only at 2026-11-23T12:00:00Z\n {2}give --from 2026-11-23T12:00:00Z/,
    ],
    [{ from: '+29d', until: '+31d' }, /the delegation ends at 2026-12-23T12:00:00Z/],
    [{ until: '+4h', from: 'now', action: 'release' }, /does not allow release\n {2}choose --action from unlock/],
    [
      { until: '2026-11-23T16:00:01Z' },
      /allows tokens of 4h, and this one would last 14401s\n {2}give --until 2026-11-23T16:00:00Z/,
    ],
    [{ from: '+2h', until: '+1h' }, /--until is not after --from/],
    [{ epoch: '2' }, /--epoch is for tokens that the owner signs/],
    [{ grant: 'token' }, /is a token \(token wrote it\), not a delegation/],
    [{ grant: 'owner.pub' }, /is no delegation/],
  ])('is refused now, when the lock would refuse it later: %j', async (given, reason) => {
    const options: Record<string, string> = { ...given };
    for (const name of ['key', 'grant']) if (options[name] !== undefined) options[name] = desk.path(options[name]);
    const { code, out, err } = await desk.run(token(options));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(reason);
  });

  it('is refused under a delegation that has ended', async () => {
    const ending = fresh();
    await desk.json(grant({ until: '+1m', out: ending }));
    desk.clock.setWall(Date.parse('2026-11-23T12:01:00Z'));
    const { code, err } = await desk.run(token({ grant: ending }));
    desk.clock.setWall(Date.parse('2026-11-23T12:00:00Z'));
    expect(code).toBe(2);
    expect(err).toMatch(/the delegation ended at 2026-11-23T12:01:00Z\n {2}ask the owner for a new one/);
  });
});

describe('the text of a delegation or a token', () => {
  it('has one spelling: no padding, no stray bits, no other prefix', () => {
    const text = toArmour(TOKEN_PREFIX, Uint8Array.of(1, 2, 3, 4));
    expect(text).toBe('LST1:AQIDBA');
    expect(fromArmour(TOKEN_PREFIX, text)).toEqual(Uint8Array.of(1, 2, 3, 4));
    for (const other of [`${text}==`, 'LST1:AQIDBB', 'LST1:AQID BA', 'lst1:AQIDBA', 'LSD1:AQIDBA', `${text}\n`]) {
      expect(fromArmour(TOKEN_PREFIX, other)).toBeUndefined();
    }
  });
});
