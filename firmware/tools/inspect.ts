/**
 * `inspect`: says in words what a presentation, a token or a delegation allows, and what a lock would make of it. With a
 * lock's own key, what the lock has said: see receipt.ts.
 */
import { lineFramer, type WallS } from '../../protocol/index.ts';
import { parseAudience, parseEpoch, parseTimezone } from './arguments.ts';
import { DELEGATION_PREFIX, readDelegationFile, TOKEN_PREFIX } from './armour.ts';
import { EXIT, usage } from './failure.ts';
import { type Io, readStdin, say, withoutLineEnd } from './io.ts';
import { INPUT_CHARS_MAX, type Judgement, judge, type Link, tooLong } from './judge.ts';
import { readPublicKey } from './key-file.ts';
import { inspectReceipt } from './receipt.ts';
import { formatLength, formatTime, parseTime } from './times.ts';

export interface InspectOptions {
  readonly owner?: string;
  readonly lockKey?: string;
  readonly lock?: string;
  readonly grant?: string;
  readonly at: string;
  readonly epoch?: string;
  readonly timezone?: string;
  readonly json: boolean;
}

export async function inspect(argument: string, options: InspectOptions, io: Io): Promise<number> {
  const { owner, lockKey, lock, json } = options;
  if (lockKey !== undefined && owner === undefined) {
    return inspectReceipt(argument, { lockKey, json, ...(lock === undefined ? {} : { lock }) }, io);
  }
  if (owner === undefined || lockKey !== undefined) {
    throw usage(
      'give --owner for what a lock is shown, or --lock-key for what a lock has said',
      'latchstring inspect --help shows an example of each',
    );
  }
  const atS = parseTime(options.at, '--at', (await io.clock()).wallMs());
  const context = {
    root: await readPublicKey(owner),
    atS,
    ...(options.lock === undefined ? {} : { audience: parseAudience(options.lock) }),
    ...(options.grant === undefined ? {} : { remembered: (await readDelegationFile(options.grant)).signed.bytes }),
    ...(options.epoch === undefined ? {} : { epoch: parseEpoch(options.epoch) }),
    ...(options.timezone === undefined ? {} : { timezone: parseTimezone(options.timezone) }),
  };
  const text = argument === '-' ? asRead(await readStdin(io, INPUT_CHARS_MAX)) : argument;
  const judged = text === undefined || text.length > INPUT_CHARS_MAX ? tooLong() : judge(text, context);
  say(io, options.json, { ...judged, at: formatTime(atS) }, inWords(judged, atS));
  return judged.verdict === 'accept' ? EXIT.done : EXIT.refused;
}

/** What a lock's reader makes of it: neither noise before a code nor its ends, whichever they are, are part of it. */
function asRead(input: string | undefined): string | undefined {
  // These lie in files, and no reader is ever shown one.
  if (input === undefined || input.startsWith(DELEGATION_PREFIX) || input.startsWith(TOKEN_PREFIX)) {
    return input && withoutLineEnd(input);
  }
  const [text = '', ...more] = lineFramer().push(Buffer.from(`${input}\n`, 'latin1'));
  if (more.length === 0) return text;
  throw usage(
    `there are ${more.length + 1} texts on stdin, and a lock would take each by itself`,
    'give one at a time',
  );
}

const ACCEPTED = {
  presentation: 'a lock could accept this presentation',
  token: 'a lock could accept a presentation of this token',
  delegation: 'a lock could accept a token under this delegation',
  control: 'a lock could obey this control',
} as const;

function inWords({ kind, refusal, detail, chain, not_judged }: Judgement, atS: WallS): readonly string[] {
  const verdict =
    refusal === null
      ? `ACCEPT: ${kind === null ? '' : ACCEPTED[kind]}, at ${formatTime(atS)}`
      : `REFUSE: ${refusal}: ${detail}, at ${formatTime(atS)}`;
  const open =
    not_judged.length === 0 ? [] : ['', 'Only the lock itself knows:', ...not_judged.map((what) => `  - ${what}`)];
  return [verdict, ...chain.flatMap((link) => ['', ...linkInWords(link)]), ...open];
}

const SIGNATURES = {
  holds: 'the signature holds',
  fails: 'THE SIGNATURE IS FALSE',
  not_checked: 'the signature could not be checked: nobody knows that key',
} as const;

function linkInWords(link: Link): readonly string[] {
  const signed = `  signed by ${link.signed_by}: ${SIGNATURES[link.signature]}`;
  switch (link.kind) {
    case 'delegation':
      return [
        `Delegation ${link.id}: the owner lets the carrier ${link.carrier_kid} send couriers`,
        `  to ${link.audience}, from ${link.not_before} until ${link.expires}, to ${link.actions.join(', ') || 'do nothing'}`,
        `  tokens of ${formatLength(link.window_s)} at most, ${link.uses_per_day} a day, ${
          link.hours === null ? 'at any hour' : `${link.hours} in the lock's time zone`
        }, epoch ${link.epoch}`,
        signed,
      ];
    case 'token':
      return [
        `Token ${link.id}: the phone ${link.holder_kid} may ${link.action}, once`,
        `  at ${link.audience}, from ${link.not_before} until ${link.expires}`,
        `  made out at ${link.issued_at}, ${link.epoch === null ? 'without an epoch' : `epoch ${link.epoch}`}`,
        signed,
      ];
    case 'control':
      return [
        `Control ${link.counter}: the owner says ${link.op}${link.argument === null ? '' : ` ${link.argument}`}`,
        `  to ${link.audience}, said at ${link.issued_at}${link.nonce === null ? '' : `, in answer to the nonce ${link.nonce}`}`,
        signed,
      ];
    case 'presentation':
      return [
        link.nonce === null
          ? `Presentation: the phone drew it at ${link.drawn_at}`
          : `Presentation: the phone answers the nonce ${link.nonce}`,
        signed,
      ];
  }
}
