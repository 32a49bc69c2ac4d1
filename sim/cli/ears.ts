/** What a separate subscriber hears of a lock: checked against the schemas, without duplicates. */
import { EVENT_TOPICS, type EventTopic, parseEvent, type Refusal, STATE, type Topics } from '../../protocol/index.ts';
import type { Message, Subscriber } from '../broker/subscriber.ts';

const HEARD_MS_MAX = 10_000;

export interface Ears {
  /** How many events were heard. */
  events(): number;
  refusals(): readonly Refusal[];
  /** Settles with the refusal that comes after the first `before`. */
  refusalAfter(before: number): Promise<Refusal>;
  /** Settles when such an event was heard. */
  event(topic: EventTopic, type: string): Promise<void>;
  /** Settles when the newest retained state says so. */
  state(lock: string): Promise<void>;
  holds(key: 'item', value: string): Promise<void>;
}

export function earsOf(topics: Topics, listener: Subscriber): Ears {
  const topicOf = (message: Message): EventTopic | undefined =>
    EVENT_TOPICS.find((name) => topics.event[name] === message.topic);
  const parse = (message: Message) => {
    const topic = topicOf(message);
    return topic === undefined ? undefined : { topic, ...parseEvent(topic, JSON.parse(message.payload)) };
  };
  const events = () => {
    const byId = new Map<string, NonNullable<ReturnType<typeof parse>>>();
    for (const message of listener.messages) {
      const event = parse(message);
      if (event !== undefined) byId.set(event.id, event);
    }
    return [...byId.values()];
  };
  const refusals = (): readonly Refusal[] => events().flatMap((event) => ('refusal' in event ? [event.refusal] : []));
  const newest = () => {
    const last = listener.messages.filter(({ topic }) => topic === topics.state).at(-1);
    return last === undefined ? undefined : STATE.parse(JSON.parse(last.payload));
  };
  return {
    events: () => events().length,
    refusals,
    async refusalAfter(before) {
      await listener.until(() => refusals().length > before, HEARD_MS_MAX);
      const refusal = refusals()[before];
      if (refusal === undefined) throw new Error('a refusal was heard and is gone');
      return refusal;
    },
    async event(topic, type) {
      await listener.until((message) => {
        const event = parse(message);
        return event?.topic === topic && event.event_type === type;
      }, HEARD_MS_MAX);
    },
    async state(lock) {
      await listener.until(() => newest()?.lock === lock, HEARD_MS_MAX);
    },
    async holds(key, value) {
      await listener.until(() => newest()?.[key] === value, HEARD_MS_MAX);
    },
  };
}
