/** Whether a lock of ours publishes something, by the schemas and the topics that it is made with. */
import { EVENT_TOPICS, INFO, parseEvent, RESULT, STATE, topicsOf } from '../../../protocol/index.ts';
import type { MessageVector } from './message-vectors.ts';

export type Said = Pick<MessageVector, 'audience' | 'topic' | 'retained' | 'payload'>;

export function isOurs({ audience, topic, retained, payload }: Said): boolean {
  const topics = topicsOf(audience.split('/')[0] ?? '');
  try {
    if (topic === topics.availability) return retained && ['online', 'offline'].includes(payload);
    const json: unknown = JSON.parse(payload);
    if (topic === topics.info) return retained && INFO.safeParse(json).success;
    if (topic === topics.state) return retained && STATE.safeParse(json).success;
    if (topic === topics.result) return !retained && RESULT.safeParse(json).success;
    const event = EVENT_TOPICS.find((name) => topics.event[name] === topic);
    if (event === undefined || retained) return false;
    parseEvent(event, json);
    return true;
  } catch {
    // No JSON, or no event of this topic.
    return false;
  }
}
