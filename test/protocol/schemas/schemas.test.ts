/** The generated documents: fresh, true to the schemas, sound AsyncAPI, and with an example of everything. */
import { readdirSync, readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Example, examples } from './examples.ts';
import { jsonSchemaOf, MESSAGES, type Message } from './messages.ts';
import { ASYNCAPI, SCHEMAS, schemaFiles } from './write.ts';

let fresh: ReadonlyMap<string, string>;
let found: ReadonlyMap<string, readonly Example[]>;
beforeAll(async () => {
  fresh = await schemaFiles();
  found = await examples();
});

const stored = (): string => readFileSync(ASYNCAPI, 'utf8');
const of = ({ name }: Message): readonly Example[] => found.get(name) ?? [];

/** The words that tell one kind of payload on a topic from another, by its schema. */
function kindsOf(message: Message): readonly string[] {
  const text = JSON.stringify(jsonSchemaOf(message));
  const words = [...text.matchAll(/"(?:event_type|action)":\{"type":"string","(?:const|enum)":(\[[^\]]+\]|"[^"]+")/g)];
  return words.flatMap((match) => JSON.parse(match[1] ?? '') as string | string[]);
}

/** What a run in a sound world does not bring about, with the reason. */
const NOT_IN_A_RUN: Readonly<Record<string, readonly string[]>> = {
  // Matter has these words for other locks; these mechanisms have no such state.
  'event-lock': ['unlatched', 'not_fully_locked', 'unlatching', 'unknown'],
  // 4096 events without a broker.
  'event-system': ['events_lost'],
};

describe('the generated files', () => {
  it('are what the schemas and a run say now (npm run schemas writes them)', () => {
    for (const [path, text] of fresh) expect(readFileSync(path, 'utf8'), path).toBe(text);
  });

  it('are all that there is in their folder', () => {
    const names = readdirSync(SCHEMAS).map((name) => `${SCHEMAS}/${name}`);
    expect(names.sort()).toEqual([...fresh.keys()].filter((path) => path !== ASYNCAPI).sort());
  });

  it('come out the same when the world runs again', async () => {
    expect(await schemaFiles()).toEqual(fresh);
  });
});

describe('the AsyncAPI document', () => {
  const parser = new Parser();

  it('is one, of version 3.1.0, and gives the parser nothing to say', async () => {
    const { document, diagnostics } = await parser.parse(stored());
    expect(diagnostics.map(({ code, message, path }) => ({ code, message, path }))).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
    expect(document?.operations().filterBySend()).toHaveLength(
      MESSAGES.filter(({ action }) => action === 'send').length,
    );
    expect(document?.channels().all()).toHaveLength(MESSAGES.length);
  });

  it.each([
    ['a reference to nothing', '#/channels/state', '#/channels/stat'],
    ['a misspelt key', 'operations:', 'operation:'],
    ['a schema that is none', 'type: object', 'type: objct'],
    ['a version that there is not', 'asyncapi: 3.1.0', 'asyncapi: 3.9.0'],
  ])('is really checked: the parser refuses %s', async (_name, from, to) => {
    const { diagnostics } = await parser.parse(stored().replace(from, to));
    expect(diagnostics.length).toBeGreaterThan(0);
  });

  it('shows in its examples what a lock has said', () => {
    const { components } = parse(stored()) as {
      components: { messages: Record<string, { examples: readonly Example[] }> };
    };
    for (const message of MESSAGES) expect(components.messages[message.name]?.examples).toEqual(of(message));
  });
});

describe.each(MESSAGES)('$name', (message) => {
  const validate = new Ajv({ strict: true, formats: { 'date-time': true } }).compile(jsonSchemaOf(message));

  it('has an example of each kind, and each is what its schema says, by two libraries', () => {
    expect(of(message)).not.toEqual([]);
    const kinds = kindsOf(message).filter((kind) => !NOT_IN_A_RUN[message.name]?.includes(kind));
    expect(of(message).map(({ name }) => name)).toEqual(expect.arrayContaining([...kinds]));
    for (const { payload } of of(message)) {
      expect(message.schema.safeParse(payload).error).toBeUndefined();
      expect(validate(payload), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it('takes nothing else', () => {
    for (const payload of [null, 1, 'open', {}, { event_type: 'ring' }, [1]]) {
      expect(message.schema.safeParse(payload).success, JSON.stringify(payload)).toBe(false);
      expect(validate(payload), JSON.stringify(payload)).toBe(false);
    }
  });
});
