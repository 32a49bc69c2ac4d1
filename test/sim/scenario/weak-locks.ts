/** What would have to be missing in this lock for a published attack to succeed: a few changed lines for each attack. */
import type { Change } from '../../support/copy.ts';

export interface WeakLock {
  /** The scenario in `sim/scenarios/attacks/`, without `.yaml`. */
  readonly attack: string;
  /** What this lock lacks. */
  readonly lacks: string;
  readonly changes: readonly Change[];
  /** What the scenario then finds in the place of what it expects. */
  readonly finds: RegExp;
}

const NOBODY_ASKS_WHAT_IS_SPENT: Change = {
  file: 'firmware/access/admit.ts',
  line: 'if (memory.spent.has(spendKeyOf(presentation)))',
  instead: 'if (memory.spent.has(""))',
};

/** Anybody may sign a control, and say that he is the owner. */
const EVERYBODY_IS_THE_OWNER: readonly Change[] = [
  {
    file: 'firmware/access/judge-control.ts',
    line: 'if (!equal(control.signerKid, kidOf(signer)))',
    instead: 'if (control.signerKid.length === 0)',
  },
  {
    file: 'firmware/access/judge-control.ts',
    line: "if (!isSignedBy(control.signed, 'control', signer, check))",
    instead: 'if (check === undefined)',
  },
];

export const WEAK_LOCKS: readonly WeakLock[] = [
  {
    attack: 'amazon-key-2017',
    lacks: 'a memory of its own of what has opened',
    changes: [NOBODY_ASKS_WHAT_IS_SPENT],
    finds: /answer is admitted/,
  },
  {
    attack: 'august-2016-log',
    lacks: 'the patience to tell again what nobody has acknowledged',
    changes: [
      {
        file: 'firmware/report/reporter.ts',
        line: '      trying.failures += 1;\n      throw error;\n',
        instead: '      trying.failures += 1;\n',
      },
    ],
    finds: /heard_in_all/,
  },
  {
    attack: 'august-2016-owner',
    lacks: 'a look at who signs what only the owner may say',
    changes: EVERYBODY_IS_THE_OWNER,
    finds: /answer is/,
  },
  {
    attack: 'cloned-token',
    lacks: 'a proof that the phone is the one the token names',
    changes: [
      {
        file: 'protocol/chain.ts',
        line: "if (!isSignedBy(presentation.signed, 'presentation', token.holder, verify)) {",
        instead: 'if (token.holder.length === 0) {',
      },
    ],
    finds: /answer is admitted/,
  },
  {
    attack: 'drop-box-2018',
    lacks: 'contacts that say where the bolt is: it is locked when the motor has run for long enough',
    changes: [
      {
        file: 'firmware/lock/bolt.ts',
        line: "    elapsed: to('jammed', 'halt', 'count_try'),\n    'board.lost': to('unknown', 'halt', 'count_try'), // it may be",
        instead:
          "    elapsed: to('locked', 'halt'),\n    'board.lost': to('unknown', 'halt', 'count_try'), // it may be",
      },
    ],
    finds: /LockJammed/,
  },
  {
    attack: 'ho-2016-log',
    lacks: 'a memory of what it has not told before it was switched off',
    changes: [
      {
        file: 'firmware/report/reporter.ts',
        line: '  let connected = false;\n',
        instead:
          "  let connected = false;\n  for (const { seq } of [...journal.memory.outbox]) journal.appendLazily({ type: 'published', seq });\n",
      },
    ],
    finds: /access\/granted/,
  },
  {
    attack: 'ho-2016-relay',
    lacks: 'the demand that a code over a broker answers a nonce',
    changes: [
      { file: 'firmware/access/admit.ts', line: "if (channel === 'mqtt')\n", instead: "if (channel === 'nowhere')\n" },
    ],
    finds: /holder_proof_failed/,
  },
  {
    attack: 'ho-2016-revocation',
    lacks: 'an end of a token that the lock sees by itself',
    changes: [
      { file: 'firmware/access/limits.ts', line: 'if (nowS >= window.expiresS)', instead: 'if (window.expiresS < 0)' },
    ],
    finds: /answer is admitted/,
  },
  {
    attack: 'nuki-2022',
    lacks: 'a look at who signs what only the owner may say',
    changes: EVERYBODY_IS_THE_OWNER,
    finds: /controls/,
  },
  {
    attack: 'photographed-qr',
    lacks: 'an age at which a code is too old',
    changes: [
      {
        file: 'firmware/access/limits.ts',
        line: 'if (Math.abs(ageS) <= FRESHNESS_S)',
        instead: 'if (Number.isFinite(ageS))',
      },
    ],
    finds: /answer is admitted/,
  },
  {
    attack: 're-encoded-token',
    lacks: 'one spelling for one message',
    changes: [
      {
        file: 'protocol/cbor.ts',
        line: 'return equal(encodeCbor(value), bytes) ? value : undefined;',
        instead: 'return value;',
      },
      { file: 'protocol/cbor.ts', line: '  strict: true,\n', instead: '  strict: false,\n' },
    ],
    finds: /access\/granted was heard/,
  },
  {
    attack: 'restored-disk-with-witness',
    lacks: 'ears for the witness that has counted one spend more',
    changes: [
      {
        file: 'firmware/witness.ts',
        line: 'if (mark !== undefined && mark.spends > memory.spends) {',
        instead: 'if (mark === null) {',
      },
    ],
    finds: /LedgerFault/,
  },
  {
    attack: 'retained-unlock',
    lacks: 'a look at whether a command was retained',
    changes: [{ file: 'firmware/commands.ts', line: 'if (message.retained)', instead: "if (message.topic === '')" }],
    finds: /bolt is|results/,
  },
  {
    attack: 'sciener-brute-force',
    lacks: 'a count of wrong codes',
    changes: [{ file: 'firmware/doorman.ts', line: 'if (times < WRONG_CODES_MAX) {', instead: 'if (times > 0) {' }],
    finds: /WrongCodeEntryLimit/,
  },
  {
    attack: 'sciener-downgrade',
    lacks: 'a version that it insists on',
    changes: [
      {
        file: 'protocol/chain.ts',
        line: 'if (!text.startsWith(TEXT_PREFIX)) {',
        instead: "if (!text.startsWith('LS')) {",
      },
    ],
    finds: /unsupported_version/,
  },
  {
    attack: 'token-from-2099',
    lacks: 'limits that the owner sets, and a clock that does not listen to tokens',
    changes: [
      {
        file: 'firmware/access/limits.ts',
        line: 'if (nowS < window.notBeforeS)',
        instead: 'if (window.notBeforeS < 0)',
      },
      {
        file: 'firmware/access/limits.ts',
        line: 'if (token.notBeforeS < delegation.notBeforeS || token.expiresS > delegation.expiresS) {',
        instead: 'if (token.notBeforeS < 0) {',
      },
      {
        file: 'firmware/access/limits.ts',
        line: 'if (token.expiresS - token.notBeforeS > limits.windowS) {',
        instead: 'if (token.notBeforeS < 0) {',
      },
    ],
    finds: /answer is admitted/,
  },
  {
    attack: 'ultraloq-2019',
    lacks: 'nonces that are good for a minute, commands that are done once, and tokens that are good once',
    changes: [
      NOBODY_ASKS_WHAT_IS_SPENT,
      { file: 'firmware/access/admit.ts', line: 'if (context.isFreshNonce(proof.nonce))', instead: 'if (proof.nonce)' },
      { file: 'firmware/commands.ts', line: 'if (cids.has(cid)) return;', instead: '' },
    ],
    finds: /bolt is/,
  },
  {
    attack: 'used-token-at-boot',
    lacks: 'the patience to wait until the disk has what it was told',
    changes: [{ file: 'firmware/journal/journal.ts', line: 'await disk.sync(JOURNAL_FILE);', instead: '' }],
    finds: /bolt is|withdrawn_times/,
  },
  {
    attack: 'yesterdays-set-time',
    lacks: 'numbers and nonces in what the owner says',
    changes: [
      {
        file: 'firmware/access/judge-control.ts',
        line: 'if (counter !== owner.number + 1)',
        instead: 'if (counter < 0)',
      },
      {
        file: 'firmware/access/judge-control.ts',
        line: 'if (NONCE_OPS.includes(statement.op) && !answersNonce(control, context))',
        instead: 'if (counter < 0)',
      },
      {
        file: 'firmware/doorman.ts',
        line: 'if (control.counter > memory.owner.number) obey(text, channel, control);',
        instead: 'obey(text, channel, control);',
      },
    ],
    finds: /ClockUntrusted|controls/,
  },
];
