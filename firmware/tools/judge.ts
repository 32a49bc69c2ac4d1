/**
 * What can be said about a text without any lock: who signed what for whom, whether the signatures
 * hold, and the first check that would fail at a given moment. The checks are the lock's own, in its
 * order, so this cannot say otherwise than a lock would.
 *
 * Delegations and tokens are judged too, by supposing what is still missing: that the carrier made
 * out a token now, that the phone drew its code now. Nothing here throws, whatever the bytes are.
 */

import {
  ACTION,
  ACTIONS,
  authenticate,
  type Control,
  type Delegation,
  fromText,
  isSignedBy,
  kidOf,
  type Presentation,
  parse,
  type Refusal,
  type Refused,
  type Result,
  readControl,
  readDelegation,
  readToken,
  refuse,
  type Statement,
  TEXT_PREFIX,
  type Token,
  toHex,
  type Verify,
  verifyStrict,
  type WallS,
  wallS,
  withCachedDelegation,
} from '../../protocol/index.ts';
import { dialIn } from '../access/dial.ts';
import { withinFreshness, withinLimits } from '../access/limits.ts';
import { DELEGATION_PREFIX, fromArmour, TOKEN_PREFIX } from './armour.ts';
import { formatHours } from './hours.ts';
import { formatTime } from './times.ts';

export interface JudgeContext {
  readonly root: Uint8Array;
  /** Absent: the lock that the text itself names. */
  readonly audience?: string;
  readonly atS: WallS;
  readonly epoch?: number;
  readonly timezone?: string;
  /** Bytes of a delegation that the lock is supposed to remember. */
  readonly remembered?: Uint8Array;
}

type Kind = 'delegation' | 'token' | 'presentation' | 'control';
export type SignatureWord = 'holds' | 'fails' | 'not_checked';

interface Signature {
  readonly signature: SignatureWord;
  /** Key identifier (kid) of whoever is said to have signed. */
  readonly signed_by: string;
}

export interface DelegationLink extends Signature {
  readonly kind: 'delegation';
  readonly id: string;
  readonly audience: string;
  readonly not_before: string;
  readonly expires: string;
  readonly carrier_kid: string;
  readonly epoch: number;
  readonly actions: readonly string[];
  readonly window_s: number;
  readonly uses_per_day: number;
  readonly hours: string | null;
}

export interface TokenLink extends Signature {
  readonly kind: 'token';
  readonly id: string;
  readonly audience: string;
  readonly not_before: string;
  readonly expires: string;
  readonly issued_at: string;
  readonly holder_kid: string;
  readonly action: string;
  readonly epoch: number | null;
}

export interface PresentationLink extends Signature {
  readonly kind: 'presentation';
  readonly drawn_at: string | null;
  readonly nonce: string | null;
}

export interface ControlLink extends Signature {
  readonly kind: 'control';
  readonly audience: string;
  readonly counter: number;
  readonly op: string;
  readonly argument: string | null;
  readonly issued_at: string;
  readonly nonce: string | null;
}

export type Link = DelegationLink | TokenLink | PresentationLink | ControlLink;

export interface Judgement {
  /** What the text is; null when it cannot be read. */
  readonly kind: Kind | null;
  readonly verdict: 'accept' | 'refuse';
  readonly refusal: Refusal | null;
  readonly detail: string | null;
  /** From the owner's end to the phone's. */
  readonly chain: readonly Link[];
  /** What only the lock can judge. */
  readonly not_judged: readonly string[];
}

interface Supposed {
  readonly kind: Kind;
  readonly presentation: Presentation;
}

export function judge(text: string, context: JudgeContext): Judgement {
  const control = controlIn(text);
  if (control !== undefined) return judgeControlText(control, context);
  const read = readAny(text, context.atS);
  if (!read.ok) return conclude(null, read, [], []);
  const { kind } = read.value;
  const { remembered } = context;
  const presentation = withCachedDelegation(read.value.presentation, (hash) =>
    remembered !== undefined && hash === toHex(kidOf(remembered)) ? remembered : undefined,
  );
  const kinds = kindsOf(kind, presentation);
  const holds = signaturesOf(presentation, kinds.length, context.root);
  const chain = kinds.map((link, i) => describe(link, presentation, wordOf(holds[i])));
  return conclude(kind, refusalOf(presentation, holds, context), chain, unjudged(presentation, context));
}

function controlIn(text: string): Control | undefined {
  const bytes = fromText(text);
  return bytes.ok ? readControl(bytes.value) : undefined;
}

/** Who signed it and for which lock. What number comes next, and which nonce, only the lock knows. */
function judgeControlText(control: Control, { root, audience }: JudgeContext): Judgement {
  const { statement, nonce } = control;
  const isRotation = statement.op === 'rotate-root';
  const known = !isRotation && toHex(control.signerKid) === toHex(kidOf(root));
  const holds = known ? isSignedBy(control.signed, 'control', root, verifyStrict) : undefined;
  const link: ControlLink = {
    kind: 'control',
    signature: wordOf(holds),
    signed_by: toHex(control.signerKid),
    audience: control.audience,
    counter: control.counter,
    op: statement.op,
    argument: argumentInWords(statement),
    issued_at: formatTime(control.issuedAtS),
    nonce: nonce === undefined ? null : toHex(nonce),
  };
  const open = [
    'whether this number is the next one',
    ...(nonce === undefined ? [] : ["whether the nonce is the lock's own, and of this minute"]),
    ...(isRotation ? ['whether the recovery key signed it: only the lock has its public half'] : []),
  ];
  return conclude('control', refusalOfControl(control, holds, isRotation, audience), [link], open);
}

function refusalOfControl(
  control: Control,
  holds: boolean | undefined,
  isRotation: boolean,
  audience: string | undefined,
): Refused | undefined {
  if (audience !== undefined && control.audience !== audience) {
    return refuse('wrong_lock', 'the control is for another lock');
  }
  if (isRotation) return undefined;
  if (holds === undefined) return refuse('unknown_issuer', "the control names a key that is not the owner's root");
  return holds ? undefined : refuse('bad_signature', "the control is not signed by the owner's root");
}

function argumentInWords(statement: Statement): string | null {
  switch (statement.op) {
    case 'pause':
    case 'resume':
      return null;
    case 'raise-epoch':
    case 're-seal':
      return String(statement.epoch);
    case 'deny-token':
      return toHex(statement.tokenId);
    case 'deny-key':
      return toHex(statement.kid);
    case 'set-mode':
      return statement.mode;
    case 'set-time':
      return formatTime(statement.timeS);
    case 'rotate-root':
      return `to the key ${toHex(kidOf(statement.root))}`;
  }
}

function conclude(
  kind: Kind | null,
  refused: Refused | undefined,
  chain: readonly Link[],
  notJudged: readonly string[],
): Judgement {
  const verdict = refused === undefined ? 'accept' : 'refuse';
  const { refusal, detail } = refused ?? { refusal: null, detail: null };
  return { kind, verdict, refusal, detail, chain, not_judged: notJudged };
}

/** Any of our three texts, completed to a presentation by what it would take to present it now. */
function readAny(text: string, atS: WallS): Result<Supposed> {
  if (text.startsWith(DELEGATION_PREFIX)) {
    const delegation = readBytes(DELEGATION_PREFIX, text, readDelegation);
    if (delegation === undefined) return refuse('malformed', 'not a delegation: the bytes have another shape');
    return { ok: true, value: { kind: 'delegation', presentation: drawnNow(tokenUnder(delegation, atS), atS) } };
  }
  if (text.startsWith(TOKEN_PREFIX)) {
    const token = readBytes(TOKEN_PREFIX, text, readToken);
    if (token === undefined) return refuse('malformed', 'not a token: the bytes have another shape');
    return { ok: true, value: { kind: 'token', presentation: drawnNow(token, atS) } };
  }
  const presentation = parse(text);
  if (presentation.ok) return { ok: true, value: { kind: 'presentation', presentation: presentation.value } };
  return parse(text.toUpperCase()).ok
    ? refuse('malformed', 'the text is in small letters: base45 has capitals only')
    : { ...presentation, detail: `${presentation.detail}; ${hintFor(text)}` };
}

/** What most often went wrong with a text that is none. */
function hintFor(text: string): string {
  if (text === '') return 'there is no text at all';
  if (text.startsWith(TEXT_PREFIX))
    return 'was it cut short, or is it the body of a token (LST1:) or a delegation (LSD1:)?';
  return `a presentation begins ${TEXT_PREFIX}, a token ${TOKEN_PREFIX}, a delegation ${DELEGATION_PREFIX}; a file is read with: inspect - < FILE`;
}

function readBytes<T>(
  prefix: typeof DELEGATION_PREFIX | typeof TOKEN_PREFIX,
  text: string,
  read: (bytes: Uint8Array) => T | undefined,
): T | undefined {
  const bytes = fromArmour(prefix, text);
  return bytes === undefined ? undefined : read(bytes);
}

const drawnNow = (token: Token, atS: WallS): Presentation => ({
  signed: token.signed,
  token,
  proof: { drawnAtS: atS },
});

/** The token that a carrier could make out now, if any: as short as can be, for the first action allowed. */
function tokenUnder(delegation: Delegation, atS: WallS): Token {
  const notBeforeS = wallS(Math.max(delegation.notBeforeS, atS));
  return {
    signed: delegation.signed,
    id: delegation.id,
    issuedAtS: atS,
    holder: delegation.carrier,
    action: ACTIONS.find((action) => (delegation.limits.actions & ACTION[action]) !== 0) ?? 'unlock',
    issuer: { delegation },
    audience: delegation.audience,
    notBeforeS,
    expiresS: wallS(notBeforeS + 1),
  };
}

const delegationOf = ({ token }: Presentation): Delegation | undefined =>
  'delegation' in token.issuer ? token.issuer.delegation : undefined;

/** The links that the text really holds, from the owner's end. */
function kindsOf(kind: Kind, presentation: Presentation): readonly Kind[] {
  // A delegation that the token only names is judged with it, and told like one that it carries.
  const all: readonly Kind[] =
    delegationOf(presentation) === undefined ? ['token', 'presentation'] : ['delegation', 'token', 'presentation'];
  return all.slice(0, all.indexOf(kind) + 1);
}

/** Whether each real signature holds, in the order of the chain. Shorter when a link names a key that nobody knows. */
function signaturesOf(presentation: Presentation, links: number, root: Uint8Array): readonly boolean[] {
  const holds: boolean[] = [];
  // Answering yes makes it go on to the next one: here all are wanted, not the first bad one.
  const note: Verify = (message, signature, publicKey) => {
    if (holds.length < links) holds.push(verifyStrict(message, signature, publicKey));
    return true;
  };
  authenticate(presentation, { audience: presentation.token.audience, root }, note);
  return holds;
}

const wordOf = (holds: boolean | undefined): SignatureWord =>
  holds === undefined ? 'not_checked' : holds ? 'holds' : 'fails';

/** The first of the lock's checks that fails, with the signatures' results told over again. */
function refusalOf(
  presentation: Presentation,
  holds: readonly boolean[],
  { root, audience, atS, epoch, timezone }: JudgeContext,
): Refused | undefined {
  let next = 0;
  const told: Verify = () => holds[next++] ?? true;
  const authentic = authenticate(presentation, { audience: audience ?? presentation.token.audience, root }, told);
  if (!authentic.ok) return authentic;
  const state = {
    ...(epoch === undefined ? {} : { epoch }),
    ...(timezone === undefined ? {} : { dial: dialIn(timezone) }),
  };
  return withinLimits(presentation, atS, state) ?? withinFreshness(presentation, atS);
}

/** What this verdict leaves open, in words. */
function unjudged(presentation: Presentation, { epoch, timezone }: JudgeContext): readonly string[] {
  return [
    'whether it was used already, and how many uses the day has left',
    'whether the owner has denied the token or a key',
    ...(epoch === undefined ? ["the lock's epoch: give --epoch"] : []),
    ...(timezone === undefined && delegationOf(presentation)?.limits.hours !== undefined
      ? ["the lock's time zone: hours were judged in UTC, give --timezone"]
      : []),
    ...('nonce' in presentation.proof ? ["whether the nonce is the lock's own"] : []),
    "the lock's mode, its bolt and its door",
  ];
}

function describe(kind: Kind, presentation: Presentation, signature: SignatureWord): Link {
  const { token } = presentation;
  const delegation = delegationOf(presentation);
  if (kind === 'delegation' && delegation !== undefined) {
    const { limits } = delegation;
    return {
      kind,
      signature,
      signed_by: toHex(delegation.rootKid),
      id: toHex(delegation.id),
      audience: delegation.audience,
      not_before: formatTime(delegation.notBeforeS),
      expires: formatTime(delegation.expiresS),
      carrier_kid: toHex(kidOf(delegation.carrier)),
      epoch: limits.epoch,
      actions: ACTIONS.filter((action) => (limits.actions & ACTION[action]) !== 0),
      window_s: limits.windowS,
      uses_per_day: limits.usesPerDay,
      hours: limits.hours === undefined ? null : formatHours(limits.hours),
    };
  }
  if (kind === 'presentation') {
    const { proof } = presentation;
    return {
      kind,
      signature,
      signed_by: toHex(kidOf(token.holder)),
      drawn_at: 'drawnAtS' in proof ? formatTime(proof.drawnAtS) : null,
      nonce: 'nonce' in proof ? toHex(proof.nonce) : null,
    };
  }
  return {
    kind: 'token',
    signature,
    signed_by: toHex('kid' in token.issuer ? token.issuer.kid : kidOf(token.issuer.delegation.carrier)),
    id: toHex(token.id),
    audience: token.audience,
    not_before: formatTime(token.notBeforeS),
    expires: formatTime(token.expiresS),
    issued_at: formatTime(token.issuedAtS),
    holder_kid: toHex(kidOf(token.holder)),
    action: token.action,
    epoch: token.epoch ?? delegation?.limits.epoch ?? null,
  };
}

/** Longest input that can be any of our texts; a stream that goes on is refused without being read to its end. */
export const INPUT_CHARS_MAX = 8192;

export const tooLong = (): Judgement =>
  conclude(
    null,
    refuse('malformed', `longer than ${INPUT_CHARS_MAX} characters: no text beginning ${TEXT_PREFIX} is`),
    [],
    [],
  );
