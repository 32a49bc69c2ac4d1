/** What happens at the door is told: a report that says nothing false may still say nothing. */
import type { Contact } from '../../firmware/ports/index.ts';
import type { Checker } from './checker.ts';
import { hasEnded, SEEN_MS, type View } from './circumstances.ts';
import type { FoundRecord } from './records.ts';

/** From what happens to the record of it, at most: on a slow disk others go before it. */
const WRITTEN_MS = 15_000;
/** A lock that has just come up tells of nothing that it finds. */
const UP_MS = 5_000;
/** What was broken, and is mended, may be seen later than it is so. */
const RECOVERED_MS = 60_000;
/** Of the refusals of one minute one is told. */
const REFUSED_MS = 61_000;
/** Nearer to a bound than this nobody knows on which side of it the lock has seen it. */
const DOUBT_MS = 300;

/** A battery is measured once a second. */
const MEASURED_MS = 1_500;

/** Records that are kept for what is noticed later. */
const WRITTEN_KEPT = 8;

interface Owed {
  /** Part of the contact, or of the thing, that has changed. */
  readonly of: string;
  readonly what: string;
  readonly sinceMs: number;
  isTold(topic: unknown, body: FoundRecord): boolean;
}

export const whatHappensIsTold: Checker = {
  name: 'what happens is told',
  promises:
    'of a door that opens or shuts, a ring and what the finger does besides, what is taken from a safe or given back, a battery that gets low and a token that is refused, an event is written within its time',
  tiers: ['a'],
  watch(view, complain) {
    const { now, profile } = view;
    let owed: readonly Owed[] = [];
    let { doorOpen, itemPresent } = now.truth();
    let lastRefusedMs = Number.NEGATIVE_INFINITY;

    const isExcused = (): boolean =>
      now.tampered() ||
      now.wasTroubled('mechanism', 'disk') ||
      now.isTroubled(['serial', 'power'], RECOVERED_MS) ||
      !now.hasBeenUp(UP_MS, 'lock', 'board');
    /** Written already: a finger counts only when it has stayed for a while, and may be noticed here later than by the lock. */
    let written: readonly { readonly record: FoundRecord; readonly atMs: number }[] = [];
    const owe = (of: string, what: string, isTold: Owed['isTold'], sinceMs = now.nowMs()): void => {
      if (isExcused()) return;
      const early = written.find(
        ({ record, atMs }) => atMs >= sinceMs && isTold(record.topic, record.body as FoundRecord),
      );
      if (early === undefined) owed = [...owed, { of, what, sinceMs, isTold }];
      else written = written.filter((one) => one !== early);
    };
    /** It has changed; or has changed back before anybody may have seen it. */
    const changed = (of: string, what: string, isTold: Owed['isTold']): void => {
      const left = owed.filter((one) => one.of !== of || now.nowMs() - one.sinceMs > SEEN_MS);
      const isBack = left.length < owed.length;
      owed = left;
      if (!isBack) owe(of, what, isTold);
    };
    const bell = bellOf(view, owe);
    /** What the battery has been said to be last, and what it was seen to be by a drive at rest. */
    let levelTold: unknown = 'unknown';
    let level = levelOf(view);
    const lookAtBattery = (): void => {
      if (now.truth().driven !== 'none' || levelOf(view) === level) return;
      level = levelOf(view);
      // What is over before anybody has measured it need not be told.
      owed = owed.filter(({ of, sinceMs }) => of !== 'battery' || now.nowMs() - sinceMs > MEASURED_MS);
      const wanted = level;
      if (wanted === 'ok' || levelTold === wanted || levelTold === 'reserve') return;
      owe('battery', `the battery became ${wanted}`, (topic, body) => topic === 'system' && body.level === wanted);
    };
    const look = (): void => {
      if (owed.length === 0) return;
      if (isExcused()) owed = [];
      const late = owed.filter(({ sinceMs }) => now.nowMs() - sinceMs > WRITTEN_MS);
      for (const { what, sinceMs } of late) complain(`${what} ${now.nowMs() - sinceMs} ms ago, and no event says so`);
      owed = owed.filter((one) => !late.includes(one));
    };
    const hear = (record: FoundRecord): void => {
      const body = record.body as FoundRecord;
      if (record.topic === 'system' && body.event_type === 'battery') levelTold = body.level;
      // Of what, nobody need know: a text that came from afar is refused, too.
      if (record.topic === 'access' && body.event_type === 'refused') lastRefusedMs = now.nowMs();
      const told = owed.find(({ isTold }) => isTold(record.topic, body));
      if (told === undefined) written = [...written.slice(-WRITTEN_KEPT), { record, atMs: now.nowMs() }];
      else owed = owed.filter((one) => one !== told);
    };
    return {
      see(observation) {
        look();
        bell.look();
        switch (observation.what) {
          case 'truth': {
            const { truth } = observation;
            if (truth.doorOpen !== doorOpen) {
              doorOpen = truth.doorOpen;
              const isMeant = (type: unknown): boolean => (type === 'closed') !== truth.doorOpen;
              changed(
                'door',
                `the door was ${doorOpen ? 'opened' : 'shut'}`,
                (topic, body) => topic === 'door' && isMeant(body.event_type),
              );
            }
            lookAtBattery();
            if (truth.itemPresent !== itemPresent) {
              itemPresent = truth.itemPresent;
              const type = itemPresent ? 'item_returned' : 'item_taken';
              if (profile.contacts.includes('item_present'))
                changed('item', `${type} happened`, (topic, body) => topic === 'visit' && body.event_type === type);
            }
            if (now.isItemUnseen()) owed = owed.filter(({ of }) => of !== 'item');
            return;
          }
          case 'lock':
            if (!hasEnded(observation)) return;
            owed = [];
            bell.forget();
            return;
          case 'shown': {
            const { answer, channel } = observation;
            if (answer.kind !== 'refused') return;
            const isFirst = now.nowMs() - lastRefusedMs > REFUSED_MS;
            lastRefusedMs = now.nowMs();
            if (isFirst)
              owe(
                'refusal',
                `a text was refused on ${channel}`,
                (topic, body) => topic === 'access' && body.event_type === 'refused' && body.channel === channel,
              );
            return;
          }
          case 'disk':
            if (observation.kind === 'append' && observation.phase === 'issued')
              for (const record of view.recordsIn(observation.bytes ?? new Uint8Array(), 'event')) hear(record);
            return;
        }
      },
      end: look,
    };
  },
};

function levelOf({ profile, plant }: View): 'ok' | 'low' | 'reserve' {
  const { warnMillivolts = 0, reserveMillivolts = 0 } = profile.battery ?? {};
  const millivolts = plant.millivolts();
  return millivolts < reserveMillivolts ? 'reserve' : millivolts < warnMillivolts ? 'low' : 'ok';
}

/** A finger on the bell: `ring` at once, unless one was told just now; then that it is held, or that it is back. */
function bellOf(
  { plant, profile, now }: View,
  owe: (of: string, what: string, isTold: Owed['isTold'], sinceMs: number) => void,
) {
  const contact: Contact = 'bell';
  const isWired = profile.contacts.includes(contact);
  let down = { is: plant.contact(contact), sinceMs: 0 };
  let isFelt = down.is;
  let isLong = false;
  /** When it was pressed last; when a ring was told last, and how many came since that were not. */
  let pressedMs = Number.NaN;
  let toldMs = Number.NEGATIVE_INFINITY;
  let untold: number | undefined = 0;
  let releasedMs = Number.NEGATIVE_INFINITY;
  /** Until then nobody knows whether a press is told, counted, or the second of a double one. */
  let doubtMs = Number.NEGATIVE_INFINITY;
  const event = (type: string, repeats?: number | undefined) => (topic: unknown, body: FoundRecord) =>
    topic === 'doorbell' && body.event_type === type && (repeats === undefined || (body.repeats ?? 0) === repeats);
  const press = (): void => {
    const atMs = down.sinceMs;
    const ms = atMs - toldMs;
    const isSecond = atMs - releasedMs < profile.doublePressMs + DOUBT_MS;
    // Of a ring that was not told nothing more is told; and what follows a long press is no second one.
    const wasShort = releasedMs - pressedMs < profile.longPressMs - DOUBT_MS;
    const isDouble = pressedMs === toldMs && wasShort && atMs - releasedMs < profile.doublePressMs - DOUBT_MS / 2;
    pressedMs = atMs;
    if (isDouble) owe('bell', 'the bell was pressed twice', event('double_press'), atMs);
    if (isSecond || atMs < doubtMs || Math.abs(ms - profile.repeatMs) <= DOUBT_MS) {
      untold = undefined;
      doubtMs = atMs + profile.repeatMs + DOUBT_MS;
    } else if (ms < profile.repeatMs) untold = untold === undefined ? undefined : untold + 1;
    else {
      owe(
        'bell',
        untold === 0 ? 'the bell was rung' : `the bell was rung after ${untold ?? 'some'} rings that were counted`,
        event('ring', untold),
        atMs,
      );
      toldMs = atMs;
      untold = 0;
    }
  };
  return {
    look() {
      if (!isWired) return;
      // How long it has stayed as it was, before what it is now.
      const heldMs = now.nowMs() - down.sinceMs;
      if (down.is !== isFelt && heldMs >= SEEN_MS / 2) {
        isFelt = down.is;
        // One that is there already when the lock comes up is found there, and is no press.
        isLong = !now.hasBeenUp(heldMs + SEEN_MS, 'lock', 'board');
        if (isFelt) press();
        else releasedMs = down.sinceMs;
      }
      if (down.is && isFelt && !isLong && heldMs >= profile.longPressMs + DOUBT_MS) {
        isLong = true;
        owe('bell', 'the bell was held down', event('long_press'), down.sinceMs);
      }
      const is = plant.contact(contact);
      if (is !== down.is) down = { is, sinceMs: now.nowMs() };
    },
    /** Its counts are gone with the power. */
    forget() {
      pressedMs = Number.NaN;
      toldMs = Number.NEGATIVE_INFINITY;
      untold = undefined;
    },
  };
}
