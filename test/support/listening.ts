/** Somebody who has the lock's public key, and hears what brokers took, in order. */
import { opensslVerify } from '../../firmware/access/first-look.ts';
import {
  createListener,
  type EventTopic,
  type Finding,
  type Listener,
  parseEvent,
  publicKeyOf,
  TOPIC_ROOT,
} from '../../protocol/index.ts';
import type { SimulatedPublish } from '../../sim/ports/broker.ts';
import { BEGINNING_MS, type World } from '../../sim/world.ts';

export interface Heard extends Finding {
  readonly topic: string;
  readonly payload: string;
}

const BASE = `${TOPIC_ROOT}/front-door/`;

export const lockListener = ({ identity }: Pick<World, 'identity'>): Listener =>
  createListener({ lockKey: publicKeyOf(identity.lockSeed), audience: identity.audience }, opensslVerify());

/** What a listener makes of it all. A world's monotonic clock begins with it. */
export function listen(listener: Listener, published: readonly SimulatedPublish[]): readonly Heard[] {
  return published.map(({ topic: full, payload, atMs }) => {
    const topic = full.slice(BASE.length);
    return { ...listener.hear({ topic, payload, receivedMs: BEGINNING_MS + atMs }), topic, payload };
  });
}

/** The events among them that were heard for the first time, parsed. */
export const eventsIn = (heard: readonly Heard[]) =>
  heard
    .filter(({ topic, verdict }) => topic.startsWith('event/') && verdict === 'ok')
    .map(({ topic, payload }) => parseEvent(topic.slice('event/'.length) as EventTopic, JSON.parse(payload)));

export const verdictsOf = (heard: readonly Heard[]): readonly string[] => [
  ...new Set(heard.map(({ verdict }) => verdict)),
];
