import { describe, expect, it } from 'vitest';
import {
  type ControlRequest,
  newRootProves,
  publicKeyOf,
  readControl,
  readPresentation,
  rotateRoot,
  type Statement,
  verifyStrict,
  wallS,
  writeControl,
} from '../../protocol/index.ts';
import { AUDIENCE, NOON_S, seeds } from '../support/people.ts';

const nonce = new Uint8Array(16).fill(3);
const request = (statement: Statement, change: Partial<ControlRequest> = {}): ControlRequest => ({
  audience: AUDIENCE,
  issuedAtS: NOON_S,
  counter: 7,
  statement,
  ...change,
});

const plain: readonly Statement[] = [
  { op: 'raise-epoch', epoch: 2 },
  { op: 'deny-token', tokenId: new Uint8Array(16).fill(1) },
  { op: 'deny-key', kid: new Uint8Array(8).fill(2) },
  { op: 'pause' },
  { op: 'resume' },
  { op: 'set-mode', mode: 'privacy' },
];
const answering: readonly Statement[] = [
  { op: 'set-time', timeS: NOON_S },
  { op: 're-seal', epoch: 3 },
  rotateRoot(AUDIENCE, 7, seeds.stranger),
];

describe('a control', () => {
  it.each(plain.map((statement) => [statement.op, statement] as const))(
    'that says %s comes back as it was written',
    (_op, statement) => {
      const control = readControl(writeControl(request(statement), seeds.owner));
      expect(control).toMatchObject({ audience: AUDIENCE, counter: 7, issuedAtS: NOON_S, statement });
      expect(control?.nonce).toBeUndefined();
    },
  );

  it.each(answering.map((statement) => [statement.op, statement] as const))(
    'that says %s answers a nonce, and is none without',
    (_op, statement) => {
      expect(readControl(writeControl(request(statement, { nonce }), seeds.owner))).toMatchObject({ nonce, statement });
      expect(() => writeControl(request(statement), seeds.owner)).toThrow(/out of its bounds/);
    },
  );

  it('that needs no nonce has none', () => {
    expect(() => writeControl(request({ op: 'pause' }, { nonce }), seeds.owner)).toThrow(/out of its bounds/);
  });

  it.each<[string, Statement]>([
    ['a token id too short', { op: 'deny-token', tokenId: new Uint8Array(8) }],
    ['a negative epoch', { op: 'raise-epoch', epoch: -1 }],
    ['a time that is none', { op: 'set-time', timeS: wallS(1.5) }],
  ])('is not written with %s', (_what, statement) => {
    expect(() => writeControl(request(statement), seeds.owner)).toThrow();
  });

  it('is no presentation', () => {
    expect(readPresentation(writeControl(request({ op: 'pause' }), seeds.owner))).toBeUndefined();
  });

  it('hands over to a root that somebody holds, for this lock and at this place in the count', () => {
    const control = readControl(
      writeControl(request(rotateRoot(AUDIENCE, 7, seeds.stranger), { nonce }), seeds.recovery),
    );
    if (control === undefined) throw new Error('not a control');
    expect(newRootProves(control, verifyStrict)).toBe(true);
    expect(newRootProves({ ...control, counter: 8 }, verifyStrict)).toBe(false);
    expect(newRootProves({ ...control, audience: 'back-door/abcdefgh' }, verifyStrict)).toBe(false);
    const statement = { op: 'rotate-root', root: publicKeyOf(seeds.courier), proof: new Uint8Array(64) } as const;
    expect(newRootProves({ ...control, statement }, verifyStrict)).toBe(false);
  });
});
