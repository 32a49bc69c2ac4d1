/**
 * `inspect RECEIPT --lock-key PUB`: whether a lock has said what somebody shows, by its public key alone, offline. The end of
 * a visit is the receipt of it, for owner and carrier alike; any other report is told as what it is.
 */
import {
  judgeReport,
  type Receipt,
  type Report,
  type ReportVerdict,
  readReport,
  receiptOf,
  saysTheSame,
  verifyStrict,
} from '../../protocol/index.ts';
import { parseAudience } from './arguments.ts';
import { EXIT, usage } from './failure.ts';
import { type Io, readStdin, say, withoutLineEnd } from './io.ts';
import { readPublicKey } from './key-file.ts';

export interface ReceiptOptions {
  readonly lockKey: string;
  readonly lock?: string;
  readonly json: boolean;
}

/** Longest payload with a report: both are bounded. */
const INPUT_CHARS_MAX = 16 * 1024;

export async function inspectReceipt(argument: string, options: ReceiptOptions, io: Io): Promise<number> {
  const lockKey = await readPublicKey(options.lockKey);
  const audience = options.lock === undefined ? undefined : parseAudience(options.lock);
  const given = argument === '-' ? await readStdin(io, INPUT_CHARS_MAX) : argument;
  const text = withoutLineEnd(given ?? '').trim();
  const payload = text.startsWith('{') ? objectIn(text) : undefined;
  const att = payload === undefined ? text : payload.att;
  const report = typeof att === 'string' ? readReport(att) : undefined;
  const judged = judgeReport(report, { lockKey, audience }, verifyStrict);
  const isAltered = report !== undefined && payload !== undefined && !saysTheSame(report, report.topic, payload);
  const verdict: ReportVerdict = judged === 'genuine' && isAltered ? 'altered' : judged;
  const said = verdict === 'genuine' ? report : undefined;
  const receipt = said && receiptOf(said);
  const value = {
    kind: receipt === undefined ? 'report' : 'receipt',
    verdict: verdict === 'genuine' ? 'accept' : 'refuse',
    refusal: verdict === 'genuine' ? null : verdict,
    receipt: receipt ?? null,
    topic: said?.topic ?? null,
    seq: said?.seq ?? null,
    ts: said?.ts ?? null,
  };
  say(io, options.json, value, receipt === undefined ? reportInWords(verdict, said) : receiptInWords(receipt));
  return verdict === 'genuine' ? EXIT.done : EXIT.refused;
}

const WHY: Readonly<Record<Exclude<ReportVerdict, 'genuine' | 'forked'>, string>> = {
  malformed: 'that is no report of a lock: give the `att` of an event, or the whole event',
  wrong_lock: 'this key has signed it for another audience: another enrolment of the lock',
  unknown_issuer: 'another lock has signed it, or nobody',
  bad_signature: 'THE SIGNATURE IS FALSE',
  altered: 'the lock has signed something else than what stands beside its signature',
};

function reportInWords(verdict: ReportVerdict, said: Report | undefined): readonly string[] {
  if (verdict !== 'genuine' && verdict !== 'forked') return [`REFUSE: ${verdict}: ${WHY[verdict]}`];
  return [
    `GENUINE, and no receipt: the lock of ${said?.audience} has said this on ${said?.topic}, number ${said?.seq}, at ${said?.ts}`,
    `  ${[...(said?.document ?? [])].map(([name, value]) => `${name}=${String(value)}`).join('  ')}`,
  ];
}

function receiptInWords(receipt: Receipt): readonly string[] {
  const { outcome, assumed } = receipt;
  const seen = assumed
    ? 'nobody saw the bolt: that it is thrown was reckoned from what the drive did'
    : 'observed: its contacts saw the door closed and the bolt thrown';
  return [
    `RECEIPT: ${outcome === 'sealed' ? 'the visit was sealed' : `the visit was NOT sealed: ${outcome}`}`,
    `  at ${receipt.audience}, token ${receipt.token_id}`,
    `  let in at ${receipt.granted_at ?? 'a time that is not known'}, ${
      receipt.entered_at === null ? 'not seen to enter' : `door first seen open at ${receipt.entered_at}`
    }, ended at ${receipt.ended_at}`,
    ...(outcome === 'sealed' ? [`  ${seen}`] : []),
    `  event ${receipt.seq} of boot ${receipt.boot}; the lock's signature holds, by its own clock`,
  ];
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    throw usage('that is no JSON', 'give an event as it was published, or its `att` alone');
  }
}
