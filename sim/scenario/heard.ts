/**
 * Somebody who listens at the broker, as a backend or Home Assistant does: the newest state, each
 * event once, and the answers to what was asked.
 */
import { EVENT_TOPICS, type EventTopic, type StateDocument, type Topics } from '../../protocol/index.ts';

export interface HeardEvent {
  readonly topic: EventTopic;
  readonly id: string;
  readonly seq: number;
  readonly boot: number;
  readonly event_type: string;
  readonly [key: string]: unknown;
}

export interface HeardResult {
  readonly cid: string;
  readonly ok: boolean;
  readonly answer?: string;
  readonly nonce?: string;
}

export interface Heard {
  /** The newest state that was published. */
  state(): StateDocument | undefined;
  /** `online` or `offline`. */
  availability(): string | undefined;
  /** Without repetitions, in the order in which they came. */
  readonly events: readonly HeardEvent[];
  readonly results: readonly HeardResult[];
  take(topic: string, payload: string): void;
}

export function heardAt(topics: Topics): Heard {
  const eventTopics = new Map(EVENT_TOPICS.map((name) => [topics.event[name], name] as const));
  const events: HeardEvent[] = [];
  const ids = new Set<string>();
  const results: HeardResult[] = [];
  let statePayload: string | undefined;
  let state: StateDocument | undefined;
  let availability: string | undefined;
  return {
    state() {
      // Read only when somebody asks: most are overtaken before.
      if (state === undefined && statePayload !== undefined) state = JSON.parse(statePayload) as StateDocument;
      return state;
    },
    availability: () => availability,
    events,
    results,
    take(topic, payload) {
      if (topic === topics.state) {
        statePayload = payload;
        state = undefined;
        return;
      }
      if (topic === topics.availability) availability = payload;
      else if (topic === topics.result) results.push(JSON.parse(payload) as HeardResult);
      const name = eventTopics.get(topic);
      if (name === undefined) return;
      const event = { topic: name, ...(JSON.parse(payload) as Omit<HeardEvent, 'topic'>) } as HeardEvent;
      if (ids.has(event.id)) return;
      ids.add(event.id);
      events.push(event);
    },
  };
}
