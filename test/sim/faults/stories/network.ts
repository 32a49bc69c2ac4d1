/** What the lock must do where the broker is away, slow or hostile. */
import { admitted, entered, nonce, type Stories } from './story.ts';

export const NETWORK_STORIES: Stories = {
  'network-away': [
    {
      shows: 'tokens are judged as ever, and events wait',
      steps: [
        'fault: network-away',
        ...entered(),
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {never_heard: access/granted}',
        'mend: network-away',
        'expect: {event: access/granted, outcome: sealed, within: 10s}',
      ],
    },
  ],
  'network-half-open': [
    {
      shows: 'what was not acknowledged is told again',
      steps: [
        'fault: network-half-open',
        ...entered(),
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {never_heard: visit/ended, for: 5s}',
        'mend: network-half-open',
        'expect: {event: access/granted, outcome: sealed, within: 60s}',
      ],
    },
  ],
  'network-breaks': [
    {
      shows: 'what the broker never got is told on the next connection',
      steps: [
        'fault: network-breaks',
        'ring: once',
        'expect: {never_heard: doorbell/ring, for: 500ms}',
        'expect: {event: doorbell/ring, available: online, within: 10s}',
      ],
    },
    {
      shows: 'nor is an event lost behind a state that has arrived',
      steps: [
        'fault: {network-breaks: {at: event}}',
        'ring: once',
        'expect: {visit: arrived, never_heard: doorbell/ring, within: 300ms}',
        'expect: {event: doorbell/ring, available: online, within: 10s}',
      ],
    },
  ],
  'network-slow': [
    {
      shows: 'one event after the other, and the door waits for none',
      steps: [
        'fault: {network-slow: {acknowledged: 3s}}',
        'ring: once',
        ...entered(),
        'expect: {never_heard: visit/entered, for: 2s}',
        'after: 5s',
        'close: door',
        'expect: {bolt: thrown, within: 5s}',
        'expect: {outcome: sealed, within: 60s}',
      ],
    },
  ],
  'network-refuses': [
    {
      shows: 'it is set aside and told as a fault, and what comes behind it arrives',
      steps: [
        'fault: {network-refuses: {topic: doorbell}}',
        'ring: once',
        ...admitted(),
        'expect: {event: access/granted, within: 5s}',
        'expect: {event: system/fault, never_heard: doorbell/ring, within: 5s}',
      ],
    },
  ],
  'network-hostile': [
    {
      shows: 'nothing moves by what was published before',
      steps: [
        ...nonce,
        'command: {unlock: courier-1}',
        'expect: {bolt: withdrawn, result: ok, within: 3s}',
        'expect: {bolt: thrown, lock: locked, within: 60s}',
        'fault: {network-hostile: {times: 3}}',
        'expect: {bolt: thrown, withdrawn_times: 1, for: 30s}',
      ],
    },
    {
      shows: 'but for a lock command that has not expired, whose answer is the one that it had',
      steps: [
        'press: inside_button',
        'expect: {bolt: withdrawn, within: 2s}',
        'command: lock',
        'expect: {bolt: thrown, result: ok, within: 10s}',
        'fault: network-hostile',
        'expect: {results: 1, bolt: thrown, for: 10s}',
      ],
    },
  ],
};
