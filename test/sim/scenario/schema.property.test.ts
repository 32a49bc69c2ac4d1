/** The schema that editors have, and the parser: whoever is told by one that a file is good is told so by the other. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, type JsonSchema, Misfit } from '../../../sim/scenario/kinds.ts';
import { readScenario, scenarioSchema } from '../../../sim/scenario/scenario.ts';

const SCHEMA = scenarioSchema();
const isGood = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMA);

const TEXTS = [
  ...['', 'x', 'now', 'all', '5', '0ms', '5s', '007m', '366d', '367d', '8785h', '99999999999999d', '1.5s', '-5s'],
  ...['+1h', '-10m', '+0d', '+36600d', '+36601d', '1h', 'courier-1', 'Courier', '9lives', 'at motion', 'at write 1'],
  ...['before write 0', 'after write 0003', 'after write 1000000', '2099-01-01', '2026-06-01T10:00Z', '1969-12-31'],
  ...['2026-13-01', '2026-06-01T24:00Z', '2026-06-01T10:00:61Z', '\u{1f511}'.repeat(4_096), 'x'.repeat(4_097)],
];
const NUMBERS = [-1, 0, 1, 2, 7, 1.5, 100, 1_000_001, 0xffff_ffff + 1, Number.MAX_SAFE_INTEGER];
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, ...TEXTS, ...NUMBERS),
  fc.constantFrom<unknown>([], {}, ['x'], { x: 1 }),
);

/** What a schema allows, and often what it nearly allows. */
function like(schema: JsonSchema): fc.Arbitrary<unknown> {
  const mostly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ arbitrary: good, weight: 12 }, { arbitrary: anything, weight: 1 });
  const { enum: words, const: only, oneOf, anyOf, type, properties = {}, required = [] } = schema;
  const choices = (oneOf ?? (properties === undefined || type !== 'object' ? anyOf : undefined)) as JsonSchema[];
  if (words !== undefined) return mostly(fc.constantFrom(...(words as unknown[])));
  if (only !== undefined) return mostly(fc.constant(only));
  if (choices !== undefined) return mostly(fc.oneof(...choices.map(like)));
  const { minimum = 0, maximum = 0, items } = schema as Readonly<Record<string, number>> & { items?: JsonSchema };
  switch ([type].flat()[0]) {
    case 'boolean':
      return mostly(fc.boolean());
    case 'integer':
      return mostly(fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1, minimum + 1));
    case 'array':
      return mostly(fc.array(like(items ?? {}), { maxLength: 3 }));
    case 'object': {
      const parts = Object.entries(properties as Readonly<Record<string, JsonSchema>>);
      // One that has many keys has few of them at a time.
      const few = fc.subarray(
        parts.map(([key]) => key),
        { maxLength: Math.min(parts.length, 3) },
      );
      const must = required as readonly string[];
      return mostly(
        fc
          .tuple(few, fc.integer({ min: 0, max: 12 }))
          .chain(([some, slip]) =>
            fc.record(
              Object.fromEntries(
                parts
                  .filter(([key]) => some.includes(key) || (must.includes(key) && slip !== 0))
                  .map(([key, one]) => [key, like(one)]),
              ),
            ),
          ),
      );
    }
    default:
      return anything;
  }
}

/** Of what only a profile, or two expectations beside each other, can say that it never comes true, a schema knows nothing. */
const BEYOND = /^this step cannot happen: |^this can never be met: /;

function whyNot(data: unknown): string | undefined {
  try {
    readScenario(data);
    return undefined;
  } catch (error) {
    if (error instanceof Misfit) return error.message;
    throw error;
  }
}

const { steps, policy: _policy, ...header } = SCHEMA.properties as Readonly<Record<string, JsonSchema>>;
const step = like((steps?.items ?? {}) as JsonSchema);

describe('the schema and the parser', () => {
  const agree = (data: unknown): void => {
    const why = whyNot(data);
    if (why !== undefined && BEYOND.test(why)) return;
    expect([isGood(data), why]).toEqual([why === undefined, why]);
  };

  it('agree on every step', () => {
    fc.assert(
      fc.property(step, (one) => agree({ scenario: 'a step', steps: [one] })),
      { numRuns: 2_000 },
    );
  });

  it('agree on what stands above the steps', () => {
    const above = like({ type: 'object', properties: header, required: ['scenario'] });
    fc.assert(
      fc.property(above, (given) => agree(isMap(given) ? { ...given, steps: [{ after: '1s' }] } : given)),
      { numRuns: 500 },
    );
  });
});
