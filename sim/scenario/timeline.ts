/** A run as a person reads it: when, who, what. */
import { describe } from '../../firmware/report/describe.ts';
import { EVENT_TOPICS, type EventTopic, type Topics } from '../../protocol/index.ts';
import type { Observation, Observer } from '../observation.ts';
import { BOLT_THROWN, BOLT_WITHDRAWN, type Truth } from '../plant/plant.ts';

/** A line of it, without a line end. */
export type Tell = (line: string) => void;

const SECONDS_CHARS = 12;

/** `    1.250 s  the bolt is withdrawn` */
export const timed = (atMs: number, what: string): string =>
  `${(atMs / 1000).toFixed(3).padStart(SECONDS_CHARS - 2)} s  ${what}`;

const LIVES = {
  up: 'the lock is up',
  ending: 'the lock is told to end',
  dark: 'the power is gone',
  ended: 'the lock has ended',
} as const;

/** Tells what can be seen at the door, and what is heard of the lock; contacts and disk are for the trace. */
export function timeline(topics: Topics, tell: Tell): Observer {
  const nameOf = new Map(EVENT_TOPICS.map((name) => [topics.event[name], name] as const));
  let before: Truth | undefined;
  // In the end everything is given back, whether or not it was away.
  const away = { board: false, network: false };
  const ids = new Set<string>();
  return (observation, atMs) => {
    for (const what of told(observation)) tell(timed(atMs, `  ${what}`));
  };

  function told(observation: Observation): readonly string[] {
    switch (observation.what) {
      case 'truth': {
        const last = before;
        before = observation.truth;
        return changes(last, observation.truth);
      }
      case 'lock':
        return [LIVES[observation.is]];
      case 'board':
      case 'network':
        return comesOrGoes(observation.what, observation.there);
      case 'published':
        return heard(observation.topic, observation.payload);
      case 'clock':
        return [`the clock is set to ${new Date(observation.wallMs).toISOString()}`];
      default:
        return [];
    }
  }

  function comesOrGoes(what: keyof typeof away, there: boolean): readonly string[] {
    if (away[what] !== there) return [];
    away[what] = !there;
    return [`the ${what} is ${there ? 'there' : 'gone'}`];
  }

  function heard(topic: string, payload: string): readonly string[] {
    const name: EventTopic | undefined = nameOf.get(topic as never);
    if (name === undefined) return [];
    const { id, seq: _seq, boot: _boot, ts: _ts, att: _att, ...body } = JSON.parse(payload) as Record<string, unknown>;
    if (ids.has(String(id))) return [`told again: ${name} ${String(body.event_type)}`];
    ids.add(String(id));
    return [`told: ${describe({ topic: name, body })}`];
  }
}

function changes(before: Truth | undefined, now: Truth): readonly string[] {
  const lines: string[] = [];
  if (before === undefined) return lines;
  if (before.doorOpen !== now.doorOpen) lines.push(now.doorOpen ? 'the door opens' : 'the door is shut');
  if (before.bolt !== now.bolt && now.bolt === BOLT_THROWN) lines.push('the bolt is thrown');
  if (before.bolt !== now.bolt && now.bolt === BOLT_WITHDRAWN) lines.push('the bolt is withdrawn');
  if (before.itemPresent !== now.itemPresent) lines.push(now.itemPresent ? 'the key is in' : 'the key is out');
  return lines;
}
