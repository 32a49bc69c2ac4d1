/** The vectors beside the specification: fresh, agreed with by our own lock, and one at least for each rule. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AdmitContext, admit } from '../../../firmware/access/admit.ts';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { emptyMemory, usesKey } from '../../../firmware/journal/memory.ts';
import { initialState, type LockState } from '../../../firmware/lock/state.ts';
import { fromHex, REFUSALS, strictVerifier, TEXT_CHARS_MAX, type Verify, wallS } from '../../../protocol/index.ts';
import type { Vector } from './vector.ts';
import { FILES, PRESENTATIONS, SPEC } from './write.ts';

const locked: LockState = {
  ...initialState(),
  board: 'ready',
  door: 'closed',
  bolt: { ...initialState().bolt, row: 'locked', status: 'thrown' },
};

// Both remember the keys that they have looked at, as a lock's do.
const openssl = opensslVerify();
const strict = strictVerifier();

/** A lock that stands as the vector says, idle behind a closed door. */
function contextOf(vector: Vector, firstLook: Verify): AdmitContext {
  const memory = emptyMemory();
  for (const key of vector.spent) {
    const record = { type: 'spent', key, token_id: '', channel: 'reader', at_s: 0, expires_s: 0, day: '' } as const;
    memory.spent.set(key, record);
  }
  for (const [day, delegation, count] of vector.uses) memory.usesPerDay.set(usesKey(day, delegation), count);
  memory.owner.epoch = vector.epoch;
  const root = fromHex(vector.root);
  if (root === undefined) throw new Error('the root is not hexadecimal');
  return {
    pins: { audience: vector.audience, root },
    firstLook,
    verify: strict,
    time: { state: vector.clock === 'trusted' ? 'trusted' : 'floor_only', nowS: wallS(vector.now) },
    action: 'unlock',
    timezone: vector.timezone,
    disk: 'ok',
    memory,
    isFreshNonce: () => false,
    lock: locked,
  };
}

function answer(vector: Vector, firstLook: Verify): string {
  const verdict = admit(vector.text, 'reader', contextOf(vector, firstLook));
  return verdict.admitted ? 'accept' : verdict.refused.refusal;
}

const expected = (vector: Vector): string => vector.refusal ?? 'accept';
const vectorsIn = (path: string): readonly Vector[] => JSON.parse(readFileSync(path, 'utf8'));
const files = Object.keys(PRESENTATIONS).map((path) => [path, vectorsIn(path)] as const);
const all = files.flatMap(([, vectors]) => vectors);

describe('the files', () => {
  it.each(Object.keys(FILES))('%s stands as it is made (npm run vectors writes it)', (path) => {
    expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(FILES[path]?.());
  });

  it.each(files)('%s has no name twice under one rule', (_path, vectors) => {
    const names = vectors.map(({ section, name }) => `${section} ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe.each(files)('%s', (_path, vectors) => {
  it.each(vectors.map((vector) => [vector.section, vector.name, vector] as const))('%s: %s', (_rule, _name, vector) => {
    expect(answer(vector, openssl)).toBe(expected(vector));
  });

  it('gets the same answers about signatures from a lock that asks the strict verifier at once', () => {
    const signatures = vectors.filter(({ refusal }) => refusal === 'bad_signature');
    expect(signatures.filter((vector) => answer(vector, strict) !== expected(vector))).toEqual([]);
  });
});

describe('the specification', () => {
  const spec = readFileSync(SPEC, 'utf8');
  const rules = [...spec.matchAll(/^- \*\*(R-\d+)\*\*( \(V\))? /gm)].map(([, rule, tested]) => ({ rule, tested }));
  const names = rules.map(({ rule }) => rule);

  it('numbers each rule once, and going up', () => {
    const numbers = names.map((name) => Number(name?.slice(2)));
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('speaks of no rule that is not there', () => {
    const prose = spec.replace(/```[\s\S]*?```/g, '');
    const spoken = new Set([...prose.matchAll(/\bR-\d+/g)].map(([rule]) => rule));
    expect([...spoken].filter((rule) => !names.includes(rule))).toEqual([]);
  });

  it('has a vector for each rule that it says has one, and no vector for another', () => {
    const tested = rules.filter(({ tested }) => tested !== undefined).map(({ rule }) => rule);
    expect([...new Set(all.map(({ section }) => section))].sort()).toEqual([...tested].sort());
  });

  it('has both an accepting and a refusing vector among them, and every refusal that needs no lock', () => {
    const refusals = new Set(all.map(({ refusal }) => refusal));
    expect(refusals).toContain(null);
    for (const name of ['malformed', 'unsupported_version', 'wrong_lock', 'unknown_issuer', 'bad_signature'])
      expect(refusals).toContain(name);
  });

  it('lists every refusal with the number that the code has for it, and what the bearer learns', () => {
    const rows = [...spec.matchAll(/^\| `([a-z_]+)` \| (\d) [a-z_]+ \| `(denied|try_again)` \|/gm)];
    const listed = Object.fromEntries(rows.map(([, name, error, bearer]) => [name, { error: Number(error), bearer }]));
    expect(listed).toEqual(REFUSALS);
  });

  it('gives the bounds that the code has', () => {
    expect(spec).toContain(`${TEXT_CHARS_MAX} UTF-16 code units`);
  });
});
