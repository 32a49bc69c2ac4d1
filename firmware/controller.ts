/**
 * The loop. Inputs queue; it takes one, asks the pure step, and runs the effects in order. No effect
 * makes it wait: disk, board and clock answer by another input. A disk that stalls for seconds holds
 * up the token that waits for it, and nothing else; the button inside goes by.
 */
import {
  CHANNELS,
  type Channel,
  type EventBody,
  type Refused,
  type StateDocument,
  type Verify,
  type VisitOutcome,
  type WallMs,
} from '../protocol/index.ts';
import type { ReadDial } from './access/dial.ts';
import type { ControlPins } from './access/judge-control.ts';
import type { Nonces } from './access/nonces.ts';
import { ownersTime, type TrustedTime, timeKeeper } from './access/trusted-time.ts';
import { clip } from './clip.ts';
import { type Answer, createDoorman, type DoormanOptions } from './doorman.ts';
import type { Journal } from './journal/journal.ts';
import { forget, ledgerIsFull } from './journal/memory.ts';
import { isLogFull } from './journal/outbox.ts';
import type { ControlRecord, EventRecord, Spent } from './journal/records.ts';
import { refusalIn } from './lock/modes.ts';
import { feedbackOf, type Profile } from './lock/profiles/profile.ts';
import { type Effect, initialState, type LockEvent, type LockState, type Timer } from './lock/state.ts';
import { step } from './lock/step.ts';
import type { Log } from './log.ts';
import { createOwner } from './owner.ts';
import type { Cancel, Clock, Mechanism, TimeSource } from './ports/index.ts';
import { restoredFrom, standingKeeper } from './standing.ts';

/** Inputs that may wait at once. Only a loop that feeds itself could reach it. */
const QUEUE_MAX = 1024;

/** How often the lock looks after itself: at its clock, and at the size of its journal. */
const HOUSEKEEPING_MS = 60_000;

/** The floor is written when it would rise by this much. */
const FLOOR_STEP_S = 3_600;

/** The parts of a state that its document is made of. */
const SHOWN = ['bolt', 'door', 'visit', 'alarms', 'battery', 'item'] as const satisfies (keyof LockState)[];

export interface ControllerOptions {
  readonly pins: ControlPins;
  readonly profile: Profile;
  readonly dial: ReadDial;
  readonly firstLook: Verify;
  readonly verify: Verify;
  readonly journal: Journal;
  /** Whether there is a broker to tell, now or later: without one, events wait for nobody, and none is missed. */
  readonly reports: boolean;
  /** When this life of the lock began, in letters: part of every event's id. */
  readonly life: string;
  /** Makes a spend durable: on the disk, and with a witness if there is one. A control likewise. */
  readonly spend: (record: Spent) => Promise<void>;
  readonly obey: (record: ControlRecord) => Promise<void>;
  readonly nonces: Nonces;
  /** Makes another key the owner's root, durably. */
  readonly rotate: (root: Uint8Array) => Promise<void>;
  /** Begins a new journal with this record. */
  readonly reseal: (record: ControlRecord) => Promise<void>;
  readonly clock: Clock;
  readonly timeSource: TimeSource;
  readonly mechanism: Mechanism;
  readonly log: Log;
  /** A new state document. Its `seq` is that of the last event told. */
  readonly onState: (document: StateDocument) => void;
  /** An event is durable, or never will be. */
  readonly onEvent: (record: EventRecord) => void;
  /** A token is given up before anything has moved. Said at once: the disk that its event waits for may be what is wrong. */
  readonly onGivenUp: (tokenId: string) => void;
  /** Called on a fault of the firmware itself, after it was met by the safe state. Tests throw here. */
  readonly onFault?: (detail: string) => void;
  readonly onRefused?: DoormanOptions['onRefused'];
}

export interface Controller {
  /** Reports what the last boot left open, and begins to listen to the mechanism. */
  start(): void;
  /** Somebody shows a text. What comes of it is told by events and by the light. */
  present(text: string, channel: Channel): Answer;
  /** Statements of the owner, in order. */
  controls(texts: readonly string[], channel: Channel): void;
  /** The household wants it locked, from afar. Throws the bolt with the door observed closed, or not at all. */
  lock(): Refused | undefined;
  /** Best guess of what time it is. */
  nowMs(): WallMs;
  /** Something went wrong outside the tables: a reader gone, events lost. */
  tell(event: EventBody): void;
  state(): LockState;
  document(): StateDocument;
  /** Takes no more inputs and ends every wait. */
  stop(): void;
}

export function createController(options: ControllerOptions): Controller {
  const { journal, clock, mechanism, profile, log } = options;
  const { memory } = journal;
  const restored = restoredFrom(memory, clock.wallMs());
  const standing = standingKeeper(clock, restored);
  let state = initialState(restored);
  let stopped = false;
  const queue: LockEvent[] = [];
  let draining = false;
  const timers = new Map<Timer, Cancel>();
  /** Spends of tokens that were admitted, until their record has been handed to the journal. */
  const admitted = new Map<string, Spent>();
  /** Spends that the disk has not answered for. A visit may have given one up; it still counts. */
  let spendsInDoubt = 0;
  const keeper = timeKeeper();
  const { dial } = options;
  let cancelHousekeeping: Cancel = () => undefined;
  let shown = '';
  let lookedAt: readonly unknown[] = [];
  const { nonces } = options;
  const owner = createOwner({
    ...options,
    keep: options.obey,
    state: () => state,
    uptime: () => options.timeSource.uptime(),
    isFreshNonce: (nonce) => CHANNELS.some((channel) => nonces.isFresh(channel, nonce, clock.monoMs())),
    post,
    tell,
    fault: reportFault,
    loseLedger,
    onOwner() {
      lookAtClock();
      showState();
    },
    onFree() {
      if (!stopped) doorman.resume();
    },
  });
  const doorman = createDoorman({
    ...options,
    dial,
    action: profile.action,
    owner,
    state: () => state,
    time() {
      lookAtLog();
      return lookAtClock();
    },
    isFreshNonce: (channel, nonce) => nonces.isFresh(channel, nonce, clock.monoMs()),
    diskInDoubt: () => spendsInDoubt > 0 || owner.isBusy() || state.ledgerFault,
    admit(record, holderKid) {
      admitted.set(record.key, record);
      const { key: spendKey, token_id: tokenId, channel } = record;
      post({ type: 'token.admitted', grant: { spendKey, tokenId, channel, holderKid } });
    },
    post,
    tell,
    fault: reportFault,
    loseLedger,
  });

  function post(event: LockEvent): void {
    if (stopped) return;
    if (queue.length >= QUEUE_MAX) throw new Error('the loop feeds itself');
    queue.push(event);
    if (draining) return;
    draining = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = step(state, next, profile);
        state = result.state;
        for (const effect of result.effects) run(effect);
        const record = standing.changed(state);
        if (record !== undefined) journal.append(record).catch(loseLedger);
      }
    } finally {
      draining = false;
    }
    showState();
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'drive':
        return mechanism.drive(effect.direction);
      case 'halt':
        return mechanism.halt();
      case 'indicate':
        return mechanism.indicate(effect.indication);
      case 'arm':
        standing.armed(effect.timer, effect.delayMs);
        timers.get(effect.timer)?.();
        timers.set(
          effect.timer,
          clock.after(effect.delayMs, () => {
            timers.delete(effect.timer);
            standing.disarmed(effect.timer);
            post({ type: 'elapsed', timer: effect.timer });
          }),
        );
        return;
      case 'disarm':
        standing.disarmed(effect.timer);
        timers.get(effect.timer)?.();
        timers.delete(effect.timer);
        return;
      case 'spend':
        return spend(effect.grant.spendKey);
      case 'end':
        if (effect.outcome === 'denied' || effect.outcome === 'vetoed') options.onGivenUp(effect.grant.tokenId);
        return tellEnd(effect.grant.spendKey, effect.grant.tokenId, effect.outcome);
      case 'end_lockout':
        journal.append({ type: 'lockout_over', channel: effect.channel }).catch(loseLedger);
        return;
      case 'tell':
        return tell(effect.event);
      case 'fault':
        reportFault('impossible', effect.detail);
        options.onFault?.(effect.detail);
        return;
    }
  }

  /** The record is folded into memory at once: from here on nobody else can use the token, whatever the disk says. */
  function spend(spendKey: string): void {
    const record = admitted.get(spendKey);
    admitted.delete(spendKey);
    if (record === undefined) throw new Error('a spend that nobody admitted');
    spendsInDoubt += 1;
    options.spend(record).then(
      () => {
        spendsInDoubt -= 1;
        post({ type: 'spent', spendKey });
      },
      (error: unknown) => {
        spendsInDoubt -= 1;
        loseLedger(error);
        post({ type: 'spend.failed', spendKey });
      },
    );
    lookAtLedger();
  }

  /** The disk failed: final until the next boot. The door works on, without tokens. */
  function loseLedger(error: unknown): void {
    if (state.ledgerFault) return;
    log(
      'error',
      `the disk failed, no token is granted until the next start: ${error instanceof Error ? error.message : String(error)}`,
    );
    post({ type: 'ledger.failed' });
  }

  function tellEnd(key: string, tokenId: string, outcome: VisitOutcome): void {
    const spent = memory.spent.get(key);
    const body = {
      event_type: 'ended',
      outcome,
      token_id: tokenId,
      ...(spent === undefined ? {} : { granted_at: new Date(spent.at_s * 1000).toISOString() }),
      ...(spent?.entered_at === undefined ? {} : { entered_at: spent.entered_at }),
      ...(feedbackOf(profile) === 'none' ? { assumed: true as const } : {}),
    } as const;
    write({ topic: 'visit', body }, { ends: { key, outcome } });
  }

  function tell(event: EventBody): void {
    write(event, {});
  }

  function write(event: EventBody, also: Pick<EventRecord, 'ends'>): void {
    const record: EventRecord = {
      ...also,
      type: 'event',
      life: options.life,
      seq: memory.nextSeq,
      boot: memory.boot,
      ts: new Date(nowMs()).toISOString(),
      topic: event.topic,
      body: event.body,
    };
    // On a failed disk the event is told all the same: then the broker has it, and no boot will tell it again.
    journal
      .append(record)
      .catch(loseLedger)
      .finally(() => options.onEvent(record));
    lookAtLog();
  }

  /** A broker that never comes back: in the end nobody is let in of whom nobody could be told. */
  function lookAtLog(): void {
    const full = options.reports && isLogFull(memory.outbox, state.logFull);
    if (full !== state.logFull) post({ type: 'log.judged', full });
  }

  /** Nothing is forgotten to make room: a carrier may have been given more uses than there is room for, and somebody has to be told. */
  function lookAtLedger(): void {
    const full = ledgerIsFull(memory);
    if (full !== state.ledgerFull) post({ type: 'ledger.judged', full });
  }

  function reportFault(fault: string, detail: string): void {
    log('error', `${fault}: ${detail}`);
    tell({ topic: 'system', body: { event_type: 'fault', fault, detail: clip(detail) } });
  }

  const setByOwner = (): WallMs | undefined => ownersTime(memory.ownerTime, options.timeSource.uptime());
  const nowMs = (): WallMs => setByOwner() ?? clock.wallMs();

  function lookAtClock(): TrustedTime {
    const voucher = options.timeSource.voucher();
    const look = { wall: clock.wallMs(), mono: clock.monoMs(), voucher, owner: setByOwner() };
    const time = keeper.look(look, memory.floorS);
    const trusted = time.state === 'trusted';
    if (trusted === state.clockUntrusted) post({ type: 'clock.judged', trusted });
    return time;
  }

  /** Raises the floor, forgets what lies below it, and writes the journal anew, when nobody is at the door. */
  function keepHouse(): void {
    cancelHousekeeping = clock.after(HOUSEKEEPING_MS, keepHouse);
    const time = lookAtClock();
    lookAtLog();
    lookAtLedger();
    if (time.state === 'trusted' && time.floorS - memory.floorS >= FLOOR_STEP_S) {
      journal
        .append({ type: 'floor', at_s: time.floorS })
        // Forgotten only when the floor that allows it is durable.
        .then(() => {
          forget(memory, dial(memory.floorS).day);
          lookAtLedger();
        })
        .catch(loseLedger);
    }
    // The visit to a safe lasts for as long as its key is out, and a key may be out for weeks.
    const isNobodyThere = state.visit.grant === undefined || state.visit.row === 'awaiting_return';
    const isQuiet = isNobodyThere && state.bolt.row !== 'locking' && state.bolt.row !== 'unlocking';
    if (journal.isDue() && isQuiet) {
      void journal.compact().then((done) => {
        if (!done) log('warn', 'no room on the disk to write the journal anew: free some space');
      });
    }
  }

  function document(): StateDocument {
    const { bolt, door, visit, alarms } = state;
    const { contacts } = profile;
    const { level, millivolts } = state.battery;
    return {
      v: 1,
      seq: memory.nextSeq - 1 < 0 ? 0 : memory.nextSeq - 1,
      boot: memory.boot,
      ts: new Date(nowMs()).toISOString(),
      lock: bolt.row,
      door,
      bolt: bolt.status,
      mode: memory.owner.mode,
      paused: memory.owner.paused,
      epoch: memory.owner.epoch,
      control_counter: memory.owner.number,
      visit: visit.row,
      changed_by: bolt.changedBy,
      problem: alarms.length > 0,
      alarms: [...alarms],
      ...(feedbackOf(profile) === 'none' ? { assumed: true } : {}),
      ...(contacts.includes('item_present') ? { item: state.item.place } : {}),
      ...(contacts.includes('cover_on') ? { tamper: alarms.includes('FrontEscutcheonRemoved') } : {}),
      ...(millivolts === undefined ? {} : { battery: { level, millivolts } }),
    };
  }

  function showState(): void {
    // Most steps are edges of a contact, of which nothing is shown.
    const looksAt = [...SHOWN.map((part) => state[part]), memory.owner.number, memory.owner.epoch, memory.boot];
    if (looksAt.every((part, i) => part === lookedAt[i])) return;
    lookedAt = looksAt;
    const next = document();
    const { seq: _seq, ts: _ts, ...rest } = next;
    const key = JSON.stringify(rest);
    if (key === shown) return;
    shown = key;
    options.onState(next);
  }

  return {
    start() {
      tell({ topic: 'system', body: { event_type: 'boot' } });
      if (journal.health !== 'ok') post({ type: 'ledger.failed' });
      // Whoever breaks a door open may cut the power, too.
      if (memory.isForcedUntold) tell({ topic: 'alarm', body: { event_type: 'raised', alarm: 'DoorForcedOpen' } });
      // One goes on.
      const unknown = [...memory.unfinished].filter(([key]) => key !== restored?.visit?.grant?.spendKey);
      // Before the end of these is written: what they leave to be done is, too, whenever the power goes.
      post({ type: 'resumed', spentBefore: unknown.length > 0 });
      for (const [key, record] of unknown) tellEnd(key, record.token_id, 'spent_outcome_unknown');
      // Nobody can say how much of it was left: it begins again, and switching the power off only makes it longer.
      for (const channel of memory.lockedOut) post({ type: 'lockout.began', channel });
      keepHouse();
      showState();
      mechanism.start(post);
    },
    present: (text, channel) => (stopped ? { kind: 'heard' } : doorman.present(text, channel)),
    controls(texts, channel) {
      if (!stopped) doorman.controls(texts, channel);
    },
    lock() {
      const refused = refusalIn(memory.owner.mode, 'lock_command');
      if (refused === undefined) post({ type: 'lock.commanded' });
      return refused;
    },
    nowMs,
    tell,
    state: () => state,
    document,
    stop() {
      stopped = true;
      cancelHousekeeping();
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
