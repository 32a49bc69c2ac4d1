import { builtinModules } from 'node:module';
import vm from 'node:vm';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { textOf, token } from '../support/people.ts';

/** What every browser has and the language itself has not; nothing of Node's. */
const WEB = { TextEncoder, TextDecoder };

async function bundle(): Promise<string> {
  const built = await rolldown({ input: 'protocol/index.ts', platform: 'browser', onLog: () => undefined });
  const { output } = await built.generate({ format: 'iife', name: 'protocol' });
  await built.close();
  return output[0].code;
}

describe('the protocol folder', () => {
  it('runs where there is nothing of Node, and reads there what was written here', async () => {
    const code = await bundle();
    const context = vm.createContext({ ...WEB, text: textOf(token()) });
    vm.runInContext(code, context);
    const verdict: unknown = vm.runInContext(
      'const parsed = protocol.parse(text);' +
        'JSON.stringify([parsed.ok, typeof process, typeof Buffer, typeof require, protocol.toHex(parsed.value.token.id)])',
      context,
    );
    expect(JSON.parse(String(verdict))).toEqual([true, 'undefined', 'undefined', 'undefined', `${'0'.repeat(31)}1`]);
  });

  it('imports no module of Node', async () => {
    const built = await rolldown({ input: 'protocol/index.ts', platform: 'browser', onLog: () => undefined });
    const { output } = await built.generate({ format: 'esm' });
    await built.close();
    const imported = output[0].imports.filter((name) => name.startsWith('node:') || builtinModules.includes(name));
    expect(imported).toEqual([]);
  });
});
