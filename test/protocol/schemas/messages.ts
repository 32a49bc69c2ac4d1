/** Every message of a lock, in one list: where it stands, who says it, whether it is kept, and its schema. */
import * as z from 'zod';
import { DISCOVERY, DISCOVERY_PREFIX, discoveryTopic, STATUS_TOPIC } from '../../../firmware/report/home-assistant.ts';
import {
  COMMAND_BODIES,
  COMMANDS,
  CONTROL_DOCUMENT,
  EVENT_TOPICS,
  type EventTopic,
  eventSchema,
  INFO,
  RESULT,
  STATE,
  topicsOf,
} from '../../../protocol/index.ts';

export interface Message {
  /** Its name in documents and of its file: `event-door`. */
  readonly name: string;
  readonly topic: string;
  /** Of the lock: it says it, or hears it. */
  readonly action: 'send' | 'receive';
  readonly summary: string;
  readonly retained: boolean;
  readonly schema: z.ZodType;
  /** Not JSON: the word itself. */
  readonly isWord?: true;
}

const ID = 'lock-id';
const topics = topicsOf(ID);

const EVENTS: Readonly<Record<EventTopic, string>> = {
  doorbell: 'What a finger does to the bell: `ring` at once, the others after it.',
  door: 'The door, or the lid.',
  lock: 'The lock has come into another state.',
  access: 'Somebody was let in, or refused, and why.',
  visit: 'One courier, from the ring to the sealed door.',
  alarm: 'Something is wrong, or is so no more.',
  system: 'The lock about itself.',
};

const COMMAND_SUMMARIES: Readonly<Record<keyof typeof COMMAND_BODIES, string>> = {
  lock: 'Throw the bolt, if the door is closed.',
  unlock: "Withdraw the bolt, for a presentation that answers the lock's nonce.",
  set: 'One of the two above, named in `action`; for a controller that has one topic for both.',
  nonce: 'Give a nonce.',
  ping: 'Answer.',
};

export const MESSAGES: readonly Message[] = [
  {
    name: 'availability',
    topic: topics.availability,
    action: 'send',
    summary: 'Whether the lock is connected; `offline` is its last word, and its will.',
    retained: true,
    schema: z.enum(['online', 'offline']),
    isWord: true,
  },
  said('info', topics.info, 'What does not change while it runs.', true, INFO),
  said('state', topics.state, 'What is so now, as far as anybody can see it.', true, STATE),
  ...EVENT_TOPICS.map((name) => said(`event-${name}`, topics.event[name], EVENTS[name], false, eventSchema(name))),
  said('result', topics.result, 'The one answer to a command, with its `cid`.', false, RESULT),
  said(
    'home-assistant-discovery',
    discoveryTopic(ID, DISCOVERY_PREFIX),
    'The lock as a device of Home Assistant. Only where the configuration asks for it; empty to be taken away.',
    true,
    DISCOVERY,
  ),
  ...COMMANDS.map((name) => heard(`cmd-${name}`, topics.cmd[name], COMMAND_SUMMARIES[name], COMMAND_BODIES[name])),
  {
    name: 'control',
    topic: topics.control,
    action: 'receive',
    summary:
      "The owner's signed statements that the lock has not taken yet, in order. The only one that may be retained.",
    retained: true,
    schema: CONTROL_DOCUMENT,
  },
  {
    name: 'home-assistant-status',
    topic: STATUS_TOPIC,
    action: 'receive',
    summary: 'Home Assistant has come up, or goes. Anybody may say so; it makes the lock announce itself once more.',
    retained: false,
    schema: z.enum(['online', 'offline']),
    isWord: true,
  },
];

function said(name: string, topic: string, summary: string, retained: boolean, schema: z.ZodType): Message {
  return { name, topic, action: 'send', summary, retained, schema };
}

function heard(name: string, topic: string, summary: string, schema: z.ZodType): Message {
  return { name, topic, action: 'receive', summary, retained: false, schema };
}

/** With the lock's id as a parameter. */
export const addressOf = ({ topic }: Message): string => topic.replace(ID, '{lockId}');

export const topicOf = ({ topic }: Message, lockId: string): string => topic.replace(ID, lockId);

/** JSON Schema, draft 7: what AsyncAPI reads without being told. */
export function jsonSchemaOf({ schema }: Message): Readonly<Record<string, unknown>> {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { target: 'draft-7' });
  return rest;
}
