/**
 * What `watch` makes of what it hears: one listener for each lock, and a line for each message. A lock is known
 * by its key. Which id that key belongs to is learnt from the first message that the key has signed, whose audience
 * names it; from then on everything below that id has to be signed by it.
 *
 * Without any key the one in a lock's own `info` is taken, the first that comes. That tells whether one lock has
 * said it all, and not which: whoever holds the broker could have put it there.
 */
import {
  createListener,
  type Finding,
  fromHex,
  INFO,
  isSigned,
  kidOf,
  type Listener,
  LOCK_ID,
  type Range,
  readReport,
  toHex,
  type Verify,
} from '../../protocol/index.ts';

export interface WatcherOptions {
  readonly topicRoot: string;
  /** Public keys of the locks; none: each lock's own word is taken for it. */
  readonly keys: readonly Uint8Array[];
  /** Only this lock. With one key, that is its key from the beginning. */
  readonly id?: string;
  readonly verify: Verify;
}

export type WatchVerdict =
  | Finding['verdict']
  /** Events that were to come, and did not. */
  | 'missing'
  /** Signed by nobody whose key is known here, on the topics of a lock that nobody knows. */
  | 'unknown';

export interface Watched {
  readonly lock: string | null;
  /** Below the lock's base. */
  readonly topic: string | null;
  readonly verdict: WatchVerdict;
  /** Of a forgery, what is wrong with it; of an unknown one, why nobody can tell. */
  readonly why?: string;
  readonly range?: Range;
  /** What the lock has said; of an unsigned message, the payload, if it is short. */
  readonly said?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly filled?: true;
  readonly began?: true;
  readonly lateMs?: number;
}

export interface WatchMessage {
  readonly topic: string;
  readonly payload: string;
  readonly receivedMs: number;
}

export interface Watcher {
  hear(message: WatchMessage): readonly Watched[];
  /** Time has passed: what should have come by now. */
  overdue(nowMs: number): readonly Watched[];
  /** Events that are missing still, of all locks. */
  missingCount(): number;
}

/** Locks that are followed at once. More: their messages are `unknown`. */
const LOCKS_MAX = 256;

/** Of what nobody signed, so much is shown. */
const TEXT_CHARS_MAX = 200;

export function createWatcher(options: WatcherOptions): Watcher {
  const { verify } = options;
  const keys = new Map(options.keys.map((key) => [toHex(kidOf(key)), key]));
  const base = `${options.topicRoot}/`;
  const listeners = new Map<string, Listener>();
  const [only] = options.keys;
  if (options.id !== undefined && only !== undefined && keys.size === 1) follow(options.id, only);

  function follow(id: string, lockKey: Uint8Array): Listener {
    const listener = createListener({ lockKey }, verify);
    listeners.set(id, listener);
    return listener;
  }

  function hear({ topic: full, payload, receivedMs }: WatchMessage): readonly Watched[] {
    const [id = '', ...rest] = full.startsWith(base) ? full.slice(base.length).split('/') : [];
    const topic = rest.join('/');
    if (!LOCK_ID.test(id) || topic === '')
      return [{ lock: null, topic: null, verdict: 'unknown', why: 'no topic of a lock' }];
    const known = listeners.get(id) ?? meet(id, topic, payload);
    if (typeof known === 'string') return [{ lock: id, topic, verdict: 'unknown', why: known }];
    const finding = known.hear({ topic, payload, receivedMs });
    return linesOf(id, topic, payload, finding);
  }

  /** The listener of a lock that was not heard before, or why there is none. */
  function meet(id: string, topic: string, payload: string): Listener | string {
    if (listeners.size >= LOCKS_MAX) return `more than ${LOCKS_MAX} locks`;
    const said = objectIn(payload);
    if (keys.size > 0) {
      const report = typeof said?.att === 'string' ? readReport(said.att) : undefined;
      const key = report && keys.get(toHex(report.signerKid));
      if (report === undefined || key === undefined || !isOf(id, report.audience))
        return isSigned(topic)
          ? 'not signed by a lock given by --lock'
          : 'nothing that a lock given by --lock has signed has come from it yet';
      // One that only names the key does not make its id this lock's: a forgery is told, and forgotten.
      const tried = createListener({ lockKey: key }, verify);
      const { verdict, why } = tried.hear({ topic, payload, receivedMs: 0 });
      return verdict === 'ok'
        ? follow(id, key)
        : `it names a lock given by --lock, which did not say it: ${why ?? verdict}`;
    }
    const info = topic === 'info' ? INFO.safeParse(said) : undefined;
    const key = info?.success === true && isOf(id, info.data.audience) ? fromHex(info.data.lock_key) : undefined;
    return key === undefined ? 'no info of this lock has come, and no --lock was given' : follow(id, key);
  }

  function linesOf(id: string, topic: string, payload: string, finding: Finding): readonly Watched[] {
    const { verdict, why, report, missing, filled, began, lateMs } = finding;
    if (report !== undefined && !isOf(id, report.audience)) {
      return [{ lock: id, topic, verdict: 'forged', why: 'wrong_lock' }];
    }
    const line: Watched = {
      lock: id,
      topic,
      verdict,
      ...(why === undefined ? {} : { why }),
      ...(report === undefined ? {} : { said: plain(report.document) }),
      ...(verdict === 'unsigned' ? { text: payload.slice(0, TEXT_CHARS_MAX) } : {}),
      ...(filled === undefined ? {} : { filled }),
      ...(began === undefined ? {} : { began }),
      ...(lateMs === undefined ? {} : { lateMs }),
    };
    return missing === undefined ? [line] : [gapOf(id, missing), line];
  }

  return {
    hear,
    overdue: (nowMs) =>
      [...listeners].flatMap(([id, listener]) => {
        const range = listener.overdue(nowMs);
        return range === undefined ? [] : [gapOf(id, range)];
      }),
    missingCount() {
      const gaps = [...listeners.values()].flatMap((listener) => listener.missing());
      return gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    },
  };
}

const gapOf = (lock: string, range: Range): Watched => ({ lock, topic: null, verdict: 'missing', range });

/** Whether an audience is that of the lock with this id: a report of one lock, put below another, is none of the other's. */
const isOf = (id: string, audience: string): boolean => audience.startsWith(`${id}/`);

/** A document as JSON has it. */
function plain(document: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  const value = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(value);
    return part instanceof Map ? Object.fromEntries([...part].map(([name, field]) => [name, value(field)])) : part;
  };
  return Object.fromEntries([...document].map(([name, field]) => [name, value(field)]));
}

function objectIn(payload: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // Anybody may publish anything.
    return undefined;
  }
}
