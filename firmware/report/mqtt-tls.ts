/**
 * TLS to a broker: what is kept of it here, and what its errors mean to whoever has to mend them.
 *
 * OpenSSL speaks of leaves, roots and alerts. The person before the door has three files and a broker, so
 * each error says which of them is wrong. What is not known here is told as OpenSSL tells it.
 *
 * TLS looks at a certificate once, when a connection begins (RFC 5246 §7.4.2, RFC 8446 §4.4.2.4); one that
 * stands for a year says nothing of a certificate that ended in its first week. So the end is watched here.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Cancel, Clock } from '../ports/index.ts';

/** PEM, each of them. Without `ca` the authorities that Node ships decide. */
export interface TlsMaterial {
  readonly ca?: string;
  /** The lock's own certificate and its key: both or neither. */
  readonly cert?: string;
  readonly key?: string;
}

/** What cannot be used of it, by the configuration's word for the file, or undefined. Nothing of a key is repeated. */
export function whyUnusable({ ca, cert, key }: TlsMaterial): string | undefined {
  if (ca !== undefined && certificateIn(ca) === undefined) return 'ca_file holds no certificate in PEM';
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) return 'cert_file and key_file belong together: one is missing';
  const own = certificateIn(cert);
  if (own === undefined) return 'cert_file holds no certificate in PEM';
  if (key.includes('ENCRYPTED')) return 'key_file is locked with a passphrase, and nobody is there to type it';
  try {
    return own.checkPrivateKey(createPrivateKey(key)) ? undefined : 'key_file is not the key of cert_file';
  } catch {
    // What OpenSSL says of a file that is no key helps nobody.
    return 'key_file holds no private key in PEM';
  }
}

/** The first certificate in a text: of several, the first is the one that is meant (RFC 8446 §4.4.2). */
function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // Whatever is wrong with it, it is none.
    return undefined;
  }
}

const MACHINES_CLOCK = 'is the clock of this machine right?';

/** Why the broker was not believed: the code of Node's error (`tls.connect`, OpenSSL's verify(1)) in our words. */
const BROKERS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed, and is not the one in ca_file',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that ca_file does not name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that ca_file does not name',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that ca_file does not name',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that ca_file does not name',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority that it names',
  CERT_HAS_EXPIRED: `its certificate has expired; ${MACHINES_CLOCK}`,
  CERT_NOT_YET_VALID: `its certificate is not valid yet; ${MACHINES_CLOCK}`,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host than the one in url',
};

/** What the broker says of us, in an alert (RFC 8446 §6.2): in the error's code, or by TLS 1.2 in its text alone. */
const OURS: readonly (readonly [RegExp, string])[] = [
  [/alert (?:certificate required|handshake failure)/, 'it asks for a certificate: give cert_file and key_file'],
  [/alert certificate expired/, `it says that the certificate in cert_file has expired; ${MACHINES_CLOCK}`],
  [/alert certificate revoked/, 'it says that the certificate in cert_file was revoked'],
  [
    /alert (?:unknown ca|bad certificate|certificate unknown|unsupported certificate)/,
    'it does not take the certificate in cert_file',
  ],
  [/wrong version number|packet length too long/, 'there is no TLS at this port: is it the one of mqtt://?'],
  [/protocol version|unsupported protocol/, 'it speaks only versions of TLS before 1.2, which are broken'],
];

/** A broker that closes at once may have sent an alert that never came through: TCP drops what was not read at a reset. */
export const CLOSED_AT_ONCE =
  'the broker closes without an answer: is this its port for mqtts://, and does it ask for a certificate (cert_file), or for another one?';

/** A TLS error in words, or undefined when it is none that is known. */
export function tlsReasonOf(code: string, message: string): string | undefined {
  const broker = BROKERS[code];
  if (broker !== undefined) return `the broker is not to be believed: ${broker}`;
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return undefined;
  const said = `${code.replaceAll('_', ' ')} ${message}`.toLowerCase();
  const ours = OURS.find(([pattern]) => pattern.test(said))?.[1];
  return ours === undefined ? undefined : `the broker takes no connection: ${ours}`;
}

/** A clock that is set while we wait is noticed within this time. */
const LOOK_MS_MAX = 60_000;

/** Calls back once, when the certificate that the other side has shown is over. */
export function atEndOfCertificate(socket: TLSSocket, clock: Clock, over: () => void): Cancel {
  const endMs = Date.parse(socket.getPeerCertificate().valid_to);
  // A resumed session may come without one; nobody without one comes as far as here otherwise.
  if (Number.isNaN(endMs)) return () => undefined;
  let cancel: Cancel = () => undefined;
  const look = (): void => {
    const leftMs = endMs - clock.wallMs();
    if (leftMs <= 0) over();
    else cancel = clock.after(Math.min(leftMs, LOOK_MS_MAX), look);
  };
  look();
  return () => cancel();
}
