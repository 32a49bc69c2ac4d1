/**
 * `sim`: a house on a laptop. With a terminal it shows door, bolt and bell live and takes keys;
 * without one it takes the same words as lines, one after the other, and waits after each until the
 * door has come to rest.
 */

import { eventDocument } from '../../firmware/journal/chain.ts';
import { PROFILES, type ProfileName } from '../../firmware/lock/profiles/index.ts';
import type { Cancel } from '../../firmware/ports/index.ts';
import { describe } from '../../firmware/report/describe.ts';
import { EXIT, systemCode, usage } from '../../firmware/tools/failure.ts';
import type { Io } from '../../firmware/tools/io.ts';
import { type Screen, screen, standing } from '../console/screen.ts';
import { ALL_WORDS, type Done, visitor, WORDS, wordOfKey, wordOfLine } from '../console/words.ts';
import { type House, startHouse } from '../house.ts';
import { followActs, type SimTopics, simTopicsOf } from '../kit/acts.ts';
import { handsOf } from '../kit/hands.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Truth } from '../plant/plant.ts';

export interface SimOptions {
  readonly data?: string;
  readonly port?: number;
  /** What is opened: a door, unless said otherwise. */
  readonly profile?: ProfileName;
  /** Tests in any language may play the world over the broker; yes, unless said otherwise. */
  readonly acts?: boolean;
  readonly json: boolean;
}

const CTRL_C = '\x03';
const LINE_CHARS_MAX = 4096;
/** Between a word and the moment at which its first consequence shows: a press, a bounce, a contact that settles. */
const SHOWS_MS = 250;

export async function sim(options: SimOptions, io: Io): Promise<number> {
  let show: ((change: Change) => void) | undefined;
  const interrupted = interruption(io);
  const house = await startHouse({
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.port === undefined ? {} : { port: options.port }),
    profile: PROFILES[options.profile ?? 'door'],
    onEvent: (record) =>
      show?.({
        change: 'event',
        text: describe(record),
        value: { topic: record.topic, ...eventDocument(record, house.identity.audience) },
      }),
    onState: (document) => show?.({ change: 'state', value: document }),
  });
  let unfollow: Cancel = () => undefined;
  const world = options.acts === false ? undefined : handsOf(house);
  try {
    await house.ready();
    const topics = world === undefined ? undefined : simTopicsOf(house.identity.lockId);
    if (world !== undefined) unfollow = await followActs(house, world);
    const terminal = options.json || !io.stdinIsTerminal ? undefined : io.terminal();
    if (terminal === undefined) {
      const misspelt = await playLines(house, io, interrupted, options.json, opening(house, topics), (listener) => {
        show = listener;
      });
      // A script with a word that is none has not done what its author thinks.
      if (misspelt > 0) return EXIT.usage;
    } else {
      await playKeys(house, io, interrupted, terminal.columns, opening(house, topics), (listener) => {
        show = listener;
      });
    }
    return EXIT.done;
  } finally {
    show = undefined;
    io.closeInput();
    unfollow();
    world?.letGo();
    await house.stop();
  }
}

/** Something has become another. `value` is what `--json` prints; without `text` people see it elsewhere. */
interface Change {
  readonly change: string;
  readonly text?: string;
  readonly value: object;
}

type Follow = (listener: (change: Change) => void) => void;

/** What one has to know of a house that is up. */
const opening = (house: House, topics: SimTopics | undefined) => {
  const eventRoot = house.topics.availability.replace(/availability$/, '#');
  return {
    broker: house.broker.url,
    watch: `npx mqtt subscribe -h 127.0.0.1 -p ${house.broker.port} -t '${eventRoot}' -v`,
    audience: house.identity.audience,
    data: house.folder,
    keeps_data: house.keeps,
    ...(topics === undefined ? {} : { act: topics.act, truth: topics.truth }),
  };
};

/** How many of the words were none. */
async function playLines(
  house: House,
  io: Io,
  interrupted: Interrupted,
  json: boolean,
  facts: ReturnType<typeof opening>,
  follow: Follow,
): Promise<number> {
  let misspelt = 0;
  const line = (value: object, text: string | undefined): void => {
    if (json) io.out(`${JSON.stringify({ ts: new Date(house.clock.wallMs()).toISOString(), ...value })}\n`);
    else if (text !== undefined) io.out(`${text}\n`);
  };
  line({ change: 'ready', ...facts }, [...openingLines(facts), `words: ${ALL_WORDS.join(', ')}`].join('\n'));
  follow(({ change, text, value }) => line({ change, [change]: value }, text));
  house.plant.onTruth(
    changesOf(house.plant.truth(), (what, value) => line({ change: what, [what]: value }, `${what}: ${value}`)),
  );
  const someone = visitor(house, false);
  const noInput = (): void =>
    line({ change: 'no_input' }, 'there is no input: the house stands until Ctrl-C or SIGTERM');
  for await (const typed of linesOf(io, interrupted, noInput)) {
    const word = wordOfLine(typed);
    if (word === undefined) {
      if (typed.trim() === '') continue;
      complain(io, json, typed);
      misspelt += 1;
      continue;
    }
    const done = await someone.do(word);
    const { answer } = done;
    line(
      { change: 'done', done: done.word, said: done.said, ...(answer === undefined ? {} : { answer }) },
      [done.said, ...(done.picture ?? [])].join('\n'),
    );
    if (word === 'quit') return misspelt;
    await atRest(house);
  }
  return misspelt;
}

function complain(io: Io, json: boolean, typed: string): void {
  const message = `there is no word ${JSON.stringify(typed.slice(0, 40))}`;
  const next = `the words are ${ALL_WORDS.join(', ')}`;
  io.err(
    json ? `${JSON.stringify({ error: { code: 'usage', message, next } })}\n` : `latchstring: ${message}\n  ${next}\n`,
  );
}

/** Until the lock has done what it does about what was just done to it, and has told it: no event comes late. */
async function atRest(house: House): Promise<void> {
  await new Promise<void>((resolve) => house.clock.after(SHOWS_MS, resolve));
  const busy = ['locking', 'unlocking', 'spending', 'relocking'];
  await house.until('the door comes to rest', () => {
    const { bolt, visit } = house.lock.state();
    const journal = house.lock.journal();
    if (journal.health === 'ok' && journal.waiting > 0) return false;
    return !busy.includes(bolt.row) && !busy.includes(visit.row);
  });
}

async function playKeys(
  house: House,
  io: Io,
  interrupted: Interrupted,
  columns: number,
  facts: ReturnType<typeof opening>,
  follow: Follow,
): Promise<void> {
  const someone = visitor(house, true);
  for (const text of openingLines(facts)) io.out(`${text}\n`);
  showPicture(someone.picture(true), columns, (text) => io.out(`${text}\n`));
  for (const row of keyRows(columns)) io.out(`${row}\n`);
  io.out('\n');
  const view = screen(io, house);
  follow(({ text }) => {
    if (text === undefined) view.refresh();
    else view.print(text);
  });
  const forget = [house.plant.onTruth(view.refresh), house.plant.onContact(view.refresh)];
  const giveBack = io.rawKeys();
  try {
    for await (const key of keysOf(io, interrupted)) {
      const word = key === CTRL_C ? 'quit' : wordOfKey(key);
      if (word === undefined) {
        if (key.trim() !== '') view.print(`  there is no key ${JSON.stringify(key)}; [?] lists those that there are`);
        continue;
      }
      printDone(await someone.do(word), io.terminal()?.columns ?? columns, view);
      if (word === 'quit') return;
    }
  } finally {
    for (const end of forget) end();
    giveBack();
    view.close();
    io.out(`${standing(house)}\n`);
  }
}

/** The keys in as many rows as the terminal needs, none broken in the middle. */
function keyRows(columns: number): readonly string[] {
  const rows: string[] = [];
  for (const word of ALL_WORDS) {
    const key = `[${WORDS[word].key}] ${word}`;
    const last = rows.at(-1);
    if (last === undefined || last.length + key.length + 2 >= columns) rows.push(key);
    else rows[rows.length - 1] = `${last}  ${key}`;
  }
  return rows;
}

function printDone(done: Done, columns: number, view: Screen): void {
  if (done.picture === undefined) for (const row of done.said.split('\n')) view.print(`  ${row}`);
  else showPicture(done.picture, columns, view.print);
}

/** A QR code with a line broken in the middle is none: where there is no room, say how much it needs. */
function showPicture(picture: readonly string[], columns: number, print: (text: string) => void): void {
  const width = (picture[0] ?? '').replace(ESCAPES, '').length;
  if (width > columns) {
    print(`The courier's QR code is ${width} columns wide, and this terminal ${columns}: widen it, then press [t].`);
    return;
  }
  print("The next courier's phone shows:");
  for (const row of picture) print(row);
}

const ESCAPE = String.fromCharCode(0x1b);

/** Colours of a terminal, which take no room. */
const ESCAPES = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');

/** An arrow and its kin are one key, though several characters. */
const KEYS = new RegExp(`${ESCAPE}(?:\\[[0-9;]*|O)[A-Za-z~]|.`, 'gsu');

const openingLines = (facts: ReturnType<typeof opening>): readonly string[] => [
  'A house is up: broker, board, lock; the lock is locked.',
  `  broker   ${facts.broker}`,
  `  watch    ${facts.watch}`,
  `  lock     ${facts.audience}`,
  `  data     ${facts.data}${facts.keeps_data ? '' : '  (goes with the house; --data DIR keeps one)'}`,
  ...(facts.act === undefined ? [] : [`  world    ${facts.act} and ${facts.truth}: for tests in any language`]),
];

/** From one truth to the next: only what a person would see. */
function changesOf(first: Truth, tell: (what: 'door' | 'bolt', value: string) => void): (truth: Truth) => void {
  const doorOf = ({ doorOpen }: Truth): string => (doorOpen ? 'open' : 'shut');
  const boltOf = ({ bolt }: Truth): string =>
    bolt === BOLT_THROWN ? 'thrown' : bolt === BOLT_WITHDRAWN ? 'withdrawn' : 'between';
  let door = doorOf(first);
  let bolt = boltOf(first);
  return (truth) => {
    if (doorOf(truth) !== door) {
      door = doorOf(truth);
      tell('door', door);
    }
    if (boltOf(truth) !== bolt) {
      bolt = boltOf(truth);
      tell('bolt', bolt);
    }
  };
}

/** Keys as they are pressed, until the input ends or somebody asks for the end. */
async function* keysOf(io: Io, interrupted: Interrupted): AsyncIterable<string> {
  for await (const text of chunksOf(io, interrupted)) yield* text.match(KEYS) ?? [];
}

async function* linesOf(io: Io, interrupted: Interrupted, noInput: () => void): AsyncIterable<string> {
  let line = '';
  let any = false;
  for await (const text of chunksOf(io, interrupted)) {
    const parts = (line + text).split('\n');
    line = parts.pop() ?? '';
    if (line.length > LINE_CHARS_MAX)
      throw usage('a line on stdin without end', `give one word a line: ${ALL_WORDS.join(', ')}`);
    for (const part of parts) {
      // One read may bring a script of minutes.
      if (await isSettled(interrupted)) return;
      any = true;
      yield part;
    }
  }
  if (line !== '') {
    any = true;
    yield line;
  }
  // Started without any input, as by a service manager: it goes on until it is told to stop.
  if (any) return;
  noInput();
  await interrupted;
}

/** Settles at the first signal, or when nobody reads any more. */
type Interrupted = Promise<undefined>;
const interruption = (io: Io): Interrupted => new Promise((resolve) => io.onInterrupt(() => resolve(undefined)));

const isSettled = async (interrupted: Interrupted): Promise<boolean> =>
  (await Promise.race([interrupted, Promise.resolve('not yet')])) === undefined;

async function* chunksOf(io: Io, interrupted: Interrupted): AsyncIterable<string> {
  const decoder = new TextDecoder();
  const chunks = io.stdin[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([chunks.next().catch(endOfTerminal), interrupted]);
    if (next === undefined || next.done === true) return;
    yield decoder.decode(next.value, { stream: true });
  }
}

/** Reading a terminal that has hung up is an error to Linux, and no more than the end of the input to us. */
function endOfTerminal(error: unknown): undefined {
  if (systemCode(error) !== 'EIO') throw error;
}
