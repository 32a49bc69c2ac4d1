/**
 * Topics of one lock. Its identifier is also its MQTT user name, so that a broker's access list
 * can say in one line that a lock may write below its own tree and nowhere else.
 */
import { COMMANDS, type Command } from './commands.ts';
import { EVENT_TOPICS, type EventTopic } from './events.ts';
import { REPLY_TOPIC_CHARS_MAX, TOPIC_ROOT_CHARS_MAX } from './limits.ts';

export const TOPIC_ROOT = 'latchstring/v1';

/** Identifier of a lock, as it stands in topics, user names and certificates. */
export const LOCK_ID = /^[a-z0-9-]{3,36}$/;

/** Levels of letters, digits, `_` and `-`: no wildcard, no `$`, and no `.` or space, which NATS refuses. */
export const TOPIC_ROOT_SHAPE = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;

export interface Topics {
  /** Retained; `offline` is the will. */
  readonly availability: string;
  /** Retained, one document each. */
  readonly info: string;
  readonly state: string;
  readonly event: Readonly<Record<EventTopic, string>>;
  /** Asked of the lock; ignored when retained. */
  readonly cmd: Readonly<Record<Command, string>>;
  /** From the owner; may be retained. */
  readonly control: string;
  /** The lock's answers to commands. */
  readonly result: string;
  /** What a topic begins with that an asker may name for his own answers, as MQTT 5's response topic. */
  readonly reply: string;
}

/** Where a lock listens. */
export const listenedTo = ({ cmd, control }: Topics): readonly string[] => [...Object.values(cmd), control];

/** Whether the lock may answer there: in its own tree, below `reply`, and no wildcard, which would end its connection. */
export const isReplyTopic = ({ reply }: Topics, topic: string): boolean =>
  topic.length <= REPLY_TOPIC_CHARS_MAX && topic.startsWith(reply) && TOPIC_ROOT_SHAPE.test(topic.slice(reply.length));

/** Asserts on an id or a root that is not one: both were checked where they were read. */
export function topicsOf(id: string, root: string = TOPIC_ROOT): Topics {
  if (!LOCK_ID.test(id)) throw new Error(`not a lock id: ${JSON.stringify(id)}`);
  if (!TOPIC_ROOT_SHAPE.test(root) || root.length > TOPIC_ROOT_CHARS_MAX)
    throw new Error(`not a topic root: ${JSON.stringify(root)}`);
  const base = `${root}/${id}`;
  const event = Object.fromEntries(EVENT_TOPICS.map((name) => [name, `${base}/event/${name}`]));
  const cmd = Object.fromEntries(COMMANDS.map((name) => [name, `${base}/cmd/${name}`]));
  return {
    availability: `${base}/availability`,
    info: `${base}/info`,
    state: `${base}/state`,
    event: event as Record<EventTopic, string>,
    cmd: cmd as Record<Command, string>,
    control: `${base}/control`,
    result: `${base}/result`,
    reply: `${base}/reply/`,
  };
}
