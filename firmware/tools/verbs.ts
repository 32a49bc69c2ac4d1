/**
 * The verbs of the people around the lock, as the command line knows them. Only descriptions stand
 * here: the module of a verb is loaded when the verb is called, so that help comes at once.
 */
import type { Command } from 'commander';
import type { ControlOptions } from './control.ts';
import type { EnrolOptions } from './enrol.ts';
import type { GrantOptions } from './grant.ts';
import type { InspectOptions } from './inspect.ts';
import type { Io } from './io.ts';
import type { JournalExportOptions, JournalListOptions, JournalOptions } from './journal.ts';
import type { JournalEraseOptions, JournalResealOptions } from './journal-mend.ts';
import type { MqttCheckOptions } from './mqtt-check.ts';
import type { PresentOptions } from './present.ts';
import type { TokenOptions } from './token.ts';
import type { UnlockOptions } from './unlock.ts';
import type { WatchOptions } from './watch.ts';

/** What a verb is mounted with. `settle` takes its exit code. */
export interface Mount {
  readonly io: Io;
  settle(code: number): void;
}

/** A verb with `--json` and with examples below its help. */
export function addVerb(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  const verb = addGroup(parent, name, summary, examples);
  return addFlag(verb, 'json', 'one JSON object instead of words, errors too');
}

/** A verb that has verbs of its own. */
export function addGroup(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  return addExamples(parent.command(name).description(summary), examples);
}

export function addExamples(command: Command, examples: readonly string[]): Command {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${examples.map((example) => `  $ ${example}\n`).join('')}`);
}

/** A switch that is false when it is not given, without help saying so each time. */
export function addFlag(command: Command, name: string, description: string): Command {
  command.option(`--${name}`, description);
  return command.setOptionValueWithSource(name, false, 'default');
}

const TIMES = 'now, +4h (s m h d w, from now), or 2026-12-01T08:00:00Z';

export function mountTools(program: Command, mount: Mount): void {
  mountEnrol(program, mount);
  mountKey(program, mount);
  mountGrant(program, mount);
  mountToken(program, mount);
  mountPresent(program, mount);
  mountInspect(program, mount);
  mountControl(program, mount);
  mountUnlock(program, mount);
  mountMqtt(program, mount);
  mountWatch(program, mount);
  mountJournal(program, mount);
}

function mountEnrol(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'enrol', "make a lock its owner's: mints the lock's own key and audience", [
    'latchstring enrol --id front-door --owner owner.pub --recovery recovery.pub --data ./lock',
  ])
    .requiredOption('--id <id>', '3 to 36 of a-z, 0-9 and -, as it will stand in MQTT topics')
    .requiredOption('--owner <pub>', "the owner's public key: a .pub file or 64 hexadecimal digits")
    .requiredOption('--recovery <pub>', 'public key of the recovery key, which is kept on paper')
    .requiredOption('--data <dir>', "the lock's folder; made when it is not there");
  addFlag(verb, 'again', 'replace the identity: every token and delegation made for this lock is void then');
  verb.action(async (options: EnrolOptions) => settle(await (await import('./enrol.ts')).enrol(options, io)));
}

function mountKey(program: Command, { io, settle }: Mount): void {
  const group = addGroup(program, 'key', 'make and show keys', [
    'latchstring key new --out owner',
    'latchstring key new --out recovery --paper',
    'latchstring key pub owner',
    'latchstring key restore --out recovery',
  ]);
  const fresh = addVerb(group, 'new', 'make a key: a secret file, and its public half beside it in F.pub', [
    'latchstring key new --out owner',
  ]).requiredOption('--out <file>', 'where the secret goes (mode 0600); nothing is ever overwritten');
  addFlag(fresh, 'paper', 'print the secret too, as 58 letters and digits to be written down');
  fresh.action(async (options: { out: string; paper: boolean; json: boolean }) =>
    settle(await (await import('./key-file.ts')).keyNew(options, io)),
  );
  addVerb(group, 'pub', 'print the public half of a key file, 64 hexadecimal digits', ['latchstring key pub owner'])
    .argument('<file>', 'a key file')
    .action(async (file: string, options: { json: boolean }) =>
      settle(await (await import('./key-file.ts')).keyPub(file, options, io)),
    );
  addVerb(group, 'restore', 'type a paper key back into a file; one wrong letter is noticed', [
    'latchstring key restore --out recovery',
    'latchstring key restore --out recovery < typed.txt',
  ])
    .requiredOption('--out <file>', 'where the secret goes (mode 0600); nothing is ever overwritten')
    .action(async (options: { out: string; json: boolean }) =>
      settle(await (await import('./key-file.ts')).keyRestore(options, io)),
    );
}

function mountGrant(program: Command, { io, settle }: Mount): void {
  addVerb(program, 'grant', 'let a carrier send couriers, within limits; signed by the owner', [
    'latchstring grant --key owner --lock front-door/abcd2345 --to carrier.pub --out carrier.grant',
    "latchstring grant --key owner --lock front-door/abcd2345 --to carrier.pub --until +90d --hours 'mon-sat 08:00-20:00, sun 10:00-12:00' --out carrier.grant",
  ])
    .requiredOption('--key <file>', "the owner's key file")
    .requiredOption('--lock <audience>', 'the lock, as enrol printed it')
    .requiredOption('--to <pub>', "the carrier's public key: a .pub file or 64 hexadecimal digits")
    .option('--actions <list>', 'what its couriers may do: unlock, unlatch, release', 'unlock')
    .option('--from <time>', TIMES, 'now')
    .option('--until <time>', `${TIMES} (default: 30 days after --from)`)
    .option('--window <length>', 'longest life of one token', '4h')
    .option('--uses <number>', 'tokens a day', '8')
    .option('--hours <hours>', "hours of the week in the lock's time zone (default: all)")
    .option('--epoch <number>', "the owner's epoch", '1')
    .requiredOption('--out <file>', 'new file for the delegation: one line, LSD1: and base64url')
    .action(async (options: GrantOptions) => settle(await (await import('./grant.ts')).grant(options, io)));
}

function mountToken(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'token', 'let one courier in once, under a delegation; or, as the owner, a guest', [
    'latchstring token --key carrier --grant carrier.grant --lock front-door/abcd2345 --to phone.pub --out parcel.token',
    'latchstring token --key owner --lock front-door/abcd2345 --to guest.pub --until +2h --out guest.token',
  ])
    .requiredOption('--key <file>', "the carrier's key file, or the owner's for a guest")
    .option('--grant <file>', "the owner's delegation; without it the owner signs")
    .requiredOption('--lock <audience>', 'the lock')
    .requiredOption('--to <pub>', "public key of the courier's phone: a .pub file or 64 hexadecimal digits")
    .option('--from <time>', TIMES, 'now')
    .option('--until <time>', `${TIMES} (default: the longest that the delegation allows, 4h for a guest)`)
    .option('--action <action>', 'unlock, unlatch or release', 'unlock')
    .option('--epoch <number>', "the owner's epoch, for a guest (default: 1)")
    .requiredOption('--out <file>', 'new file for the token: one line, LST1: and base64url');
  addFlag(
    verb,
    'named',
    'name the delegation instead of carrying it: a smaller code, for a lock that knows it already',
  );
  verb.action(async (options: TokenOptions) => settle(await (await import('./token.ts')).token(options, io)));
}

function mountPresent(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'present', 'show a token to the lock, as the courier does', [
    'latchstring present --key phone --token parcel.token --qr --watch',
    'latchstring present --key phone --token parcel.token --nonce 00112233445566778899aabbccddeeff',
  ])
    .requiredOption('--key <file>', 'key file of the phone that the token is for')
    .requiredOption('--token <file>', 'what token wrote')
    .option('--nonce <hex>', "answer the lock's own nonce instead of saying the time")
    .option('--at <time>', `the moment of drawing, for tests: ${TIMES} (default: now)`);
  addFlag(verb, 'qr', 'draw it as a QR code; without colours, a block is a dark module');
  addFlag(verb, 'watch', 'redraw every ten seconds until Ctrl-C: a code is good for half a minute');
  verb.action(async (options: PresentOptions) => settle(await (await import('./present.ts')).present(options, io)));
}

function mountControl(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'control', 'tell a lock what only its owner may: deny, pause, raise the epoch', [
    'latchstring control pause --key owner --lock front-door/abcd2345 --lock-key $LOCK_KEY --broker mqtt://127.0.0.1:1883',
    'latchstring control deny-key 0123456789abcdef --key owner --lock front-door/abcd2345 --counter 2 --qr',
    'latchstring control rotate-root new-owner --key recovery --lock front-door/abcd2345 --broker mqtt://127.0.0.1:1883',
  ])
    .argument(
      '<op>',
      'raise-epoch N, deny-token ID, deny-key KID, pause, resume, set-mode MODE, set-time [TIME], rotate-root FILE, re-seal EPOCH',
    )
    .argument('[argument]', 'what it is about')
    .requiredOption('--key <file>', "the owner's key file; for rotate-root the recovery key")
    .requiredOption('--lock <audience>', 'the lock, as enrol printed it')
    .option('--counter <number>', 'one more than control_counter in its state (default, with --broker: asked)')
    .option('--nonce <hex>', "the lock's nonce, for set-time, rotate-root and re-seal (default, with --broker: asked)");
  addBrokerOptions(verb, 'option');
  addLockKey(verb);
  addFlag(verb, 'qr', 'draw it as a QR code, for the reader of the lock');
  verb.action(async (op: string, argument: string | undefined, options: ControlOptions) =>
    settle(await (await import('./control.ts')).control(op, argument, options, io)),
  );
}

function mountUnlock(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'unlock', "the household opens its own door: answers the lock's nonce over a broker", [
    'latchstring unlock --key owner --broker mqtt://127.0.0.1:1883 --lock front-door/abcd2345 --lock-key $LOCK_KEY',
  ])
    .requiredOption('--key <file>', "the owner's key file")
    .requiredOption('--lock <audience>', 'the lock, as enrol printed it')
    .option('--action <action>', 'unlock, unlatch or release', 'unlock');
  addBrokerOptions(verb, 'requiredOption');
  addLockKey(verb);
  verb.action(async (options: UnlockOptions) => settle(await (await import('./unlock.ts')).unlock(options, io)));
}

function mountWatch(program: Command, { io, settle }: Mount): void {
  const verb = addVerb(program, 'watch', 'follow one lock or all of them, and mark what is forged, missing or late', [
    'latchstring watch --lock $LOCK_KEY --broker mqtt://127.0.0.1:1883',
    'latchstring watch --lock $LOCK_KEY --id front-door --broker mqtts://broker.example:8883 --json',
  ])
    .option('--lock <pub...>', "public keys of the locks, as enrol printed them; without it, each lock's own word")
    .option(
      '--id <id>',
      'only this lock, by the first part of its audience (default: all that the broker lets you hear)',
    );
  addBrokerOptions(verb, 'requiredOption').addHelpText(
    'after',
    '\nIt ends with Ctrl-C. The exit code is 1 when something was forged or forked, or is missing; 3 when it never reached a broker. With --json, one object a line.',
  );
  verb.action(async (options: WatchOptions) => settle(await (await import('./watch.ts')).watch(options, io)));
}

function addBrokerOptions(verb: Command, broker: 'option' | 'requiredOption'): Command {
  return verb[broker]('--broker <url>', 'mqtt://host:1883 or mqtts://host:8883')
    .option('--username <name>', 'user name at the broker')
    .option('--password-file <file>', 'file with the password')
    .option('--ca-file <file>', 'certificate authority of an mqtts:// broker, PEM')
    .option('--cert-file <file>', 'certificate to show to an mqtts:// broker, PEM')
    .option('--key-file <file>', 'its key, PEM')
    .option('--topic-root <root>', 'what stands before the id in topics (default: latchstring/v1)');
}

const addLockKey = (verb: Command): Command =>
  verb.option('--lock-key <pub>', "the lock's own public key: believe nobody else's word, not the broker's either");

function mountMqtt(program: Command, { io, settle }: Mount): void {
  const group = addGroup(program, 'mqtt', 'look at a broker as a lock would', [
    'latchstring mqtt check --broker mqtts://broker.example --id front-door --password-file ./broker-password',
  ]);
  const verb = addVerb(
    group,
    'check',
    "try the lock's account at a broker: what it may say and hear, its will, and who else may",
    [
      'latchstring mqtt check --broker mqtt://127.0.0.1:1883 --id front-door --password-file ./broker-password',
      'latchstring mqtt check --broker mqtts://broker.example --id front-door --ca-file ca.pem --cert-file front-door.pem --key-file front-door.key',
    ],
  ).requiredOption('--id <id>', "the lock's id, which is its user name, too, unless --username says otherwise");
  addBrokerOptions(verb, 'requiredOption');
  verb
    .addHelpText(
      'after',
      '\nIt connects under a name of its own, and asks a lock that is running for nothing but a ping. What it writes, it writes\nbelow check/ in the tree of the lock, and takes away again; and once beside it, to see that it may not. The exit code is 1 when something is not as it should be.',
    )
    .action(async (options: MqttCheckOptions) =>
      settle(await (await import('./mqtt-check.ts')).mqttCheck(options, io)),
    );
}

function mountInspect(program: Command, { io, settle }: Mount): void {
  addVerb(program, 'inspect', 'say who may do what, where, until when, and which check would fail now', [
    'latchstring inspect - --owner owner.pub < parcel.token',
    'latchstring present --key phone --token parcel.token | latchstring inspect - --owner owner.pub --lock front-door/abcd2345',
    'latchstring inspect - --lock-key $LOCK_KEY < receipt.json',
  ])
    .argument(
      '<text>',
      'a presentation or control (LS1:), a token (LST1:), a delegation (LSD1:), or what a lock has said; - reads it from stdin',
    )
    .option('--owner <pub>', "the owner's public key: a .pub file or 64 hexadecimal digits")
    .option('--lock-key <pub>', "of a receipt, or of any event: the lock's own public key")
    .option('--lock <audience>', 'the lock that should take it (default: the one it names)')
    .option('--at <time>', TIMES, 'now')
    .option('--grant <file>', 'a delegation that the lock remembers, for a token that only names it')
    .option('--epoch <number>', "the lock's epoch (default: not judged)")
    .option('--timezone <name>', "the lock's time zone, like Europe/Berlin (default: UTC)")
    .addHelpText(
      'after',
      '\nThe exit code is 1 when it would be refused. Whether it was used already, only the lock knows.',
    )
    .action(async (text: string, options: InspectOptions) =>
      settle(await (await import('./inspect.ts')).inspect(text, options, io)),
    );
}

const DATA = "the lock's own folder, as enrol was given it";
const NO_SECRETS =
  '\nNo secret key and no token is in a journal; who came when is. It only reads: the lock may be running.';

function mountJournal(program: Command, { io, settle }: Mount): void {
  const group = addGroup(program, 'journal', 'look at what a lock remembers; while it is stopped, mend it', [
    'latchstring journal list --data ./lock',
    'latchstring journal verify --data ./lock',
    'latchstring journal export --data ./lock --out journal.jsonl',
  ]);
  addVerb(group, 'list', 'one line for each record, the newest last', [
    'latchstring journal list --data ./lock',
    'latchstring journal list --data ./lock --last 500 --json',
  ])
    .requiredOption('--data <dir>', DATA)
    .option('--last <number>', 'how many records', '50')
    .addHelpText('after', `\nWith --json, one object a line.${NO_SECRETS}`)
    .action(async (options: JournalListOptions) =>
      settle(await (await import('./journal.ts')).journalList(options, io)),
    );
  addVerb(group, 'verify', 'say whether it is sound, what an interrupted append left, or where it is damaged', [
    'latchstring journal verify --data ./lock',
  ])
    .requiredOption('--data <dir>', DATA)
    .addHelpText('after', `\nThe exit code is 0 when it is sound, 1 when it is damaged.${NO_SECRETS}`)
    .action(async (options: JournalOptions) => settle(await (await import('./journal.ts')).journalVerify(options, io)));
  addVerb(group, 're-seal', 'begin a new journal in the place of a damaged one; the owner signs for it', [
    'latchstring journal re-seal --data ./lock',
    'latchstring journal re-seal --data ./lock --key owner --epoch 2',
  ])
    .requiredOption('--data <dir>', DATA)
    .option('--key <file>', "the owner's key file, where it is at hand (default: the text is asked for)")
    .option('--epoch <number>', 'higher than any before: what was signed for an older one is void')
    .addHelpText(
      'after',
      '\nThe lock must be stopped. A running one is sealed with: latchstring control re-seal EPOCH --broker URL',
    )
    .action(async (options: JournalResealOptions) =>
      settle(await (await import('./journal-mend.ts')).journalReseal(options, io)),
    );
  addVerb(group, 'erase', 'forget what happened before a moment; used tokens stay used', [
    'latchstring journal erase --data ./lock --before 2026-11-01T00:00:00Z',
  ])
    .requiredOption('--data <dir>', DATA)
    .requiredOption('--before <time>', 'ISO 8601 with a zone, or now')
    .addHelpText('after', '\nThe lock must be stopped. What no broker has acknowledged yet is kept, and told first.')
    .action(async (options: JournalEraseOptions) =>
      settle(await (await import('./journal-mend.ts')).journalErase(options, io)),
    );
  addVerb(group, 'export', 'all records as JSON lines, in a new file', [
    'latchstring journal export --data ./lock --out journal.jsonl',
  ])
    .requiredOption('--data <dir>', DATA)
    .requiredOption('--out <file>', 'new file for the records (mode 0600); nothing is ever overwritten')
    .addHelpText('after', NO_SECRETS)
    .action(async (options: JournalExportOptions) =>
      settle(await (await import('./journal.ts')).journalExport(options, io)),
    );
}
