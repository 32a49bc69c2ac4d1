/**
 * `token`: a carrier lets one courier in once; or the owner, without a delegation, a guest.
 * What the lock would refuse later is refused now, with the sentence that says what to change:
 * afterwards the courier would stand before a closed door.
 */
import {
  ACTION,
  ACTIONS,
  type Action,
  type Delegation,
  equal,
  kidOf,
  publicKeyOf,
  TOKEN_ID_BYTES,
  toHex,
  toWallS,
  type WallS,
  wallS,
  writeToken,
} from '../../protocol/index.ts';
import { parseAction, parseAudience, parseEpoch } from './arguments.ts';
import { createArmoured, readDelegationFile, TOKEN_PREFIX, toArmour } from './armour.ts';
import { usage } from './failure.ts';
import { type Io, say } from './io.ts';
import { readPublicKey, readSeed } from './key-file.ts';
import { formatLength, formatTime, parseTime } from './times.ts';

export interface TokenOptions {
  readonly key: string;
  readonly grant?: string;
  readonly lock: string;
  readonly to: string;
  readonly from: string;
  readonly until?: string;
  readonly action: string;
  readonly epoch?: string;
  /** Names the delegation by its hash instead of carrying it. */
  readonly named: boolean;
  readonly out: string;
  readonly json: boolean;
}

/** How long a guest's token lasts when nobody says. */
const GUEST_S = 4 * 3600;

interface Asked {
  readonly audience: string;
  readonly notBeforeS: WallS;
  readonly expiresS: WallS;
  readonly action: Action;
}

export async function token(options: TokenOptions, io: Io): Promise<number> {
  const nowMs = (await io.clock()).wallMs();
  const audience = parseAudience(options.lock);
  const action = parseAction(options.action, '--action');
  const notBeforeS = parseTime(options.from, '--from', nowMs);
  const untilS = options.until === undefined ? undefined : parseTime(options.until, '--until', nowMs);
  if (options.grant !== undefined && options.epoch !== undefined) {
    throw usage(
      '--epoch is for tokens that the owner signs',
      'leave it out: a delegated token has the epoch of its delegation',
    );
  }
  if (options.named && options.grant === undefined) {
    throw usage('--named is for tokens under a delegation', 'give --grant, or leave it out');
  }
  const rootEpoch = parseEpoch(options.epoch ?? '1');
  const delegation = options.grant === undefined ? undefined : await readDelegationFile(options.grant);
  const holder = await readPublicKey(options.to);
  const seed = await readSeed(options.key);
  if (delegation !== undefined && delegation.expiresS <= toWallS(nowMs)) {
    throw usage(`the delegation ended at ${formatTime(delegation.expiresS)}`, 'ask the owner for a new one');
  }
  const expiresS = untilS ?? wallS(notBeforeS + (delegation?.limits.windowS ?? GUEST_S));
  const asked = { audience, action, notBeforeS, expiresS: untilS ?? endWithin(delegation, expiresS) };
  if (asked.expiresS <= notBeforeS) {
    throw usage('--until is not after --from', 'give a later --until; +4h counts from now, not from --from');
  }
  if (asked.expiresS <= toWallS(nowMs)) throw usage('--until has passed already', 'give a later --until');
  if (delegation !== undefined) checkWithin(delegation, asked, publicKeyOf(seed));
  const id = io.random(TOKEN_ID_BYTES);
  const under =
    delegation === undefined ? { rootEpoch } : { delegation: delegation.signed.bytes, named: options.named };
  const bytes = writeToken({ ...asked, id, issuedAtS: toWallS(nowMs), holder, under }, seed);
  await createArmoured(options.out, TOKEN_PREFIX, bytes);
  const value = {
    out: options.out,
    text: toArmour(TOKEN_PREFIX, bytes),
    id: toHex(id),
    audience,
    action,
    holder_kid: toHex(kidOf(holder)),
    not_before: formatTime(notBeforeS),
    expires: formatTime(asked.expiresS),
    delegation: delegation === undefined ? null : toHex(delegation.id),
    named: options.named,
    epoch: delegation?.limits.epoch ?? rootEpoch,
  };
  // Whose key it is nobody can tell here: a carrier who forgets --grant reads that he speaks as the owner.
  const who =
    delegation === undefined
      ? `signed as the owner by ${toHex(kidOf(publicKeyOf(seed)))}`
      : `under delegation ${value.delegation}`;
  say(io, options.json, value, [
    `wrote ${options.out}: token ${value.id}, ${who}, epoch ${value.epoch}`,
    `lets the phone ${value.holder_kid} ${action} ${audience} once, from ${value.not_before} until ${value.expires}`,
    ...(options.named ? ['only a lock that has let somebody in under this delegation knows it'] : []),
    'give the file to the courier, who shows it with: latchstring present --token',
  ]);
  return 0;
}

/** The end that nobody asked for by name is cut to the delegation's. */
const endWithin = (delegation: Delegation | undefined, expiresS: WallS): WallS =>
  delegation === undefined ? expiresS : wallS(Math.min(expiresS, delegation.expiresS));

/** Everything in a delegation that a lock holds a token to, apart from the hours: they are in the lock's own zone. */
function checkWithin(delegation: Delegation, asked: Asked, issuer: Uint8Array): void {
  const { limits } = delegation;
  if (!equal(delegation.carrier, issuer)) {
    throw usage(
      `the delegation is for the carrier ${toHex(kidOf(delegation.carrier))}, and --key is ${toHex(kidOf(issuer))}`,
      "sign with the carrier's key, or ask the owner for a delegation to this one",
    );
  }
  if (delegation.audience !== asked.audience) {
    throw usage(
      `the delegation is for ${delegation.audience}, not for ${asked.audience}`,
      `give --lock ${delegation.audience}, or ask the owner for a delegation for the other lock`,
    );
  }
  if (asked.notBeforeS < delegation.notBeforeS) {
    throw usage(
      `the delegation begins only at ${formatTime(delegation.notBeforeS)}`,
      `give --from ${formatTime(delegation.notBeforeS)} or later`,
    );
  }
  if (asked.expiresS > delegation.expiresS) {
    throw usage(
      `the delegation ends at ${formatTime(delegation.expiresS)}, before the token`,
      `give --until ${formatTime(delegation.expiresS)} or earlier, or ask the owner for a longer delegation`,
    );
  }
  if (asked.expiresS - asked.notBeforeS > limits.windowS) {
    throw usage(
      `the delegation allows tokens of ${formatLength(limits.windowS)}, and this one would last ${formatLength(asked.expiresS - asked.notBeforeS)}`,
      `give --until ${formatTime(wallS(asked.notBeforeS + limits.windowS))} or earlier`,
    );
  }
  if ((limits.actions & ACTION[asked.action]) === 0) {
    const allowed = ACTIONS.filter((name) => (limits.actions & ACTION[name]) !== 0);
    throw usage(
      `the delegation does not allow ${asked.action}`,
      `choose --action from ${allowed.join(', ')}, or ask the owner`,
    );
  }
}
