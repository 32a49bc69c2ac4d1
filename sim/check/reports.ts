/** What the lock tells the world: what is so, every event once and in order, nothing secret, no alarm without a cause. */
import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Contact } from '../../firmware/ports/index.ts';
import type { Alarm, PublishedState } from '../../protocol/index.ts';
import type { Truth } from '../plant/plant.ts';
import type { Checker } from './checker.ts';
import { hasEnded, SEEN_MS, type View } from './circumstances.ts';

/** From a change at the door to the report of it, at most: a contact that settles, a turn of the loop. */
const TOLD_MS = 200;
/** When nothing has happened for so long, what was told last must be so. */
const QUIET_MS = 3_000;

const isThrown = (bolt: number): boolean => bolt >= 950;
const isWithdrawn = (bolt: number): boolean => bolt <= 50;

/** Nobody can see rightly by contacts that are broken, or through a wire that carries nothing. */
const isBlind = ({ now }: View): boolean => now.isTroubled(['mechanism', 'serial', 'power'], QUIET_MS);

const BOLT_CONTACTS: readonly Contact[] = ['bolt_thrown', 'bolt_withdrawn', 'latched'];

/** A voltage creeps up when a motor has stopped: a level is left only when it is exceeded by so much. */
const BACK_MILLIVOLTS = 150;

function batteryIsWrong({ battery: limits }: Profile, millivolts: number, { battery }: PublishedState): boolean {
  if (limits === undefined) return false;
  if (millivolts < limits.reserveMillivolts) return battery?.level !== 'reserve';
  if (millivolts < limits.warnMillivolts) return battery?.level !== 'low' && battery?.level !== 'reserve';
  return millivolts >= limits.warnMillivolts + BACK_MILLIVOLTS && battery?.level !== 'ok';
}

export const reportIsTrue: Checker = {
  name: 'the report is true',
  promises: 'the published state is what is so at the door, in the safe and in the battery, or says assumed or unknown',
  watch(view, complain) {
    const { now, stateTopic } = view;
    const seesBolt = view.profile.contacts.some((contact) => BOLT_CONTACTS.includes(contact));
    const last = { thrown: Number.NEGATIVE_INFINITY, withdrawn: Number.NEGATIVE_INFINITY };
    let changedMs = 0;
    /** As it was before what is being looked at. */
    let was = now.truth();
    let wasMillivolts = view.plant.millivolts();
    let told: PublishedState | undefined;
    let complained = false;
    const note = (): void => {
      const { bolt } = now.truth();
      if (isThrown(bolt)) last.thrown = now.nowMs();
      if (isWithdrawn(bolt)) last.withdrawn = now.nowMs();
    };
    note();
    const since = (ms: number | undefined): number => (ms === undefined ? -1 : now.nowMs() - ms);
    const lookAtRest = (): void => {
      const isQuiet = now.nowMs() - changedMs >= QUIET_MS && since(now.upSinceMs()) >= QUIET_MS;
      if (told === undefined || complained || !isQuiet || since(now.networkSinceMs()) < QUIET_MS) return;
      // A slow broker, mended meanwhile, may still owe the answer behind which the newest state waits.
      if (since(now.boardSinceMs()) < QUIET_MS || now.isTroubled('network', 2 * QUIET_MS) || isBlind(view)) return;
      const { doorOpen, bolt } = was;
      const doorSaid = told.door === 'closed' || told.door === 'unknown' ? 'shut' : 'open';
      if (told.door !== 'unknown' && (doorSaid === 'open') !== doorOpen)
        complain(`the door is said to be ${told.door}`);
      else if (told.assumed !== true && told.lock === 'locked' && !isThrown(bolt)) complain('it is said to be locked');
      else if (told.assumed !== true && told.lock === 'unlocked' && !isWithdrawn(bolt))
        complain('it is said to be unlocked');
      else if (told.item !== undefined && (told.item === 'in') !== was.itemPresent && !now.isItemUnseen())
        complain(`what it keeps is said to be ${told.item}`);
      else if (was.driven === 'none' && batteryIsWrong(view.profile, wasMillivolts, told))
        complain(`the battery is said to be ${told.battery?.level}`);
      else return;
      complained = true;
    };
    return {
      see(observation) {
        lookAtRest();
        if (observation.what === 'truth') {
          note();
          was = now.truth();
          wasMillivolts = view.plant.millivolts();
          changedMs = now.nowMs();
          return;
        }
        if (observation.what !== 'published') return;
        const event = seesBolt ? undefined : view.eventTopicOf(observation.topic);
        if (event === 'lock' || event === 'visit') {
          const { event_type: type, assumed } = view.read(observation.payload);
          if (assumed !== true && (event === 'lock' || type === 'ended'))
            complain(`the bolt is seen by nobody, and what is told on ${event} is not said to be assumed`);
        }
        if (observation.topic !== stateTopic) return;
        told = view.readState(observation.payload);
        complained = false;
        if (told.problem !== told.alarms.length > 0)
          complain(`problem is ${told.problem}, and ${told.alarms.length} alarms stand`);
        if (told.assumed !== true && !seesBolt) complain('the bolt is seen by nobody, and is not said to be assumed');
        note();
        if (told.assumed === true || isBlind(view)) return;
        const { lock } = told;
        if (lock === 'locked' && now.nowMs() - last.thrown > TOLD_MS)
          complain(`locked is told, and the bolt is at ${now.truth().bolt}`);
        if (lock === 'unlocked' && now.nowMs() - last.withdrawn > TOLD_MS)
          complain(`unlocked is told, and the bolt is at ${now.truth().bolt}`);
      },
      end: lookAtRest,
    };
  },
};

export const everyEventOnce: Checker = {
  name: 'every event, once, in order',
  tiers: ['a'],
  promises: 'what is in the journal reaches whoever listens, once after repetitions are dropped, and in order',
  watch(view, complain) {
    const { eventTopicOf, now } = view;
    /** In the journal for good, and not heard yet: by number, with what was told. */
    const due = new Map<number, string>();
    let written: (readonly [number, string])[] = [];
    const heard = new Map<string, string>();
    const lostSeqs = new Set<number>();
    let lastSeq = -1;
    const lastSeqOfLife = new Map<string, number>();
    /** It comes behind all that the lock has kept between these numbers: what is not heard by now is what it means. */
    function forget({ count, first, last }: Readonly<Record<string, unknown>>): void {
      const meant = [...due.keys()].filter((seq) => seq >= Number(first) && seq <= Number(last));
      for (const seq of meant) due.delete(seq);
      if (meant.length > Number(count))
        complain(`${count} events are told as lost between ${first} and ${last}, and ${meant.length} were not heard`);
    }
    return {
      see(observation) {
        if (observation.what === 'disk') {
          const { kind, phase, bytes } = observation;
          if (kind === 'append' && phase === 'issued' && bytes !== undefined) {
            for (const record of view.recordsIn(bytes, 'event')) {
              written.push([Number(record.seq), `${String(record.life)} ${String(record.topic)}`]);
            }
          } else if (kind === 'sync' && phase === 'done') {
            for (const [seq, what] of written) due.set(seq, what);
            written = [];
          }
          return;
        }
        if (observation.what === 'lock' && hasEnded(observation)) written = [];
        if (observation.what !== 'published') return;
        const topic = eventTopicOf(observation.topic);
        if (topic === undefined) return;
        const event = view.read(observation.payload);
        const id = String(event.id);
        const before = heard.get(id);
        // `late` and such are said at the moment of telling; what happened is the same.
        const said = JSON.stringify([topic, event.seq, event.ts, event.event_type]);
        if (before !== undefined && before !== said) complain(`two events have the id ${id}`);
        if (before !== undefined) return;
        heard.set(id, said);
        const seq = Number(event.seq);
        const [, , life = ''] = /^(.*)-([0-9a-z]+)-[0-9]+$/.exec(id) ?? [];
        const lastOfLife = lastSeqOfLife.get(life) ?? -1;
        if (seq < lastOfLife) complain(`event ${seq} came after event ${lastOfLife}, of the same life`);
        lastSeqOfLife.set(life, Math.max(lastOfLife, seq));
        if (due.get(seq) === `${life} ${topic}`) due.delete(seq);
        if (seq <= lastSeq && !now.tampered()) lostSeqs.add(seq);
        lastSeq = Math.max(lastSeq, seq);
        if (event.event_type === 'events_lost') forget(event);
        const aside = setAside(event);
        if (aside !== undefined) due.delete(aside);
      },
      end() {
        if (now.tampered() || now.isTroubled('network')) return;
        if (due.size > 0)
          complain(`${due.size} events of the journal were never heard, the first is number ${[...due.keys()][0]}`);
        // Another event with an old number: two lives have counted from the same place, of which one's events were never durable.
        for (const seq of lostSeqs)
          if (!now.wasTroubled('disk', 'power')) complain(`event ${seq} came after a later one`);
      },
    };
  },
};

/** The number of the event that the broker will not have, where an event tells of one. */
function setAside({ fault, detail }: Readonly<Record<string, unknown>>): number | undefined {
  const told = fault === 'message_set_aside' ? /^event ([0-9]+) /.exec(String(detail)) : null;
  return told === null ? undefined : Number(told[1]);
}

export const everyVisitEnds: Checker = {
  name: 'every visit ends',
  promises: 'of every token whose use is durable it is told once how its visit ended, through any power cut',
  tiers: ['a'],
  watch(view, complain) {
    const { eventTopicOf, now } = view;
    let written: string[] = [];
    const open = new Set<string>();
    /** By number of the event that tells of it: the token whose visit has ended. */
    const ends = new Map<number, string>();
    /** By token: the event that told its end. */
    const ended = new Map<string, string>();
    return {
      see(observation) {
        if (observation.what === 'disk' && observation.kind === 'append' && observation.phase === 'issued') {
          for (const record of view.recordsIn(observation.bytes ?? new Uint8Array(), 'spent')) {
            written.push(String(record.token_id));
          }
          for (const { seq, topic, body } of view.recordsIn(observation.bytes ?? new Uint8Array(), 'event')) {
            const { event_type: type, token_id: id } = body as Readonly<Record<string, unknown>>;
            if (topic === 'visit' && type === 'ended') ends.set(Number(seq), String(id));
          }
        } else if (observation.what === 'disk' && observation.kind === 'sync' && observation.phase === 'done') {
          for (const id of written) if (!ended.has(id)) open.add(id);
          written = [];
        } else if (observation.what === 'lock' && hasEnded(observation)) written = [];
        if (observation.what !== 'published') return;
        const topic = eventTopicOf(observation.topic);
        // The broker will not have the event that tells of it: that is told instead.
        if (topic === 'system') open.delete(ends.get(setAside(view.read(observation.payload)) ?? -1) ?? '');
        if (topic !== 'visit') return;
        const { event_type: type, token_id: id, id: event } = view.read(observation.payload);
        if (type !== 'ended') return;
        const before = ended.get(String(id));
        // On a disk that fails an end is told, and the next life knows nothing of it.
        if (before !== undefined && before !== event && !now.tampered() && !now.wasTroubled('disk')) {
          complain(`the visit of ${id} ends, and has ended before`);
        }
        ended.set(String(id), String(event));
        open.delete(String(id));
      },
      end() {
        if (now.tampered() || now.isTroubled('network')) return;
        for (const id of open) complain(`the visit of ${id} has no end`);
      },
    };
  },
};

/** A code, or the beginning of one (base45, RFC 9285); not the prefix alone, which a refusal may name. */
const CODE = /LS1:[0-9A-Z $%*+./:-]{16}/;
/** A token, or a code without its beginning, in whatever alphabet: no id, no key and no topic is so long. */
const LONG = /[0-9A-Z $%*+./:-]{120}|[0-9A-Za-z+/_=-]{120}/;
/** The lock's own signature, over what stands beside it. */
const SIGNATURE = /"att":"[0-9A-Za-z_-]*"/;

export const nothingSecret: Checker = {
  name: 'nothing secret',
  promises: 'no token, no code and no secret key is ever published by the lock',
  watch({ secrets }, complain) {
    return {
      see(observation) {
        if (observation.what !== 'published') return;
        const { payload, topic } = observation;
        if (CODE.test(payload)) complain(`a code is published on ${topic}`);
        else if (LONG.test(payload.replace(SIGNATURE, ''))) complain(`what may be a token is published on ${topic}`);
        for (const secret of secrets) if (payload.includes(secret)) complain(`a secret is published on ${topic}`);
      },
    };
  },
};

/** Alarms that a message says are raised: a state, or the event of one. */
function toldIn(view: View, topic: string, payload: string): readonly Alarm[] | undefined {
  if (topic === view.stateTopic) return view.readState(payload).alarms;
  if (view.eventTopicOf(topic) !== 'alarm') return undefined;
  const { event_type: type, alarm } = view.read(payload);
  return type === 'raised' ? [alarm as Alarm] : [];
}

export const alarmsComeAndGo: Checker = {
  name: 'alarms come and go',
  promises: 'of each alarm it is told once that it is raised, and once that it is cleared',
  watch(view, complain) {
    const heard = new Set<string>();
    /** Raised in this life of the lock, and not cleared: the next one tells again of what it finds. */
    let standing = new Set<unknown>();
    const raised = new Set<unknown>();
    let boot: unknown;
    /** Some events were given up: what is missing may be among them. */
    let gaps = false;
    return {
      see(observation) {
        // A life that could write nothing down leaves its number to the next one, which knows nothing of its alarms.
        if (observation.what === 'lock' && hasEnded(observation) && view.now.wasTroubled('disk')) standing = new Set();
        if (observation.what !== 'published') return;
        const topic = view.eventTopicOf(observation.topic);
        if (topic !== 'alarm' && topic !== 'system') return;
        const { id, event_type: type, alarm, boot: life, fault } = view.read(observation.payload);
        if (heard.has(String(id))) return;
        heard.add(String(id));
        if (type === 'events_lost' || fault === 'message_set_aside') gaps = true;
        if (topic !== 'alarm' || gaps || view.now.tampered()) return;
        if (life !== boot) standing = new Set();
        boot = life;
        if (type === 'raised' && standing.has(alarm)) complain(`${alarm} is raised again, and was not cleared`);
        if (type === 'cleared' && !raised.has(alarm)) complain(`${alarm} is cleared, and was never raised`);
        if (type === 'cleared') standing.delete(alarm);
        else {
          standing.add(alarm);
          raised.add(alarm);
        }
      },
    };
  },
};

export const alarmsHaveCauses: Checker = {
  name: 'alarms have causes',
  promises: 'no alarm is raised that nothing in this world has caused',
  watch(view, complain) {
    /** Raised once, an alarm of this world has had its cause. */
    const before = new Set<Alarm>();
    let wrongCodes = 0;
    /** Whatever was said to the lock in the owner's name: nobody answers it. */
    let controls = 0;
    let openings = 0;
    let forced = false;
    /** Turned round as soon as it pulled, a motor may end at the first edge of a switch that bounces, short of its stop. */
    let turnedRound = false;
    let pulled: { readonly to: Truth['driven']; readonly untilMs: number } = { to: 'none', untilMs: 0 };
    let longestOpenMs = 0;
    let openMs = 0;
    let shutMs: number | undefined = Number.NEGATIVE_INFINITY;
    const { now, profile } = view;
    const disturbed = (): boolean => now.wasTroubled('mechanism', 'serial', 'power', 'people', 'disk') || now.handled();
    const causes: Readonly<Record<Alarm, () => boolean>> = {
      LockJammed: () => disturbed() || forced || openings > 0 || turnedRound,
      RelockFailed: () => disturbed() || forced || openings > 0 || turnedRound,
      SensorConflict: () => disturbed() || openings > 0,
      DoorForcedOpen: () => forced || disturbed(),
      // What is left of a wait when the lock starts again is told by the wall clock.
      DoorAjar: () => longestOpenMs >= profile.ajarMsMax || disturbed() || now.wasTroubled('clock'),
      VisitOverstay: () => longestOpenMs >= profile.stayMsMax || disturbed() || now.wasTroubled('clock'),
      LedgerFault: () => now.wasTroubled('disk', 'thief') || now.tampered(),
      ClockUntrusted: () => now.wasTroubled('clock', 'thief'),
      // Of the fifth, which raises it, the answer is seen after the alarm.
      // What a broker keeps of a control comes again with every connection, as after a power cut.
      WrongCodeEntryLimit: () => wrongCodes + controls >= 4 || (controls > 0 && now.wasTroubled('network', 'power')),
      FrontEscutcheonRemoved: () => now.wasTroubled('people', 'mechanism'),
      MountRemoved: () => now.wasTroubled('people', 'mechanism'),
      ItemNotReturned: () => profile.contacts.includes('item_present'),
      BoardLost: () => now.wasTroubled('serial', 'power'),
      LogBroken: () => now.wasTroubled('disk', 'network'),
      LockFactoryReset: () => false,
      LockRadioPowerCycled: () => false,
    };
    return {
      see(observation) {
        const sinceMs = now.openSinceMs();
        if (sinceMs === undefined) shutMs ??= now.nowMs();
        else {
          // Shut for so short a time that nobody may have seen it, it stood open all the time.
          if (sinceMs - (shutMs ?? sinceMs) >= SEEN_MS) openMs = sinceMs;
          shutMs = undefined;
          longestOpenMs = Math.max(longestOpenMs, now.nowMs() - openMs);
        }
        if (observation.what === 'shown' && observation.answer.kind === 'refused') wrongCodes += 1;
        if (observation.what === 'sent' && observation.topic === view.controlTopic) controls += 1;
        if (observation.what === 'truth') {
          const { doorOpenings, bolt, driven } = observation.truth;
          turnedRound ||=
            driven !== 'none' && pulled.to !== 'none' && pulled.to !== driven && now.nowMs() - pulled.untilMs < SEEN_MS;
          if (driven !== 'none') pulled = { to: driven, untilMs: now.nowMs() };
          if (doorOpenings > openings && !isWithdrawn(bolt)) forced = true;
          openings = doorOpenings;
        }
        if (observation.what !== 'published') return;
        const told = toldIn(view, observation.topic, observation.payload);
        if (told === undefined) return;
        for (const alarm of told) {
          if (!before.has(alarm) && !causes[alarm]()) complain(`${alarm} is raised, and nothing has caused it`);
        }
        for (const alarm of told) before.add(alarm);
      },
    };
  },
};
