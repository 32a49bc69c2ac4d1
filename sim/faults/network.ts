/** The way to the broker, and whoever holds it. */
import { EVENT_TOPICS } from '../../protocol/index.ts';
import { duration, whole, word } from '../scenario/kinds.ts';
import type { FaultKind } from './catalogue.ts';
import { fault, nothingToMend } from './define.ts';
import { worldOf } from './world.ts';

export const NETWORK = {
  'network-away': fault({
    help: 'the broker cannot be reached',
    must: 'tokens are judged as ever; events wait in the journal, and arrive once each and in order when it is back',
    async begin({ stage }) {
      await stage.network(false);
      return () => stage.network(true);
    },
  }),
  'network-half-open': fault({
    help: 'the connection stands, the broker takes what is sent, and acknowledges nothing',
    must: 'what was not acknowledged is told again; whoever listens drops it by its id',
    tiers: ['a'],
    begin(scene) {
      const world = worldOf(scene);
      world.holdAcks(true);
      return () => world.holdAcks(false);
    },
  }),
  'network-breaks': fault({
    help: 'the connection ends while the next message, or the next event, is on its way, which the broker never gets',
    must: 'it is told again on the next connection; nothing counts as told that was not acknowledged',
    tiers: ['a'],
    parameters: { at: word(['message', 'event']) },
    begin(scene, { at = 'message' }) {
      // The newest state goes before every event, and would be what is lost.
      worldOf(scene).breakAtNext(
        (topic) => at === 'message' || EVENT_TOPICS.some((name) => topic.endsWith(`/event/${name}`)),
      );
      return nothingToMend;
    },
  }),
  'network-slow': fault({
    help: 'every acknowledgement takes that long',
    must: 'one event after the other, in order; the door does not wait for any',
    tiers: ['a'],
    parameters: { acknowledged: duration },
    begin(scene, { acknowledged = 2_000 }) {
      const world = worldOf(scene);
      world.setAckMs(acknowledged);
      return () => world.setAckMs(0);
    },
  }),
  'network-refuses': fault({
    help: 'the broker refuses what is published on one topic of events',
    must: 'it is tried five times, then set aside and told as a fault; what comes behind it arrives, and the door waits for none of it',
    tiers: ['a'],
    parameters: { topic: word(EVENT_TOPICS) },
    begin(scene, { topic = 'door' }) {
      const world = worldOf(scene);
      world.refuse((message) => (message.topic.endsWith(`/event/${topic}`) ? 'not allowed to publish' : undefined));
      return () => world.refuse(() => undefined);
    },
  }),
  'network-hostile': fault({
    help: 'everything that was ever published is published again: in order, in reverse, each twice, and retained',
    must: 'nothing moves but for a lock command that has not expired and was not obeyed before',
    parameters: { times: whole(1, 10) },
    begin({ stage }, { times = 1 }) {
      for (let i = 0; i < times; i++) {
        const all = [...stage.captured];
        for (const { topic, payload } of all) stage.send(topic, payload, false);
        for (const { topic, payload } of all.toReversed()) stage.send(topic, payload, false);
        for (const { topic, payload } of all) stage.send(topic, payload, true);
      }
      return nothingToMend;
    },
  }),
} as const satisfies Record<string, FaultKind>;
