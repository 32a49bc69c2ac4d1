import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { asyncApi } from './asyncapi.ts';
import { examples } from './examples.ts';
import { jsonSchemaOf, MESSAGES } from './messages.ts';

export const ASYNCAPI = 'protocol/asyncapi.yaml';
export const SCHEMAS = 'protocol/schemas';

/** Every generated file, by its path. */
export async function schemaFiles(): Promise<ReadonlyMap<string, string>> {
  const { license } = JSON.parse(readFileSync('package.json', 'utf8')) as { license: string };
  const document = asyncApi(await examples(), license);
  return new Map([
    [ASYNCAPI, stringify(document, { lineWidth: 120, aliasDuplicateObjects: false })],
    ...MESSAGES.map((message): [string, string] => {
      const schema = {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: message.name,
        ...jsonSchemaOf(message),
      };
      return [`${SCHEMAS}/${message.name}.json`, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  ]);
}

if (process.argv.includes('--write')) {
  for (const [path, text] of await schemaFiles()) writeFileSync(path, text);
  process.stdout.write(`${ASYNCAPI} and ${SCHEMAS} are written\n`);
}
