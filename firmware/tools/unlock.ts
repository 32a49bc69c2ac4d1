/**
 * `unlock`: the household opens its own door from afar. There is no command that opens: it asks the
 * lock for a nonce, makes out a token for itself, signed by the root, shows it over the broker in
 * answer to that nonce, and waits for the bolt to be withdrawn. Whoever has recorded all of it has nothing.
 */
import {
  type Action,
  publicKeyOf,
  TOKEN_ID_BYTES,
  toHex,
  toText,
  toWallS,
  wallS,
  writePresentation,
  writeToken,
} from '../../protocol/index.ts';
import { parseAction, parseAudience } from './arguments.ts';
import { EXIT, failure } from './failure.ts';
import { type Io, say } from './io.ts';
import { readSeed } from './key-file.ts';
import { type LineOptions, openLine, UNPROVEN } from './lock-line.ts';
import { printable } from './printable.ts';

export interface UnlockOptions extends LineOptions {
  readonly key: string;
  readonly lock: string;
  readonly action: string;
  readonly json: boolean;
}

/** How far the clocks of lock and owner may be apart; the nonce is what makes it this moment's. */
const SKEW_S = 120;

/** How long the reason may come after the refusal. */
const REASON_MS = 1_000;

export async function unlock(options: UnlockOptions, io: Io): Promise<number> {
  const audience = parseAudience(options.lock);
  const action: Action = parseAction(options.action, '--action');
  const seed = await readSeed(options.key);
  const line = await openLine(audience, options, io);
  try {
    if (!line.online) throw failure('io', 'the lock is away', 'try again when its availability is online');
    const nonce = await line.nonce();
    const nowS = toWallS((await io.clock()).wallMs());
    const id = io.random(TOKEN_ID_BYTES);
    const token = writeToken(
      {
        audience,
        notBeforeS: wallS(nowS - SKEW_S),
        expiresS: wallS(nowS + SKEW_S),
        issuedAtS: nowS,
        id,
        holder: publicKeyOf(seed),
        action,
        under: { rootEpoch: line.state.epoch },
      },
      seed,
    );
    const presentation = toText(writePresentation(token, { nonce }, seed));
    const answer = await line.ask('unlock', { presentation });
    const tokenId = toHex(id);
    const proven = line.isProven;
    if (!proven && !options.json) io.err(UNPROVEN);
    if (answer.ok) {
      const isGranted = (body: Readonly<Record<string, unknown>>): boolean =>
        body.event_type === 'granted' && body.token_id === tokenId;
      if (proven && (await line.event('access', isGranted)) === undefined) {
        throw failure(
          'refused',
          'somebody has answered that it is unlocked, and the lock has signed nothing of it',
          'look at the door, and at what watch says',
        );
      }
      say(io, options.json, { unlocked: true, token_id: tokenId, proven }, [`unlocked: the bolt is withdrawn`]);
      return EXIT.done;
    }
    // The lock tells its owner why, on another topic than the answer.
    const isOurs = (body: Readonly<Record<string, unknown>>): boolean =>
      body.event_type === 'refused' && body.channel === 'mqtt' && (body.token_id ?? tokenId) === tokenId;
    const why = await line.event('access', isOurs, REASON_MS);
    const refusal = typeof why?.refusal === 'string' ? why.refusal : null;
    const detail = typeof why?.detail === 'string' ? why.detail : null;
    // One that names no token may be of what somebody else has shown meanwhile, while ours has opened.
    const isWhyProven = proven && why?.token_id === tokenId;
    if (proven && !isWhyProven && !options.json)
      io.err('the lock has signed no refusal of this token: look at the door, and at what watch says\n');
    say(io, options.json, { unlocked: false, answer: answer.answer, refusal, detail, proven: isWhyProven }, [
      printable(`REFUSED: ${refusal ?? answer.answer}${detail === null ? '' : `: ${detail}`}`),
    ]);
    return EXIT.refused;
  } finally {
    await line.close();
  }
}
