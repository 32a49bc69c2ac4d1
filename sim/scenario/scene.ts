/** What a scenario remembers while it is played: its tokens, what somebody has copied, and what is broken. */
import type { Answer } from '../../firmware/doorman.ts';
import { type Channel, type Statement, type WallS, wallS } from '../../protocol/index.ts';
import type { Mend } from '../faults/catalogue.ts';
import type { OrderOptions } from '../people.ts';
import type { CutToCome } from '../world.ts';
import type { HeardResult } from './heard.ts';
import type { Moment } from './kinds.ts';
import type { Stage } from './stage.ts';

export interface Scene {
  readonly stage: Stage;
  /** Bytes of a courier's token; one that was not issued before is issued now, good from a minute ago for an hour. */
  token(name: string): Uint8Array;
  issued(name: string, token: Uint8Array): void;
  /** A text that somebody has copied. Throws a CannotHappen when there is none of that name. */
  copy(name: string): string;
  copied(name: string, text: string): void;
  /** A whole disk that somebody has copied. Throws a CannotHappen likewise. */
  disk(name: string): ReadonlyMap<string, Uint8Array>;
  diskCopied(name: string, files: ReadonlyMap<string, Uint8Array>): void;
  /** Somebody stands in the door, and keeps it from being shut, for as long as that holds. */
  standInDoor(holds: () => boolean): void;
  isDoorHeld(): boolean;
  /** Somebody shows a text; remembered as the last one that was shown. */
  show(text: string, channel: Channel): Answer | undefined;
  lastShown(): string | undefined;
  lastAnswer(): Answer | 'unseen' | undefined;
  /** Events heard before the last thing that somebody asked of the lock. */
  eventsBefore(): number;
  /** Events heard before a token was admitted last, or asked to be: those of older visits. */
  eventsBeforeVisit(): number;
  /** Events heard before somebody gave the last control. */
  eventsBeforeControl(): number;
  /** Somebody asks something of the lock: what is heard from now on may be the answer. */
  asked(what?: 'visit' | 'control'): void;
  /** Somebody commands something: by this word, or by one that is nobody's business. */
  commanded(cid?: string): void;
  /** What the lock has said to the last command. */
  lastResult(): HeardResult | undefined;
  /** The next statement of the owner's, as a text. Its number is one more than the last, unless said otherwise. */
  order(statement: Statement, options: OrderOptions & { readonly counter?: number }): string;
  /** The word by which a command is told from the others. */
  nextCid(): string;
  /** The power is to be cut at a moment that may come. */
  cutToCome(cut: CutToCome): void;
  /** All that were, in the order of their steps. */
  cuts(): readonly CutToCome[];
  /** Tells whoever observes that something was broken, or mended. */
  onFault(fault: string, on: boolean): void;
  /** What is broken now, as far as anybody has said. */
  readonly standing: ReadonlySet<string>;
  /** Something is broken: by its name, with how to mend it. Says how the lock answered to what was shown by it. */
  breaks(fault: string, begin: () => Promise<Mend> | Mend): Promise<string | undefined>;
  /** Mends it, or everything, last first. Throws a CannotHappen when it is not broken. */
  mend(fault: string): Promise<void>;
  /** The code that lies before the reader, shown again and again until there is none. */
  hold(name: string | undefined): void;
  at(moment: Moment): WallS;
}

/** A step that cannot be played here and now: it says why, and what to write instead. */
export class CannotHappen extends Error {
  readonly next: string;
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/** What came of a text that was shown, as far as whoever shows it can see. */
export const inWords = (answer: Answer | 'unseen'): string => {
  if (answer === 'unseen') return 'nobody looks at it';
  return answer.kind === 'refused' ? `refused: ${answer.answer}` : answer.kind;
};

/** How often a reader reads what lies before it. */
const READS_EVERY_MS = 500;
/** How often a courier's phone draws another code. */
const DRAWS_EVERY_MS = 10_000;
const HOUR_S = 3_600;

export function sceneOn(stage: Stage, tell: (fault: string, on: boolean) => void): Scene {
  const standing = new Set<string>();
  const onFault: Scene['onFault'] = (fault, on) => {
    if (on) standing.add(fault);
    else standing.delete(fault);
    tell(fault, on);
  };
  const broken = new Map<string, Mend>();
  const tokens = new Map<string, Uint8Array>();
  const copies = new Map<string, string>();
  const disks = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const inDoor = new Set<() => boolean>();
  const cuts: CutToCome[] = [];
  let lastShown: string | undefined;
  let lastAnswer: Answer | 'unseen' | undefined;
  let before = 0;
  /** How often each answer was given to what was shown since something was broken last. */
  let answers = new Map<string, number>();
  const beforeLast = { visit: 0, control: 0 };
  let command: { readonly cid: string | undefined; readonly resultsBefore: number } | undefined;
  let orders = 0;
  let cids = 0;
  let lying: string | undefined;
  let reading = false;

  const scene: Scene = {
    stage,
    token(name) {
      const known = tokens.get(name);
      if (known !== undefined) return known;
      const token = stage.people.issue({ nowS: stage.wallS(), action: stage.profile.action });
      tokens.set(name, token);
      return token;
    },
    issued: (name, token) => void tokens.set(name, token),
    copy(name) {
      const text = copies.get(name);
      if (text !== undefined) return text;
      throw new CannotHappen(`nobody has copied anything as ${name}`, `copy it before: copy: {shown: ${name}}`);
    },
    copied: (name, text) => void copies.set(name, text),
    disk(name) {
      const files = disks.get(name);
      if (files !== undefined) return files;
      throw new CannotHappen(`nobody has copied the disk as ${name}`, `copy it before: copy: {disk: ${name}}`);
    },
    diskCopied: (name, files) => void disks.set(name, files),
    standInDoor(holds) {
      inDoor.add(holds);
    },
    isDoorHeld: () => [...inDoor].some((holds) => holds()),
    show(text, channel) {
      scene.asked();
      lastShown = text;
      const answer = stage.show(text, channel);
      lastAnswer = answer ?? 'unseen';
      const words = inWords(lastAnswer);
      answers.set(words, (answers.get(words) ?? 0) + 1);
      // What is told of it comes later: nothing has been heard between the two.
      if (answer?.kind === 'admitted') scene.asked('visit');
      return answer;
    },
    lastShown: () => lastShown,
    lastAnswer: () => lastAnswer,
    eventsBefore: () => before,
    eventsBeforeVisit: () => beforeLast.visit,
    eventsBeforeControl: () => beforeLast.control,
    asked(what) {
      before = stage.heard.events.length;
      if (what !== undefined) beforeLast[what] = before;
    },
    commanded(cid) {
      command = { cid, resultsBefore: stage.heard.results.length };
    },
    lastResult: () =>
      stage.heard.results
        .slice(command?.resultsBefore ?? 0)
        .findLast(({ cid }) => command?.cid === undefined || command.cid === cid),
    order(statement, { counter, ...options }) {
      // As the owner's program does: one more than the lock says, or than what was said and is still on its way.
      const number = counter ?? Math.max(orders, stage.heard.state()?.control_counter ?? 0) + 1;
      if (counter === undefined && options.by !== 'stranger') orders = number;
      return stage.people.order(number, statement, options);
    },
    nextCid: () => `c${cids++}`,
    cutToCome: (cut) => void cuts.push(cut),
    cuts: () => cuts,
    onFault,
    standing,
    async breaks(fault, begin) {
      if (broken.has(fault)) await scene.mend(fault);
      onFault(fault, true);
      answers = new Map();
      broken.set(fault, await begin());
      if (answers.size === 0) return undefined;
      return [...answers].map(([words, times]) => (times === 1 ? words : `${words}, ${times} times`)).join('; ');
    },
    async mend(fault) {
      if (fault !== 'all' && !broken.has(fault)) {
        throw new CannotHappen(`${fault} is not broken`, `break it before: fault: ${fault}`);
      }
      for (const [one, end] of [...broken].reverse()) {
        if (fault !== 'all' && one !== fault) continue;
        broken.delete(one);
        await end();
        onFault(one, false);
      }
    },
    hold(name) {
      lying = name;
      if (reading || name === undefined) return;
      reading = true;
      let drawn = { name, text: '', atMs: Number.NEGATIVE_INFINITY };
      const read = (): void => {
        if (lying === undefined) {
          reading = false;
          return;
        }
        const atMs = stage.nowMs();
        if (drawn.name !== lying || atMs - drawn.atMs >= DRAWS_EVERY_MS)
          drawn = { name: lying, text: stage.people.show(scene.token(lying), stage.wallS()), atMs };
        stage.show(drawn.text, 'reader');
        stage.after(READS_EVERY_MS, read);
      };
      read();
    },
    at: (moment) =>
      wallS(
        'wallMs' in moment ? Math.floor(moment.wallMs / 1000) : stage.wallS() + Math.floor(moment.fromNowMs / 1000),
      ),
  };
  return scene;
}

/** How long a token is good that says nothing of its end. */
export const TOKEN_S = HOUR_S;
