/**
 * Whether a value fits a JSON Schema (2020-12), as far as ours go: a keyword that is not known here is an
 * error, so that no schema is believed that nobody has looked at. The path to what does not fit, or undefined.
 */
export type Schema = { readonly [keyword: string]: unknown };

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isSafeInteger,
};
const SILENT = ['$schema', 'title', 'description'];

export function misfitOf(value: unknown, schema: Schema, path = ''): string | undefined {
  for (const [keyword, wanted] of Object.entries(schema)) {
    if (SILENT.includes(keyword)) continue;
    const wrong = CHECKS[keyword]?.(value, wanted as never, path, schema);
    if (CHECKS[keyword] === undefined) throw new Error(`nobody knows the keyword ${keyword}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

type Check = (value: unknown, wanted: never, path: string, schema: Schema) => string | undefined;
const check =
  <W>(fits: (value: unknown, wanted: W) => boolean): Check =>
  (value, wanted, path) =>
    fits(value, wanted) ? undefined : path || '/';

const CHECKS: Readonly<Record<string, Check>> = {
  type: check<string>((value, type) => TYPES[type]?.(value) === true),
  enum: check<readonly unknown[]>((value, words) => words.includes(value)),
  pattern: check<string>((value, pattern) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value)),
  maxLength: check<number>((value, most) => typeof value !== 'string' || value.length <= most),
  minimum: check<number>((value, least) => typeof value !== 'number' || value >= least),
  maximum: check<number>((value, most) => typeof value !== 'number' || value <= most),
  maxItems: check<number>((value, most) => !Array.isArray(value) || value.length <= most),
  minProperties: check<number>((value, least) => !isMap(value) || Object.keys(value).length >= least),
  required: check<readonly string[]>((value, keys) => !isMap(value) || keys.every((key) => Object.hasOwn(value, key))),
  anyOf: check<readonly Schema[]>((value, schemas) => schemas.some((one) => misfitOf(value, one) === undefined)),
  oneOf: check<readonly Schema[]>(
    (value, schemas) => schemas.filter((one) => misfitOf(value, one) === undefined).length === 1,
  ),
  items: (value, schema, path) =>
    Array.isArray(value) ? first(value.map((one, i) => misfitOf(one, schema, `${path}/${i}`))) : undefined,
  properties: (value, schemas: Readonly<Record<string, Schema>>, path) =>
    isMap(value)
      ? first(
          Object.entries(schemas).map(([key, one]) => inside(value, key, (of) => misfitOf(of, one, `${path}/${key}`))),
        )
      : undefined,
  additionalProperties: (value, allowed: boolean, path, { properties }) => {
    if (allowed) throw new Error('only false is known');
    const more = isMap(value) ? Object.keys(value).find((key) => !Object.hasOwn(properties as object, key)) : undefined;
    return more === undefined ? undefined : `${path}/${more}`;
  },
};

const inside = (value: object, key: string, look: (of: unknown) => string | undefined): string | undefined =>
  Object.hasOwn(value, key) ? look((value as Readonly<Record<string, unknown>>)[key]) : undefined;
const first = (found: readonly (string | undefined)[]): string | undefined => found.find((one) => one !== undefined);

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
