/**
 * `mqtt check`: the lock's account at a broker, tried out. A broker's own word proves little: some acknowledge what
 * their access list denies, and grant a subscription on which nothing will ever come. So everything here is
 * judged by what comes out at the other end:
 *
 *     write check/…  ─▶ broker ─▶ heard again?     may it write and read its own tree; is what is retained kept
 *     drop the wire  ─▶ broker ─▶ will heard?      does a lock that dies say so
 *     write cmd/ping ─▶ broker ─▶ heard? answered? may it hear commands; is the lock there, as its availability says
 *     beside its tree, and without an account ─▶ nothing may be heard
 *
 * It takes client ids of its own, so that no lock loses its connection. It writes below `check/`, once beside the tree under
 * a name that is nobody's, and a ping, which moves nothing. What it retains it takes away again.
 */
import { LOCK_ID, RESULT, toHex, topicsOf, toWallS } from '../../protocol/index.ts';
import type { BrokerMessage, Clock } from '../ports/index.ts';
import { type MqttBrokerOptions, mqttBroker } from '../report/mqtt.ts';
import { withoutUser } from '../report/mqtt-address.ts';
import { type BrokerOptions, credentialsOf, parseTopicRoot } from './broker-options.ts';
import { EXIT, failure, usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { printable } from './printable.ts';

export interface MqttCheckOptions extends BrokerOptions {
  readonly id: string;
  readonly json: boolean;
}

/** `unsure`: nothing speaks against it, and nothing can prove it from here. */
type Verdict = 'ok' | 'wrong' | 'unsure';

interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do about it. */
  readonly next?: string;
}

const CONNECT_MS_MAX = 10_000;
const ECHO_MS_MAX = 3_000;
const ECHO_TRIES = 3;
/** Nothing says that nothing comes: what an access list lets through comes within this time from a broker nearby. */
const SILENCE_MS = 1_000;
const PING_S = 60;
/** Of what others have published, so much is shown. */
const SHOWN_CHARS_MAX = 100;

const WRONG_LIST =
  "give the account its whole tree, and no other, in the broker's access list: examples/mosquitto does";

export async function mqttCheck(options: MqttCheckOptions, io: Io): Promise<number> {
  if (!LOCK_ID.test(options.id))
    throw usage(`--id ${JSON.stringify(options.id)} is no lock`, 'give 3 to 36 of a-z, 0-9 and -');
  const root = parseTopicRoot(options.topicRoot);
  const clock = await io.clock();
  const { username = options.id, ...credentials } = await credentialsOf(options);
  const nonce = toHex(io.random(6));
  const at: Site = { clock, io, id: options.id, root, account: { ...credentials, username }, nonce };
  const findings = await findingsAt(at);
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  say(io, options.json, { ok: wrong === 0, findings }, [
    ...findings.flatMap(({ check, verdict, detail, next }) => [
      printable(`${MARKS[verdict]} ${check.replaceAll('_', ' ')}: ${detail}`),
      ...(next === undefined ? [] : [`         ${next}`]),
    ]),
    wrong === 0 ? 'nothing is wrong' : `${wrong} of ${findings.length} are not as they should be`,
  ]);
  return wrong === 0 ? EXIT.done : EXIT.refused;
}

const MARKS: Readonly<Record<Verdict, string>> = { ok: 'ok      ', wrong: 'WRONG   ', unsure: 'unsure  ' };

/** Where, and as whom. */
interface Site {
  readonly clock: Clock;
  readonly io: Io;
  readonly id: string;
  readonly root: string;
  readonly account: Pick<MqttBrokerOptions, 'url' | 'username' | 'password' | 'tls'>;
  /** Nobody else's: what is heard with it in its topic is an echo of ours. */
  readonly nonce: string;
}

async function findingsAt(site: Site): Promise<readonly Finding[]> {
  const { account, nonce } = site;
  const topics = topicsOf(site.id, site.root);
  const tree = `${site.root}/${site.id}/check/${nonce}`;
  const own = await opened(site, account, { subscriptions: [`${tree}/#`, topics.cmd.ping, topics.result] });
  if (typeof own === 'string') {
    const next = 'check --broker, and user, password or certificate';
    throw failure('io', `no broker at ${withoutUser(account.url)}: ${own}`, next);
  }
  try {
    const findings: Finding[] = [];
    findings.push(await echo(own, tree));
    // Where nothing comes back, nothing else that is heard or not heard would mean anything.
    if (findings[0]?.verdict === 'wrong') return findings;
    findings.push(await retained(site, own, tree));
    findings.push(await will(site, own, tree));
    findings.push(...(await commands(site, own)));
    return [...findings, ...(await Promise.all([besideTree(site), otherLocks(site), withoutAccount(site, own, tree)]))];
  } finally {
    await own.close();
  }
}

async function echo(own: Line, tree: string): Promise<Finding> {
  const check = 'own_tree';
  let denied: string | undefined;
  // A broker may take the first message before it has made up its mind about the subscription.
  for (let tries = 0; tries < ECHO_TRIES; tries++) {
    denied = await own.publish(`${tree}/echo`, 'echo', false);
    if (await own.hears(({ topic }) => topic === `${tree}/echo`, SILENCE_MS)) {
      return { check, verdict: 'ok', detail: 'what is written there is heard there' };
    }
  }
  const detail =
    denied === undefined
      ? 'the broker took a message without a word and gave it to nobody: its access list denies writing, or reading'
      : `the broker does not take what is written there: ${denied}`;
  return { check, verdict: 'wrong', detail, next: WRONG_LIST };
}

async function retained(site: Site, own: Line, tree: string): Promise<Finding> {
  const check = 'retained';
  const topic = `${tree}/retained`;
  await own.publish(topic, 'kept', true);
  const later = await opened(site, site.account, { subscriptions: [topic] });
  if (typeof later === 'string') return { check, verdict: 'wrong', detail: `a second connection is refused: ${later}` };
  const kept = await later.hears((message) => message.topic === topic && message.retained, ECHO_MS_MAX);
  await later.close();
  await own.publish(topic, '', true);
  return kept
    ? { check, verdict: 'ok', detail: 'what is retained is there for who comes later' }
    : {
        check,
        verdict: 'wrong',
        detail: 'what is retained is not kept',
        next: 'allow retained messages at the broker',
      };
}

async function will(site: Site, own: Line, tree: string): Promise<Finding> {
  const check = 'will';
  const topic = `${tree}/will`;
  const dying = await opened(site, site.account, { availabilityTopic: topic });
  if (typeof dying === 'string') return { check, verdict: 'wrong', detail: `a second connection is refused: ${dying}` };
  dying.drop();
  const said = await own.hears((message) => message.topic === topic && message.payload === 'offline', ECHO_MS_MAX);
  // A broker that denies the will denies this, too, perhaps by ending the connection.
  if (said) await own.publish(topic, '', true);
  return said
    ? { check, verdict: 'ok', detail: 'a connection that dies is told of' }
    : {
        check,
        verdict: 'wrong',
        detail: 'nobody is told of a connection that dies: a lock without power would count as online',
        next: WRONG_LIST,
      };
}

/** May the account hear commands; and is the lock there, as its availability says? */
async function commands(site: Site, own: Line): Promise<readonly Finding[]> {
  const topics = topicsOf(site.id, site.root);
  const cid = `check-${site.nonce}`;
  const asker = await opened(site, site.account, { subscriptions: [topics.availability] });
  if (typeof asker === 'string')
    return [{ check: 'commands', verdict: 'wrong', detail: `a second connection is refused: ${asker}` }];
  const body = JSON.stringify({ cid, exp: toWallS(site.clock.wallMs()) + PING_S });
  await own.publish(topics.cmd.ping, body, false);
  const heard = await own.hears(({ topic, payload }) => topic === topics.cmd.ping && payload === body, ECHO_MS_MAX);
  await asker.hears(({ topic }) => topic === topics.availability, SILENCE_MS);
  const availability = asker.heard
    .find(({ topic }) => topic === topics.availability)
    ?.payload.slice(0, SHOWN_CHARS_MAX);
  const patienceMs = availability === 'online' ? ECHO_MS_MAX : SILENCE_MS;
  const answered = await own.hears(
    ({ topic, payload }) => topic === topics.result && isAnswer(payload, cid),
    patienceMs,
  );
  await asker.close();
  return [
    heard
      ? { check: 'commands', verdict: 'ok', detail: 'a lock with this account hears what it is asked' }
      : {
          check: 'commands',
          verdict: 'wrong',
          detail: 'a lock with this account is asked, and hears nothing',
          next: 'let the account read cmd/# and control in its own tree',
        },
    lockThere(availability, answered),
  ];
}

function lockThere(availability: string | undefined, answered: boolean): Finding {
  const check = 'lock';
  if (availability === 'online' && answered) return { check, verdict: 'ok', detail: 'it is online, and answers' };
  if (answered) {
    return {
      check,
      verdict: 'wrong',
      detail: `it answers, and its availability says ${availability ?? 'nothing'}: what it writes there is denied`,
      next: 'let its account write availability, info and state, and retain them',
    };
  }
  if (availability === 'online') {
    return {
      check,
      verdict: 'wrong',
      detail: 'its availability says online, and it does not answer: its will was not published, or it hears nothing',
      next: 'see whether it runs; then whether its account may write its availability, which is its will',
    };
  }
  return {
    check,
    verdict: 'unsure',
    detail: `it is not here now (${availability ?? 'and never was'}): start it and check again`,
  };
}

/** A tree that is nobody's: whoever can write and hear there can do so in the tree of any other lock. */
async function besideTree(site: Site): Promise<Finding> {
  const check = 'other_trees';
  const topic = `${site.root}/check-${site.nonce}/check`;
  const line = await opened(site, site.account, { subscriptions: [topic] });
  if (typeof line === 'string') return { check, verdict: 'wrong', detail: `a second connection is refused: ${line}` };
  await line.publish(topic, 'beside', false);
  const heard = await line.hears((message) => message.topic === topic, SILENCE_MS);
  await line.close();
  if (!heard)
    return { check, verdict: 'ok', detail: 'what the account writes beside its own tree does not come back to it' };
  return {
    check,
    verdict: 'wrong',
    detail: 'the account may write and read beside its own tree: in that of any other lock',
    next: WRONG_LIST,
  };
}

/** Listens as widely as it can; what is retained by another lock would come at once. */
async function otherLocks(site: Site): Promise<Finding> {
  const check = 'other_locks';
  const { root } = site;
  const wide = ['#', `${root}/#`, `${root}/+/state`, `${root}/+/availability`];
  const line = await opened(site, site.account, { subscriptions: wide });
  if (typeof line === 'string')
    return { check, verdict: 'ok', detail: `who listens on everything is refused: ${line}` };
  await line.hears(() => false, SILENCE_MS);
  const own = `${root}/${site.id}/`;
  // What this check has itself said beside that tree is another finding's.
  const isForeign = (topic: string): boolean => !topic.startsWith(own) && !topic.includes(site.nonce);
  const foreign = [...new Set(line.heard.map(({ topic }) => topic).filter(isForeign))];
  await line.close();
  const [first] = foreign;
  if (first === undefined) return { check, verdict: 'ok', detail: 'listening on everything, it hears nobody else' };
  return {
    check,
    verdict: 'wrong',
    detail: `the account hears what is not its own: ${JSON.stringify(first.slice(0, SHOWN_CHARS_MAX))}${foreign.length === 1 ? '' : ` and ${foreign.length - 1} more`}`,
    next: WRONG_LIST,
  };
}

/** Somebody who only knows the address: nothing that he does may be heard, and nothing may reach him. */
async function withoutAccount(site: Site, own: Line, tree: string): Promise<Finding> {
  const check = 'no_account';
  const { url, tls } = site.account;
  const anybody = { url: withoutUser(url), ...(tls === undefined ? {} : { tls: authorityOnly(tls) }) };
  const line = await opened(site, anybody, { subscriptions: [`${tree}/#`, '#'], clientId: `anybody-${site.nonce}` });
  if (typeof line === 'string') return { check, verdict: 'ok', detail: `who has none is not let in: ${line}` };
  await line.publish(`${tree}/anybody`, 'anybody', false);
  await own.publish(`${tree}/secret`, 'secret', false);
  const writes = await own.hears(({ topic }) => topic === `${tree}/anybody`, SILENCE_MS);
  const reads = await line.hears(({ topic }) => topic === `${tree}/secret`, SILENCE_MS);
  await line.close();
  if (!writes && !reads)
    return { check, verdict: 'ok', detail: 'who has none is let in, and neither hears nor says anything' };
  const may = [...(reads ? ['hear all that the lock says'] : []), ...(writes ? ['speak in its name'] : [])].join(
    ', and ',
  );
  return {
    check,
    verdict: 'wrong',
    detail: `anybody, without an account, may ${may}`,
    next: 'forbid anonymous connections at the broker',
  };
}

/** The broker is known by its authority; who asks shows nothing of his own. */
const authorityOnly = (tls: NonNullable<MqttBrokerOptions['tls']>) => async () => {
  const { ca } = await tls();
  return ca === undefined ? {} : { ca };
};

function isAnswer(payload: string, cid: string): boolean {
  try {
    const result = RESULT.safeParse(JSON.parse(payload));
    return result.success && result.data.cid === cid;
  } catch {
    // Anybody may publish anything: what is no JSON is no answer.
    return false;
  }
}

interface Line {
  readonly heard: readonly BrokerMessage[];
  /** Why the broker did not take it; undefined when it says that it did. */
  publish(topic: string, payload: string, retain: boolean): Promise<string | undefined>;
  /** Whether such a message comes within the time, or came before. */
  hears(takes: (message: BrokerMessage) => boolean, waitMs: number): Promise<boolean>;
  drop(): void;
  close(): Promise<void>;
}

/** Messages kept of a line; the rest says nothing new. */
const HEARD_MAX = 1_000;

/** A connection, with a moment for its subscriptions; or why there is none. */
async function opened(
  { clock, io, id }: Site,
  account: Site['account'],
  more: Pick<Partial<MqttBrokerOptions>, 'subscriptions' | 'availabilityTopic' | 'clientId'>,
): Promise<Line | string> {
  const broker = mqttBroker({ clientId: `${id}-check-${toHex(io.random(4))}`, ...account, ...more, clock });
  const heard: BrokerMessage[] = [];
  const watchers = new Set<() => void>();
  const status: { connected?: true; lost?: string } = {};
  broker.start((event) => {
    if (event.type === 'broker.message' && heard.length < HEARD_MAX) heard.push(event);
    else if (event.type === 'broker.connected') status.connected = true;
    else if (event.type === 'broker.lost') status.lost ??= event.reason;
    for (const watcher of [...watchers]) watcher();
  });
  function until(holds: () => boolean, waitMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (held: boolean) => (): void => {
        watchers.delete(look);
        cancel();
        resolve(held);
      };
      const look = (): void => {
        if (holds()) settle(true)();
      };
      const cancel = clock.after(waitMs, settle(false));
      watchers.add(look);
    });
  }
  await until(() => status.connected === true || status.lost !== undefined, CONNECT_MS_MAX);
  if (status.connected !== true) {
    broker.drop();
    return status.lost ?? 'it does not answer';
  }
  return {
    heard,
    publish: (topic, payload, retain) =>
      broker.publish(topic, payload, { retain }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    hears: (takes, waitMs) => until(() => heard.some(takes), waitMs),
    drop: () => broker.drop(),
    close: () => broker.close(),
  };
}
