/**
 * What people do at a house, and to it, as functions that settle when the lock has taken notice: so that a test
 * can push the door and shut it again without a sleep in between.
 */

import type { Contact } from '../../firmware/ports/index.ts';
import { usage } from '../../firmware/tools/failure.ts';
import { type ControlResult, wallS } from '../../protocol/index.ts';
import type { House } from '../house.ts';
import { BOLT_CLEARS_FRAME } from '../plant/bolt.ts';
import { type Cut, type Cuttable, cutAt, restoreAt } from './cuts.ts';
import { houseError, inShort } from './house-error.ts';
import { type OwnerStatement, ownerOf } from './owner.ts';
import { readerAt, type Shown } from './showing.ts';
import { issueAt, type Token, type TokenRequest, textOf, tokenBytes } from './tokens.ts';
import {
  checkWanted,
  type HouseTruth,
  holds,
  sceneOf,
  truthOf,
  type WantedTruth,
  wantedInWords,
  whyNever,
} from './truth.ts';
import { checkMs, type Waiting, waitingAt } from './waiting.ts';

export interface Hands {
  /** A token of the house's own carrier. Throws when the house has only a carrier's public key. */
  issue(request?: TokenRequest): Token;
  /**
   * A courier shows a token at the reader: an object that `issue` gave, or the text `LST1:…` of your own, signed
   * anew by the courier's phone; or `LS1:…`, a presentation that another phone has made, as it is.
   * Settles when the light has said something. Rejects on a text that is neither.
   */
  present(shown: Token | string): Promise<Shown>;
  /** Any text at the reader, as it is: a parcel's label, half a code. */
  scan(text: string): Promise<Shown>;
  /** Somebody rings: presses for 150 ms, and lets go. Rejects at a product that has no bell, and so do `inside`, `take` and `put`. */
  ring(): Promise<void>;
  /** Somebody pushes the door: true when it is open then, false when the bolt held it. */
  push(): Promise<boolean>;
  /** Somebody shuts the door: true when it is closed then, false when the thrown bolt hit the frame. */
  close(): Promise<boolean>;
  /** Somebody takes out what a key safe keeps, or puts it back: true when it is out, or in, then; false when the lid is shut. */
  take(): Promise<boolean>;
  put(): Promise<boolean>;
  /** Somebody breaks the door open. */
  force(): Promise<void>;
  /** Somebody presses the button inside for 150 ms. */
  inside(): Promise<void>;
  /** Settles when it is cut; with `forMs`, when it is back and the lock is itself again. */
  cut(what: Cut): Promise<void>;
  /** Brings back what was cut, all of it unless one is named; settles when the lock is itself again. */
  restore(what?: Cuttable): Promise<void>;
  /** The owner tells the lock something over the broker; settles with its answer, `waiting` when it does not hear it now. */
  control(statement: OwnerStatement): Promise<ControlResult | 'waiting'>;
  /** What is really so, whatever the lock thinks. */
  truth(): HouseTruth;
  /**
   * Settles with the truth when it is as wanted, or when the predicate holds, which may look at anything: your own
   * database, too; and the lock has noticed what is so. Looks every 5 ms. Rejects after `withinMs` (5000 unless said otherwise) with what was seen
   * last, and at once when what is wanted cannot come any more.
   */
  until(wanted: WantedTruth | ((truth: HouseTruth) => boolean), withinMs?: number): Promise<HouseTruth>;
}

/** Long enough for a finger to be felt on a machine that is busy with other things, and no long press. */
const PRESS_MS = 150;
/** How long a lock is given to see what has happened at its door; one whose contact is broken never does. */
const SEEN_MS_MAX = 2_000;
/** Longer than any contact of the house bounces. */
const BOUNCED_MS = 8;
const UNTIL_MS = 5_000;

const PRESENTATION_PREFIX = 'LS1:';

/** `letGo` ends every wait; the house itself goes on. */
export function handsOf(house: House): Hands & { readonly waiting: Waiting; letGo(): void } {
  const { plant, people, profile } = house;
  const waiting = waitingAt(house);
  const reader = readerAt(house, waiting);
  const owner = ownerOf(house, waiting);
  /** What the courier's phone showed last. */
  let last: string | undefined;

  /** Until the lock sees every contact as it is; where it cannot, it is not waited for. */
  async function noticed(): Promise<void> {
    // While a contact bounces, it may look like what it was before.
    await waiting.pass(BOUNCED_MS);
    await waiting.soon(() => {
      const { board, contacts } = house.lock.state();
      if (!house.power.isOn || board !== 'ready') return true;
      return profile.contacts.every((contact) => contacts[contact].closed === plant.contact(contact));
    }, SEEN_MS_MAX);
  }

  function assertWired(contact: Contact): void {
    waiting.assertStanding();
    if (profile.contacts.includes(contact)) return;
    throw houseError(usage(`a ${profile.name} has no ${contact}`, 'leave it out, or build a house of another profile'));
  }

  async function press(button: 'bell' | 'inside_button'): Promise<void> {
    assertWired(button);
    plant.press(button, PRESS_MS);
    await noticed();
    await waiting.soon(() => !plant.contact(button), SEEN_MS_MAX);
    await noticed();
  }

  async function move(act: () => boolean, open: boolean): Promise<boolean> {
    waiting.assertStanding();
    act();
    await noticed();
    return plant.truth().doorOpen === open;
  }

  async function handle(act: () => boolean, isPresent: boolean): Promise<boolean> {
    assertWired('item_present');
    act();
    await noticed();
    return plant.truth().itemPresent === isPresent;
  }

  function presentationOf(shown: Token | string): string {
    const text = textOf(shown);
    if (text?.startsWith(PRESENTATION_PREFIX)) return text;
    const token = tokenBytes(shown);
    const nowS = house.nowS();
    const drawn = people.show(token, nowS);
    // A reader that sees the same text again gives the same answer again, without a look. So the phone has redrawn it.
    last = drawn === last ? people.show(token, wallS(nowS - 1)) : drawn;
    return last;
  }

  /** Whoever was let in can come in: a latch that no contact sees is told to be free as soon as it is pulled. */
  async function show(text: string): Promise<Shown> {
    const shown = await reader.show(text);
    const isFree = (): boolean => plant.truth().doorOpen || plant.truth().bolt <= BOLT_CLEARS_FRAME;
    if (shown.result !== 'granted' || isFree()) return shown;
    await waiting.soon(() => isFree() || !house.power.isOn, SEEN_MS_MAX);
    await noticed();
    return shown;
  }

  return {
    waiting,
    issue: (request) => issueAt(house, request),
    async present(shown) {
      waiting.assertStanding();
      return show(presentationOf(shown));
    },
    async scan(text) {
      waiting.assertStanding();
      if (typeof text !== 'string') throw houseError(usage(`a reader reads no ${inShort(text)}`, 'give a text'));
      return show(text);
    },
    ring: () => press('bell'),
    inside: () => press('inside_button'),
    push: () => move(plant.push, true),
    close: () => move(plant.close, false),
    take: () => handle(plant.take, false),
    put: () => handle(plant.put, true),
    async force() {
      await move(() => {
        plant.force();
        return true;
      }, true);
    },
    async cut(what) {
      waiting.assertStanding();
      await cutAt(house, waiting, what);
    },
    async restore(what) {
      waiting.assertStanding();
      await restoreAt(house, waiting, what);
    },
    async control(statement) {
      waiting.assertStanding();
      return owner.say(statement);
    },
    truth: () => truthOf(house),
    async until(wanted, withinMs = UNTIL_MS) {
      if (typeof wanted === 'object' && wanted?.item === 'out') assertWired('item_present');
      const truth = await untilAt(house, waiting, wanted, checkMs('until', withinMs));
      await noticed();
      return truth;
    },
    letGo() {
      waiting.close();
      reader.close();
      owner.close();
    },
  };
}

async function untilAt(
  house: House,
  waiting: Waiting,
  wanted: WantedTruth | ((truth: HouseTruth) => boolean),
  withinMs: number,
): Promise<HouseTruth> {
  const { what, look } = typeof wanted === 'function' ? predicate(wanted) : document(checkWanted(wanted));
  let truth = truthOf(house);
  const came = await waiting.soon(() => {
    truth = truthOf(house);
    return look(truth);
  }, withinMs);
  if (came) return truth;
  throw houseError({
    ...usage(`${what}: not within ${withinMs} ms`, `last seen: ${sceneOf(house)}`),
    code: 'refused',
  });
}

interface Look {
  readonly what: string;
  readonly look: (truth: HouseTruth) => boolean;
}

function document(wanted: WantedTruth): Look {
  const what = wantedInWords(wanted);
  return {
    what,
    look(truth) {
      const never = whyNever(wanted, truth);
      if (never === undefined) return holds(wanted, truth);
      throw houseError(usage(`${what} cannot come any more`, never));
    },
  };
}

function predicate(given: (truth: HouseTruth) => boolean): Look {
  return {
    what: inShort(given),
    look(truth) {
      const answer: unknown = given(truth);
      if (!(answer instanceof Promise)) return Boolean(answer);
      throw houseError(
        usage(`${inShort(given)} answers with a promise`, 'give a predicate that says true or false at once'),
      );
    },
  };
}
