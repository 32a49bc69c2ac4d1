/** Every scenario of this repository comes true, and together they use the whole language. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../../sim/faults/catalogue.ts';
import { CONDITION_NAMES } from '../../../sim/scenario/conditions.ts';
import { isMap } from '../../../sim/scenario/kinds.ts';
import { realStage } from '../../../sim/scenario/real-stage.ts';
import { runScenario } from '../../../sim/scenario/runner.ts';
import { scenarioSchema, whyNot } from '../../../sim/scenario/scenario.ts';
import { WORDS } from '../../../sim/scenario/words/index.ts';
import { SHIPPED } from './shipped.ts';

const ATTACKS = SHIPPED.filter(({ path }) => path.includes('/attacks/'));
const ON_A = SHIPPED.filter(({ scenario }) => whyNot(scenario, 'a') === undefined);
const stepsOf = (data: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (data as { readonly steps: readonly Readonly<Record<string, unknown>>[] }).steps;

describe('the shipped scenarios', () => {
  it('are there: ordinary days and published attacks', () => {
    const names = ATTACKS.map(({ path }) => path.replace(/^.*\/|\.yaml$/g, ''));
    expect(names).toEqual([
      ...['amazon-key-2017', 'august-2016-log', 'august-2016-owner', 'cloned-token', 'drop-box-2018'],
      ...['ho-2016-log', 'ho-2016-relay', 'ho-2016-revocation', 'nuki-2022', 'photographed-qr', 're-encoded-token'],
      ...['restored-disk-with-witness', 'restored-disk-without-witness', 'retained-unlock', 'sciener-brute-force'],
      ...['sciener-downgrade', 'token-from-2099', 'ultraloq-2019', 'used-token-at-boot', 'yesterdays-set-time'],
    ]);
    expect(SHIPPED.length - ATTACKS.length).toBeGreaterThanOrEqual(20);
    expect(SHIPPED.filter(({ scenario }) => scenario.durable).length).toBeGreaterThanOrEqual(12);
  });

  it.each(ON_A.map((file) => [file.path, file] as const))('%s comes true in virtual time', async (_, { scenario }) => {
    // The power cuts of a durable one are many; the command line and CI play them all.
    const { unmet, violations, passed, breaks } = await runScenario(scenario, { cuts: false });
    expect({ unmet: unmet?.what, broken: violations.filter(({ checker }) => !breaks.includes(checker)) }).toEqual({
      unmet: undefined,
      broken: [],
    });
    expect(passed).toBe(true);
  });

  it.each(SHIPPED.filter((file) => !ON_A.includes(file)).map((file) => [file.path, file] as const))(
    '%s comes true on real bytes',
    async (_, { scenario }) => {
      const { unmet, violations } = await runScenario(scenario, { stage: realStage(scenario) });
      expect({ unmet: unmet?.what, violations }).toEqual({ unmet: undefined, violations: [] });
    },
  );

  it('are left out of virtual time only where there have to be bytes', () => {
    expect(SHIPPED.filter((file) => !ON_A.includes(file)).map(({ path }) => path)).toEqual([
      'sim/scenarios/noise-on-the-wire.yaml',
    ]);
  });

  it('fit the schema that editors have', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(scenarioSchema());
    for (const { path, scenario } of SHIPPED) {
      validate(scenario.data);
      expect([path, validate.errors]).toEqual([path, null]);
    }
    const slips = [{ rign: 'once' }, { ring: 'onse' }, { after: '5' }, { ring: 'once', push: 'door' }, { expect: {} }];
    for (const slip of slips) expect(validate({ scenario: 'a slip', steps: [slip] })).toBe(false);
  });

  it('say before the first step who has published an attack, and when', () => {
    for (const { path, text } of ATTACKS) {
      const comment = /^(#.*\n)+/.exec(text)?.[0].replaceAll(/\n?# ?/g, ' ') ?? '';
      // Names, then the year; a standard has a number instead.
      expect([path, /[A-Z]\w+.*\b(19|20)\d\d\b|\bRFC \d+/.test(comment)]).toEqual([path, true]);
      expect([path, comment.length > 120]).toEqual([path, true]);
    }
  });

  it('say of an attack how often the door gave way in all, by the door and not by the lock', () => {
    for (const { path, scenario } of ATTACKS) {
      const expected = stepsOf(scenario.data).flatMap(({ expect: asked }) => (isMap(asked) ? [asked] : []));
      const counts = expected.filter((asked) => 'withdrawn_times' in asked || 'opened' in asked);
      expect([path, counts.length > 0]).toEqual([path, true]);
    }
  });

  it('expect something at their end', () => {
    for (const { path, scenario } of SHIPPED) expect([path, scenario.steps.at(-1)?.kind]).toEqual([path, 'expect']);
  });
});

describe('the language', () => {
  const all = SHIPPED.flatMap(({ scenario }) => stepsOf(scenario.data));

  it('has no word that no shipped scenario uses', () => {
    const used = new Set(all.flatMap((step) => Object.keys(step)));
    expect(Object.keys(WORDS).filter((word) => !used.has(word))).toEqual([]);
  });

  it('has no fault that no shipped scenario plays', () => {
    const cuts = { power: 'power-cut', serial: 'serial-unplugged', network: 'network-away' } as const;
    const used = new Set(
      all.flatMap(({ fault, cut }) => [
        ...(isMap(fault) ? Object.keys(fault) : [fault]),
        ...(typeof cut === 'string' ? [cuts[cut as keyof typeof cuts]] : []),
      ]),
    );
    expect(FAULT_NAMES.filter((name) => !used.has(name))).toEqual([]);
  });

  it('has no expectation that no shipped scenario has', () => {
    const used = new Set(all.flatMap(({ expect: asked }) => (isMap(asked) ? Object.keys(asked) : [])));
    expect(CONDITION_NAMES.filter((name) => !used.has(name))).toEqual([]);
  });
});
