/**
 * What a user would otherwise write: three JWTs (RFC 7519, EdDSA), each naming the key of the next in
 * `cnf`, checked by jose; and a row in SQLite, whose primary key says whether the token was used.
 * synchronous=FULL, so that the row is durable when the statement has run, as a spend is.
 *
 * *As it comes*: a rollback journal, and keys imported when they are met. *At its best*: write-ahead
 * log with the file for itself alone, which is one fsync for a row, and keys imported once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import sqlite from 'node-sqlite3-wasm';
import { atRest } from './figures.ts';

export interface Rival {
  /** Milliseconds for a new token: from its three texts to a durable row. */
  decide(): Promise<number>;
  close(): Promise<void>;
}

const AUDIENCE = 'front-door/abcdefgh';
const ALG = 'EdDSA';

/** The claims that our messages have, under names that JWTs have for them. */
interface Chain {
  readonly delegation: string;
  readonly token: string;
  readonly presentation: string;
}

export async function openRival(how: 'as it comes' | 'at its best'): Promise<Rival> {
  const folder = await mkdtemp(join(tmpdir(), 'latchstring-bench-'));
  const database = new sqlite.Database(join(folder, 'spent.db'));
  if (how === 'at its best') {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
  }
  database.exec('PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE spent (key TEXT PRIMARY KEY, channel TEXT, at INTEGER, expires INTEGER, day TEXT)');
  const insert = database.prepare('INSERT INTO spent VALUES (?, ?, ?, ?, ?)');
  const issue = await issuer();
  const kept = new Map<string, CryptoKey>();

  async function keyIn(jwk: JWK): Promise<CryptoKey> {
    const before = how === 'at its best' ? kept.get(jwk.x ?? '') : undefined;
    if (before !== undefined) return before;
    const key = await importJWK(jwk, ALG);
    if (key instanceof Uint8Array) throw new Error('not a public key');
    kept.set(jwk.x ?? '', key);
    return key;
  }

  async function spend(chain: Chain): Promise<void> {
    const options = { audience: AUDIENCE, algorithms: [ALG] };
    const delegation = await jwtVerify(chain.delegation, issue.root, options);
    const token = await jwtVerify(chain.token, await keyIn(confirmed(delegation.payload)), options);
    const holder = await keyIn(confirmed(token.payload));
    await jwtVerify(chain.presentation, holder, { algorithms: [ALG], maxTokenAge: 30 });
    const { jti, exp } = token.payload;
    const nowS = Math.floor(Date.now() / 1000);
    insert.run([`${delegation.payload.jti}:${jti}`, 'reader', nowS, exp ?? 0, new Date().toISOString().slice(0, 10)]);
  }

  return {
    async decide() {
      const chain = await issue.chain();
      await atRest();
      const begin = performance.now();
      await spend(chain);
      return performance.now() - begin;
    },
    async close() {
      insert.finalize();
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

function confirmed(payload: Readonly<Record<string, unknown>>): JWK {
  const { cnf } = payload;
  if (typeof cnf !== 'object' || cnf === null || !('jwk' in cnf)) throw new Error('no key is confirmed');
  return cnf.jwk as JWK;
}

/** Owner, carrier and courier, and a new token of theirs each time. */
async function issuer(): Promise<{ readonly root: CryptoKey; chain(): Promise<Chain> }> {
  const options = { crv: 'Ed25519', extractable: true };
  const [owner, carrier, courier] = await Promise.all([
    generateKeyPair(ALG, options),
    generateKeyPair(ALG, options),
    generateKeyPair(ALG, options),
  ]);
  const header = { alg: ALG };
  const limits = { epoch: 1, actions: 1, window_s: 86_400, uses_per_day: 1000 };
  const carrierKey = await exportJWK(carrier.publicKey);
  const courierKey = await exportJWK(courier.publicKey);
  const delegation = await new SignJWT({ cnf: { jwk: carrierKey }, limits })
    .setProtectedHeader(header)
    .setAudience(AUDIENCE)
    .setNotBefore('-1d')
    .setExpirationTime('365d')
    .setJti('delegation')
    .sign(owner.privateKey);
  let issued = 0;
  return {
    root: owner.publicKey,
    async chain() {
      const token = await new SignJWT({ cnf: { jwk: courierKey }, action: 'unlock' })
        .setProtectedHeader(header)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setNotBefore('-1m')
        .setExpirationTime('1h')
        .setJti(`token-${issued++}`)
        .sign(carrier.privateKey);
      const presentation = await new SignJWT().setProtectedHeader(header).setIssuedAt().sign(courier.privateKey);
      return { delegation, token, presentation };
    },
  };
}
