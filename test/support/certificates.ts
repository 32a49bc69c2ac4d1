/** Certificates for the tests, made by openssl when they are needed and gone with their folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Where the two lie, for a program that wants files. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** Common name of whom it is for. */
  readonly name: string;
  /** Subject alternative names, as openssl writes them. For a broker on loopback unless given. */
  readonly names?: string;
  /** Days from now at which it begins and ends. */
  readonly fromDays?: number;
  readonly toDays?: number;
}

export interface Authority extends Certificate {
  readonly folder: string;
  issue(options: CertificateOptions): Certificate;
  /** Vouched for by nobody but itself. */
  selfSigned(options: CertificateOptions): Certificate;
  remove(): void;
}

/** Why certificates cannot be made here; undefined when they can. Where nobody reads the reason, it is an error. */
export function noOpenssl(): string | undefined {
  const { error } = spawnSync('openssl', ['version'], { stdio: 'ignore' });
  if (error === undefined) return undefined;
  const reason = `openssl does not start (${error.message}): install it to run the tests on TLS`;
  if (process.env.CI) throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return reason;
}

const DAY_MS = 86_400_000;
const LOOPBACK = 'DNS:localhost,IP:127.0.0.1';

export function authority(name = 'an authority of the tests'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'latchstring-certificates-'));
  let made = 0;
  const openssl = (...argv: string[]): void => void execFileSync('openssl', argv, { cwd: folder, stdio: 'pipe' });

  function files(): { certFile: string; keyFile: string; request: string } {
    const stem = join(folder, String(made++));
    return { certFile: `${stem}.pem`, keyFile: `${stem}.key`, request: `${stem}.csr` };
  }

  function certificate(options: CertificateOptions, signer: readonly string[]): Certificate {
    const { certFile, keyFile, request } = files();
    const { names = LOOPBACK, fromDays = -1, toDays = 30 } = options;
    const extensions = join(folder, 'extensions');
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', keyFile);
    openssl('req', '-new', '-key', keyFile, '-subj', `/CN=${options.name}`, '-out', request);
    // `openssl ca` keeps an account of what it has issued, and is the one that can begin and end at any time.
    writeFileSync(join(folder, 'index'), '');
    writeFileSync(join(folder, 'settings'), SETTINGS);
    const span = ['-startdate', date(fromDays), '-enddate', date(toDays)];
    const to = ['-notext', '-batch', '-config', 'settings', '-extfile', extensions, '-out', certFile];
    openssl('ca', ...signer, '-keyfile', signer.length > 0 ? keyFile : ownKey, '-in', request, ...span, ...to);
    return read(certFile, keyFile);
  }

  const own = files();
  const ownKey = own.keyFile;
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', ownKey);
  openssl('req', '-x509', '-new', '-key', ownKey, '-subj', `/CN=${name}`, '-days', '3650', '-out', own.certFile);
  return {
    ...read(own.certFile, ownKey),
    folder,
    issue: (options) => certificate(options, []),
    selfSigned: (options) => certificate(options, ['-selfsign']),
    remove: () => rmSync(folder, { recursive: true }),
  };

  function read(certFile: string, keyFile: string): Certificate {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certFile, keyFile };
  }
}

/** As in `openssl ca`: its own certificate is the first file that an authority has made. */
const SETTINGS = `[ca]
default_ca=it
[it]
new_certs_dir=.
database=index
certificate=0.pem
default_md=sha256
policy=any
unique_subject=no
rand_serial=yes
[any]
commonName=supplied
`;

/** YYYYMMDDHHMMSSZ, as `openssl ca` wants it. */
const date = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+|[-:T]/g, '');
