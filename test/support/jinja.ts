/**
 * Home Assistant's templates, rendered by the engine that Home Assistant uses: Jinja2, in its sandbox. Stricter than
 * there in one thing: a name that is not defined is an error, where Home Assistant writes a warning into its log.
 * What Home Assistant adds to Jinja is given to it here as far as our templates use it: `now`, `value_json`, `this`.
 */
import { spawnSync } from 'node:child_process';

const PYTHON = '/usr/bin/python3';

/** stdin: a JSON list of [template, variables, now in ms]; stdout: a JSON list of what came of each. */
const PROGRAM = `
import datetime, json, sys
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
def render(template, variables, now_ms):
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    now = datetime.datetime.fromtimestamp(now_ms / 1000, datetime.timezone.utc)
    environment.globals['now'] = lambda: now
    try:
        variables['value_json'] = json.loads(variables['value'])
    except ValueError:
        pass
    return environment.from_string(template).render(variables).strip()
json.dump([render(*one) for one in json.load(sys.stdin)], sys.stdout)
`;

export interface Rendering {
  readonly template: string;
  readonly value: string;
  readonly nowMs: number;
  /** What a person typed; Home Assistant says None where nothing was. */
  readonly code?: string | undefined;
  /** The entity's state before. */
  readonly state?: string | undefined;
}

export function render(renderings: readonly Rendering[]): readonly string[] {
  const input = renderings.map(({ template, value, nowMs, code, state }) => [
    template,
    { value, code: code === undefined || code === '' ? null : code, this: { state: state ?? 'unknown' } },
    nowMs,
  ]);
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', PROGRAM], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    timeout: 25_000,
  });
  if (status !== 0) throw new Error(`Jinja: ${stderr}`);
  return JSON.parse(stdout) as readonly string[];
}

/** Why it cannot render here; undefined when it can. Where nobody reads the reason, it is an error. */
export function noJinja(): string | undefined {
  const { status } = spawnSync(PYTHON, ['-c', 'import jinja2'], { stdio: 'ignore' });
  if (status === 0) return undefined;
  const reason = "apt-get install python3-jinja2, to render Home Assistant's templates";
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}
