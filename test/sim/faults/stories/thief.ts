/** What the lock must do where somebody has a code that is not his. */
import { admitted, delivered, nonce, refused, type Stories } from './story.ts';

export const THIEF_STORIES: Stories = {
  replay: [
    {
      shows: 'already_used, for ever, and nothing moves',
      steps: [
        'issue: {token: courier-1, until: +20h}',
        ...delivered(),
        'after: 61s',
        'fault: {replay: {times: 1}}',
        'expect: {refused: already_used, withdrawn_times: 1}',
        'after: 19h',
        'fault: {replay: {times: 1}}',
        'expect: {refused: already_used, answer: denied, withdrawn_times: 1, bolt: thrown}',
      ],
    },
  ],
  clone: [
    {
      shows: 'bad_signature, and the token is not used up by it',
      steps: [
        'fault: clone',
        'expect: {answer: denied, refused: bad_signature, within: 1s}',
        'expect: {bolt: thrown, withdrawn_times: 0, for: 5s}',
        ...admitted(),
      ],
    },
  ],
  photograph: [
    {
      shows: 'holder_proof_failed when it is older than 30 s, and the token is not used up by it',
      steps: [
        'fault: {photograph: {age: 31s}}',
        'expect: {answer: try_again, refused: holder_proof_failed, within: 1s}',
        'expect: {bolt: thrown, withdrawn_times: 0, for: 5s}',
        ...admitted(),
      ],
    },
  ],
  relay: [
    {
      shows: 'refused over MQTT; at the reader it opens, once',
      steps: [
        'fault: relay',
        'expect: {refused: holder_proof_failed, event: access/granted, bolt: withdrawn, within: 2s}',
        'expect: {bolt: thrown, within: 60s}',
        'after: 1m',
        'fault: relay',
        'expect: {refused: already_used, bolt: thrown, withdrawn_times: 1, within: 2s}',
      ],
    },
  ],
  respelt: [
    {
      shows: 'each is refused, of a fresh token and of a used one',
      steps: [
        'fault: respelt',
        'expect: {answer: denied, never_heard: access/granted, withdrawn_times: 0}',
        'after: 2m',
        ...delivered(),
        'fault: respelt',
        'expect: {answer: denied, withdrawn_times: 1, bolt: thrown}',
      ],
    },
  ],
  'brute-force': [
    {
      shows: 'the channel is locked out, and the others are heard',
      steps: [
        'fault: {brute-force: {codes: 40, every: 500ms}}',
        'expect: {alarm: WrongCodeEntryLimit, within: 5s}',
        'present: courier-1',
        'expect: {answer: try_again, bolt: thrown}',
        ...nonce,
        'command: {unlock: courier-2}',
        'expect: {bolt: withdrawn, result: ok, within: 3s}',
      ],
    },
  ],
  'disk-put-back': [
    {
      shows: 'with a witness: lockdown',
      head: 'witness: true\n',
      steps: [
        'copy: {disk: backup}',
        ...delivered(),
        'fault: disk-put-back',
        'expect: {alarm: LedgerFault, within: 5s}',
        ...refused('lockdown'),
        'expect: {withdrawn_times: 1}',
      ],
    },
    {
      shows: 'without one it cannot be noticed',
      head: 'breaks: [spend before motion]\n',
      steps: [
        'copy: {disk: backup}',
        ...delivered(),
        'fault: disk-put-back',
        'after: 2s',
        ...admitted(),
        'expect: {withdrawn_times: 2}',
      ],
    },
  ],
};
