/** `grant`: the owner lets a carrier send couriers, within limits. Signed on the owner's machine; the lock learns it with the first token. */
import {
  ACTION,
  DELEGATION_ID_BYTES,
  equal,
  kidOf,
  LEDGER_ENTRIES_MAX,
  type Limits,
  publicKeyOf,
  toHex,
  toWallS,
  wallS,
  writeDelegation,
} from '../../protocol/index.ts';
import { parseAction, parseAudience, parseCount, parseEpoch } from './arguments.ts';
import { createArmoured, DELEGATION_PREFIX, toArmour } from './armour.ts';
import { usage } from './failure.ts';
import { formatHours, parseHours } from './hours.ts';
import { type Io, say } from './io.ts';
import { readPublicKey, readSeed } from './key-file.ts';
import { formatLength, formatTime, parseLength, parseTime } from './times.ts';

export interface GrantOptions {
  readonly key: string;
  readonly lock: string;
  readonly to: string;
  readonly actions: string;
  readonly from: string;
  readonly until?: string;
  readonly window: string;
  readonly uses: string;
  readonly hours?: string;
  readonly epoch: string;
  readonly out: string;
  readonly json: boolean;
}

/** How long a delegation lasts when nobody says: a month, so that a forgotten one ends by itself. */
const DELEGATION_S = 30 * 86_400;

export async function grant(options: GrantOptions, io: Io): Promise<number> {
  const nowMs = (await io.clock()).wallMs();
  const audience = parseAudience(options.lock);
  const notBeforeS = parseTime(options.from, '--from', nowMs);
  const expiresS =
    options.until === undefined ? wallS(notBeforeS + DELEGATION_S) : parseTime(options.until, '--until', nowMs);
  if (expiresS <= notBeforeS) {
    throw usage('--until is not after --from', 'give a later --until; +4h counts from now, not from --from');
  }
  if (expiresS <= toWallS(nowMs)) throw usage('--until has passed already', 'give a later --until');
  const actions = [...new Set(options.actions.split(',').map((name) => parseAction(name.trim(), '--actions')))];
  const limits: Limits = {
    epoch: parseEpoch(options.epoch),
    actions: actions.reduce((bits, action) => bits | ACTION[action], 0),
    windowS: parseLength(options.window, '--window'),
    usesPerDay: parseCount(options.uses, '--uses', 1, LEDGER_ENTRIES_MAX),
    ...(options.hours === undefined ? {} : { hours: parseHours(options.hours) }),
  };
  const carrier = await readPublicKey(options.to);
  const rootSeed = await readSeed(options.key);
  if (equal(carrier, publicKeyOf(rootSeed))) {
    throw usage(
      '--to is the key that signs',
      "give the carrier's public key; the owner needs no delegation: see token",
    );
  }
  const id = io.random(DELEGATION_ID_BYTES);
  const bytes = writeDelegation({ audience, notBeforeS, expiresS, id, carrier, limits }, rootSeed);
  await createArmoured(options.out, DELEGATION_PREFIX, bytes);
  const value = {
    out: options.out,
    text: toArmour(DELEGATION_PREFIX, bytes),
    id: toHex(id),
    audience,
    carrier_kid: toHex(kidOf(carrier)),
    not_before: formatTime(notBeforeS),
    expires: formatTime(expiresS),
    epoch: limits.epoch,
    actions,
    window_s: limits.windowS,
    uses_per_day: limits.usesPerDay,
    hours: limits.hours === undefined ? null : formatHours(limits.hours),
  };
  say(io, options.json, value, [
    `wrote ${options.out}: delegation ${value.id} to the carrier ${value.carrier_kid}`,
    `for ${audience}, from ${value.not_before} until ${value.expires}`,
    `may ${actions.join(', ')}; tokens of ${formatLength(limits.windowS)} at most; ${limits.usesPerDay} a day; ${
      value.hours === null ? 'at any hour' : `${value.hours} in the lock's time zone`
    }; epoch ${limits.epoch}`,
    'give the file to the carrier, who signs with: latchstring token --grant',
  ]);
  return 0;
}
