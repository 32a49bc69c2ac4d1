/** The vectors beside the specification: fresh, agreed with by our own lock, and one at least for each rule. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AdmitContext, admit } from '../../../firmware/access/admit.ts';
import { dialIn } from '../../../firmware/access/dial.ts';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import { judgeControl } from '../../../firmware/access/judge-control.ts';
import { emptyMemory, fold, type Memory, toBase64url, usesKey } from '../../../firmware/journal/memory.ts';
import { initialState, type LockState } from '../../../firmware/lock/state.ts';
import {
  COMMAND_BYTES_MAX,
  COMMANDS,
  CONTROL_OPS,
  CONTROL_RESULTS,
  CONTROLS_AT_ONCE_MAX,
  DELEGATIONS_CACHED_MAX,
  DENIED_KEYS_MAX,
  DENIED_TOKENS_MAX,
  equal,
  follows,
  fromHex,
  fromText,
  judgeReport,
  LEDGER_ENTRIES_MAX,
  NONCE_MS_MAX,
  NONCE_ROTATE_MS,
  openText,
  REFUSALS,
  REPORT_BYTES_MAX,
  REPORT_VERDICTS,
  type Receipt,
  readControl,
  readReport,
  receiptOf,
  saysTheSame,
  strictVerifier,
  TEXT_CHARS_MAX,
  toHex,
  type Verify,
  wallS,
} from '../../../protocol/index.ts';
import type { ControlledState, ControlVector } from './control-vectors.ts';
import type { GapVector } from './gap-vectors.ts';
import type { MessageVector } from './message-vectors.ts';
import type { ReportVector } from './report-vectors.ts';
import type { Comes, Story } from './story.ts';
import type { Vector } from './vector.ts';
import { CONTROLS, FILES, GAPS, MESSAGES, PRESENTATIONS, REPORTS, SPEC, STORIES } from './write.ts';

const locked: LockState = {
  ...initialState(),
  board: 'ready',
  door: 'closed',
  bolt: { ...initialState().bolt, row: 'locked', status: 'thrown' },
};

// Both remember the keys that they have looked at, as a lock's do.
const openssl = opensslVerify();
const strict = strictVerifier();

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`not hexadecimal: ${hex}`);
  return bytes;
}

const isGiven =
  (given: string | null) =>
  (nonce: Uint8Array): boolean =>
    given !== null && equal(nonce, bytesOf(given));

/** A lock that stands as the vector says, idle behind a closed door. */
function contextOf(vector: Vector, firstLook: Verify): AdmitContext {
  const memory = emptyMemory();
  for (const delegation of vector.remembered) {
    fold(memory, { type: 'delegation', bytes: toBase64url(bytesOf(delegation)) });
  }
  for (const key of vector.spent) {
    const record = { type: 'spent', key, token_id: '', channel: 'reader', at_s: 0, expires_s: 0, day: '' } as const;
    memory.spent.set(key, record);
  }
  for (const [day, delegation, count] of vector.uses) memory.usesPerDay.set(usesKey(day, delegation), count);
  const { epoch, paused, mode } = vector;
  Object.assign(memory.owner, { epoch, paused, mode });
  for (const id of vector.denied) {
    const list = id.length === 32 ? memory.owner.deniedTokens : memory.owner.deniedKeys;
    list.add(id);
  }
  return {
    pins: { audience: vector.audience, root: bytesOf(vector.root) },
    firstLook,
    verify: strict,
    time: { state: vector.clock === 'trusted' ? 'trusted' : 'floor_only', nowS: wallS(vector.now) },
    action: 'unlock',
    dial: dialIn(vector.timezone),
    disk: 'ok',
    memory,
    isFreshNonce: isGiven(vector.nonce),
    lock: locked,
  };
}

function answer(vector: Vector, firstLook: Verify): string {
  const verdict = admit(openText(vector.text), vector.channel, contextOf(vector, firstLook));
  return verdict.admitted ? 'accept' : verdict.refused.refusal;
}

const numbers = (count: number, digits: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => number.toString(16).padStart(digits, '0'));

/** What the owner has said so far to the lock of the vector. */
function memoryOf(vector: ControlVector): Memory {
  const memory = emptyMemory();
  const { counter, epoch, paused, mode } = vector;
  Object.assign(memory.owner, { number: counter, epoch, paused, mode });
  for (const id of numbers(vector.denied_tokens, 32)) memory.owner.deniedTokens.add(id);
  for (const kid of numbers(vector.denied_keys, 16)) memory.owner.deniedKeys.add(kid);
  memory.floorS = wallS(vector.floor);
  return memory;
}

/** The result, and what the lock comes to. */
function answerToControl(vector: ControlVector, firstLook: Verify): { result: string; state: ControlledState } {
  const memory = memoryOf(vector);
  let root = bytesOf(vector.root);
  const result = ((): string => {
    // Among controls a text of another version is no better than one that is none.
    const bytes = fromText(vector.text);
    const control = bytes.ok ? readControl(bytes.value) : undefined;
    if (control === undefined) return 'malformed';
    const verdict = judgeControl(control, {
      pins: { audience: vector.audience, root, recovery: bytesOf(vector.recovery) },
      firstLook,
      verify: strict,
      disk: vector.disk,
      memory,
      uptime: { bootId: 'this', ms: 0 },
      isFreshNonce: isGiven(vector.nonce),
    });
    if (verdict.by === 'stranger') return verdict.refused.refusal;
    if (verdict.result === 'applied') {
      root = verdict.root ?? root;
      fold(memory, verdict.record);
    }
    return verdict.result;
  })();
  const { number: counter, epoch, paused, mode, deniedTokens, deniedKeys } = memory.owner;
  const denied = { denied_tokens: deniedTokens.size, denied_keys: deniedKeys.size };
  return { result, state: { root: toHex(root), counter, epoch, paused, mode, floor: memory.floorS, ...denied } };
}

function expectedState(vector: ControlVector): ControlledState {
  const { root, counter, epoch, paused, mode, floor, denied_tokens, denied_keys } = vector;
  return { root, counter, epoch, paused, mode, floor, denied_tokens, denied_keys, ...vector.after };
}

const expected = (vector: Vector): string => vector.refusal ?? 'accept';
const vectorsIn = (path: string): readonly Vector[] => JSON.parse(readFileSync(path, 'utf8'));
const files = Object.keys(PRESENTATIONS).map((path) => [path, vectorsIn(path)] as const);
const presentations = files.flatMap(([, vectors]) => vectors);
const controls: readonly ControlVector[] = JSON.parse(readFileSync(CONTROLS, 'utf8'));
const reports: readonly ReportVector[] = JSON.parse(readFileSync(REPORTS, 'utf8'));
const messages: readonly MessageVector[] = JSON.parse(readFileSync(MESSAGES, 'utf8'));
const gaps: readonly GapVector[] = JSON.parse(readFileSync(GAPS, 'utf8'));
const stories: readonly Story[] = JSON.parse(readFileSync(STORIES, 'utf8'));

/** Whether the lock does something that somebody wants of it, and whether it does not. */
const isGood = ({ answer, controls = [], replies = [] }: Comes): boolean =>
  answer === 'accepted' ||
  controls.some(([, result]) => result === 'applied') ||
  (Array.isArray(replies) ? replies.some(({ ok }) => ok) : true);
const isBad = ({ answer, refused = [], controls = [], replies = [], moves = [] }: Comes): boolean =>
  answer === 'denied' ||
  answer === 'try_again' ||
  refused.length > 0 ||
  controls.some(([, result]) => result !== 'applied') ||
  moves.includes('throw') ||
  (Array.isArray(replies) && replies.some(({ ok }) => !ok));

const all = [
  ...presentations.map((vector) => ({ ...vector, good: vector.refusal === null })),
  ...controls.map((vector) => ({ ...vector, good: vector.result === 'applied' })),
  ...reports.map((vector) => ({ ...vector, good: vector.refusal === null })),
  ...messages.map((vector) => ({ ...vector, good: vector.expect === 'accept' })),
  ...gaps.map((vector) => ({ ...vector, good: vector.expect === 'accept' })),
  ...stories.flatMap(({ sections, name, steps }) =>
    sections.flatMap((section) => [
      ...(steps.some(({ comes }) => isGood(comes)) ? [{ section, name, good: true }] : []),
      ...(steps.some(({ comes }) => isBad(comes)) ? [{ section, name, good: false }] : []),
    ]),
  ),
];

describe('the files', () => {
  it.each(Object.keys(FILES))('%s stands as it is made (npm run vectors writes it)', (path) => {
    expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(FILES[path]?.());
  });

  it.each([
    ...files,
    [CONTROLS, controls] as const,
    [REPORTS, reports] as const,
    [MESSAGES, messages] as const,
    [GAPS, gaps] as const,
    [STORIES, stories.map(({ sections, name }) => ({ section: sections.join(' '), name }))] as const,
  ])('%s has no name twice under one rule', (_path, vectors) => {
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

describe(CONTROLS, () => {
  it.each(controls.map((vector) => [vector.section, vector.name, vector] as const))(
    '%s: %s',
    (_rule, _name, vector) => {
      const want = { result: vector.result, state: expectedState(vector) };
      expect(answerToControl(vector, openssl)).toEqual(want);
      expect(answerToControl(vector, strict)).toEqual(want);
    },
  );

  it('has every result among them, and says what comes of those that are applied', () => {
    expect(new Set(controls.map(({ result }) => result))).toEqual(
      new Set([...CONTROL_RESULTS, 'malformed', 'wrong_lock', 'unknown_issuer', 'bad_signature']),
    );
    for (const { result, after } of controls) expect(after !== null).toBe(result === 'applied');
  });
});

/** What a listener makes of it, and the receipt that it is. */
function answerToReport(vector: ReportVector, verify: Verify): { refusal: string | null; receipt: Receipt | null } {
  const report = readReport(vector.att);
  const pins = { lockKey: bytesOf(vector.lock_key), audience: vector.audience };
  const verdict = judgeReport(report, pins, verify);
  const no = (refusal: string) => ({ refusal, receipt: null });
  if (report === undefined || verdict !== 'genuine') return no(verdict);
  if (!saysTheSame(report, vector.topic, vector.payload)) return no('altered');
  const before = vector.before === null ? undefined : readReport(vector.before);
  if (before !== undefined && !follows(report, before)) return no('forked');
  return { refusal: null, receipt: receiptOf(report) ?? null };
}

describe(REPORTS, () => {
  it.each(reports.map((vector) => [vector.section, vector.name, vector] as const))('%s: %s', (_rule, _name, vector) => {
    expect(answerToReport(vector, strict)).toEqual({ refusal: vector.refusal, receipt: vector.receipt });
  });

  it('has every verdict among them', () => {
    const verdicts = new Set(reports.map(({ refusal }) => refusal ?? 'genuine'));
    expect(verdicts).toEqual(new Set(REPORT_VERDICTS));
  });
});

describe('the specification', () => {
  const spec = readFileSync(SPEC, 'utf8');
  const rules = [...spec.matchAll(/^- \*\*(R-\d+)\*\*( \(V\))? /gm)].map(([, rule, tested]) => ({ rule, tested }));
  const names = rules.map(({ rule }) => rule);

  it('numbers each rule once, and going up in each section', () => {
    expect(names.length).toBeGreaterThan(100);
    expect(names).toEqual([...new Set(names)]);
    for (const section of spec.split(/^##+ /m)) {
      const numbers = [...section.matchAll(/^- \*\*R-(\d+)/gm)].map(([, number]) => Number(number));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it('has both a good and a bad vector for each rule from R-170 on that has any', () => {
    const of = (good: boolean) => new Set(all.filter((vector) => vector.good === good).map(({ section }) => section));
    const late = rules.flatMap(({ rule, tested }) =>
      tested !== undefined && Number(rule?.slice(2)) >= 170 ? [rule] : [],
    );
    expect(late.filter((rule) => !of(true).has(String(rule)) || !of(false).has(String(rule)))).toEqual([]);
  });

  it('is asked nothing by name of a rule that is retired', () => {
    const retired = [...spec.matchAll(/^- \*\*(R-\d+)\*\* Retired/gm)].map(([, rule]) => rule);
    const living = spec.replace(/^- \*\*R-\d+\*\* Retired.*$/gm, '');
    expect(retired.filter((rule) => new RegExp(`\\b${rule}\\b`).test(living))).toEqual([]);
  });

  it('speaks of no rule that is not there', () => {
    const prose = spec.replace(/```[\s\S]*?```/g, '');
    const spoken = new Set([...prose.matchAll(/\bR-\d+/g)].map(([rule]) => rule));
    expect([...spoken].filter((rule) => !names.includes(rule))).toEqual([]);
  });

  it('has a vector for each rule but those that it names, with the reason', () => {
    const [, list = ''] = spec.split('These rules have no vector:');
    const [without = ''] = list.split(/\n\n(?!- )/);
    const excepted = [...without.matchAll(/^- (R-\d+): \S/gm)].map(([, rule]) => rule);
    const retired = [...spec.matchAll(/^- \*\*(R-\d+)\*\* Retired/gm)].map(([, rule]) => rule);
    const untested = rules.filter(({ tested }) => tested === undefined).map(({ rule }) => rule);
    expect(excepted.length).toBeGreaterThan(0);
    expect([...excepted, ...retired].sort()).toEqual([...untested].sort());
  });

  it('shows in a story what becomes of each refusal', () => {
    const shown = stories.flatMap(({ steps }) => steps.flatMap(({ comes }) => comes.refused ?? []));
    expect(Object.fromEntries(shown)).toEqual(
      Object.fromEntries(Object.entries(REFUSALS).map(([name, { error }]) => [name, error])),
    );
  });

  it('has a vector for each rule that it says has one, and no vector for another', () => {
    const tested = rules.filter(({ tested }) => tested !== undefined).map(({ rule }) => rule);
    expect([...new Set(all.map(({ section }) => section))].sort()).toEqual([...tested].sort());
  });

  it('has both an accepting and a refusing vector among them, and every refusal that needs no lock', () => {
    const refusals = new Set(presentations.map(({ refusal }) => refusal));
    expect(refusals).toContain(null);
    for (const name of ['malformed', 'unsupported_version', 'wrong_lock', 'unknown_issuer', 'bad_signature'])
      expect(refusals).toContain(name);
  });

  it('lists every refusal with the number that the code has for it, and what the bearer learns', () => {
    const rows = [...spec.matchAll(/^\| `([a-z_]+)` \| (\d) [a-z_]+ \| `(denied|try_again)` \|/gm)];
    const listed = Object.fromEntries(rows.map(([, name, error, bearer]) => [name, { error: Number(error), bearer }]));
    expect(listed).toEqual(REFUSALS);
  });

  it('lists every operation under its number, and every result of a control', () => {
    const ops = [...spec.matchAll(/^ {2}\| (\d) \| ([a-z-]+) \|/gm)].map(([, number, name]) => [Number(number), name]);
    expect(ops).toEqual(CONTROL_OPS.map((name, i) => [i + 1, name]));
    const results = [...spec.matchAll(/^ {2}\| .* \| `([a-z_]+)` \| [^|]*\|$/gm)].map(([, name]) => name);
    expect(['applied', ...results].sort()).toEqual([...CONTROL_RESULTS].sort());
    expect(spec).toContain(`cmd/{${COMMANDS.join(',')}}`);
  });

  it('gives the bounds that the code has', () => {
    // Wherever its lines break.
    const said = spec.replace(/\s+/g, ' ');
    for (const bound of [
      `${TEXT_CHARS_MAX} UTF-16 code units`,
      `Room for ${LEDGER_ENTRIES_MAX}`,
      `${DENIED_KEYS_MAX} keys and ${DENIED_TOKENS_MAX} tokens`,
      `when that is ${NONCE_ROTATE_MS / 1000} s old`,
      `good for ${NONCE_MS_MAX / 1000} s`,
      `the latest ${DELEGATIONS_CACHED_MAX}`,
      `at most ${CONTROLS_AT_ONCE_MAX} texts`,
      `longer than ${COMMAND_BYTES_MAX} bytes`,
      `at most ${REPORT_BYTES_MAX} bytes`,
    ])
      expect(said).toContain(bound);
  });
});
