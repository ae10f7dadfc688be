import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import type { System } from '../system/system.ts';

/** Paths of the authority all nodes of this installation trust. */
export interface Authority {
  /** PEM, readable by all: genimage copies it into the initrd. */
  readonly certificate: string;
  /** PEM, mode 0600. */
  readonly key: string;
}

/** What a TLS server needs, as PEM text. */
export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
}

/**
 * The certificate authority in `<STATELITE_HOME>/ca`, made with openssl when it is not there: EC P-256, ten years.
 * The directory appears whole by one rename, so of two commands at once both get the same authority.
 * Throws FILE_SYSTEM when half of it is gone, COMMAND_FAILED or TOOL_MISSING from openssl.
 */
export async function ensureAuthority(system: System): Promise<Authority> {
  const directory = join(stateliteHome(system.env), 'ca');
  const authority = { certificate: join(directory, 'ca.pem'), key: join(directory, 'ca.key') };
  if (isComplete(system, authority)) return authority;
  await inScratch(system, async (scratch) => {
    const name = `statelite authority ${new Date(system.clock.now()).toISOString().slice(0, 10)}`;
    const made = { certificate: join(scratch, 'ca.pem'), key: join(scratch, 'ca.key') };
    await issue(system, scratch, { name, file: made, days: AUTHORITY_DAYS, extensions: AUTHORITY_EXTENSIONS });
    for (const left of system.files.list(scratch)) if (left !== 'ca.pem' && left !== 'ca.key') system.files.removeFile(join(scratch, left));
    system.files.setMode(made.certificate, 0o644);
    system.files.setMode(scratch, 0o755);
    try {
      system.files.rename(scratch, directory);
    } catch (error) {
      if (!isComplete(system, authority)) throw error;
    }
  });
  return authority;
}

/**
 * The server's key and certificate, kept in `<STATELITE_HOME>/ca/server.pem` and issued anew when a name is missing, the authority
 * is another one, or it ends within 30 days. `names` are all host names and addresses a node may use to reach this server.
 * Throws ROW_INVALID for a name that can stand in no certificate.
 */
export async function ensureServerCertificate(system: System, names: readonly string[]): Promise<ServerCertificate> {
  const authority = await ensureAuthority(system);
  const file = join(stateliteHome(system.env), 'ca', 'server.pem');
  const authorityText = system.files.readText(authority.certificate);
  const wanted = [...new Set(names)].map(subjectName).sort();
  const kept = parsePair(system.files.readTextIfThere(file) ?? '');
  if (kept !== undefined && serves(kept.certificate, authorityText, wanted, system.clock.now())) return { ...kept, authority: authorityText };
  return inScratch(system, async (scratch) => {
    const made = { certificate: join(scratch, 'server.crt'), key: join(scratch, 'server.key') };
    const extensions = [...SERVER_EXTENSIONS, `subjectAltName = ${wanted.join(', ')}`];
    await issue(system, scratch, { name: 'statelited', file: made, days: SERVER_DAYS, extensions, authority });
    const pair = { key: system.files.readText(made.key), certificate: system.files.readText(made.certificate) };
    system.files.writeAtomic(file, `${pair.key}${pair.certificate}`, 0o600);
    return { ...pair, authority: authorityText };
  });
}

/** What can stand in a certificate: an address or a host name. */
export const isServerName = (name: string): boolean => isIP(name) !== 0 || HOST_NAME.test(name);

// --- internal ---

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

const DAY = 86_400_000;
const AUTHORITY_DAYS = 3652;
const SERVER_DAYS = 825;
const RENEW_DAYS = 30;
/** A node whose clock battery is dead boots with its initrd's build date: certificates are valid from well before that. */
const NOT_BEFORE = '20200101000000Z';

const AUTHORITY_EXTENSIONS = ['basicConstraints = critical, CA:true, pathlen:0', 'keyUsage = critical, keyCertSign, cRLSign', 'subjectKeyIdentifier = hash'];
const SERVER_EXTENSIONS = [
  'basicConstraints = critical, CA:false', 'keyUsage = critical, digitalSignature', 'extendedKeyUsage = serverAuth',
  'subjectKeyIdentifier = hash', 'authorityKeyIdentifier = keyid',
];

interface Order {
  readonly name: string;
  readonly file: Authority;
  readonly days: number;
  readonly extensions: readonly string[];
  /** Signs; the certificate signs itself without one. */
  readonly authority?: Authority;
}

/** Both there, none there, or an error: a new authority beside a lost one would lock every node out. */
function isComplete(system: System, { certificate, key }: Authority): boolean {
  if (!system.files.exists(join(certificate, '..'))) return false;
  const there = [certificate, key].filter((path) => system.files.exists(path));
  if (there.length === 1) {
    throw new StateliteError('FILE_SYSTEM', `${String(there[0])} is there, but not its other half`, {
      hint: `restore it from a backup, or remove ${join(certificate, '..')} and run genimage again for every image`,
    });
  }
  return there.length === 2;
}

/** A directory of our own beside `ca`, readable by root only, gone afterwards. */
async function inScratch<T>(system: System, work: (scratch: string) => Promise<T>): Promise<T> {
  const home = stateliteHome(system.env);
  system.files.makeDirectories(home);
  const scratch = system.files.makeTemporaryDirectory(join(home, '.ca-'));
  try {
    return await work(scratch);
  } finally {
    system.files.removeTree(scratch);
  }
}

/** One new key and certificate. `openssl ca` is the one subcommand that takes both dates in every version. */
async function issue(system: System, scratch: string, { name, file, days, extensions, authority }: Order): Promise<void> {
  const at = (part: string): string => join(scratch, part);
  const run = (...args: string[]): Promise<unknown> => system.run('openssl', args, { timeout: 60_000 });
  system.files.writeAtomic(at('openssl.cnf'), opensslConfiguration(scratch, extensions));
  system.files.writeAtomic(at('index.txt'), '');
  await run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file.key);
  system.files.setMode(file.key, 0o600);
  await run('req', '-new', '-config', at('openssl.cnf'), '-key', file.key, '-subj', `/CN=${name}`, '-out', at('request.pem'));
  const until = new Date(system.clock.now() + days * DAY).toISOString().replace(/[-:T]/g, '').replace(/\.\d+/, '');
  const signer = authority === undefined ? ['-selfsign', '-keyfile', file.key] : ['-cert', authority.certificate, '-keyfile', authority.key];
  await run('ca', '-batch', '-notext', '-config', at('openssl.cnf'), ...signer, '-startdate', NOT_BEFORE, '-enddate', until, '-in', at('request.pem'), '-out', file.certificate);
}

const opensslConfiguration = (scratch: string, extensions: readonly string[]): string => `\
[req]
distinguished_name = subject
[subject]
[ca]
default_ca = statelite
[statelite]
database = ${scratch}/index.txt
new_certs_dir = ${scratch}
rand_serial = yes
default_md = sha256
policy = anything
x509_extensions = extensions
unique_subject = no
[anything]
commonName = supplied
[extensions]
${extensions.join('\n')}
`;

/** `IP:10.0.0.1` or `DNS:mn.cluster`; a configuration file takes no other text. */
function subjectName(name: string): string {
  if (isServerName(name)) return `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`;
  throw new StateliteError('ROW_INVALID', `"${name}" is neither an address nor a host name, so no certificate can be issued for it`, {
    hint: 'tabgrep finds it in the tables; site.master and noderes.xcatmaster hold names of servers',
  });
}

/** Key and certificate of one PEM text, when both are in it. */
function parsePair(text: string): { key: string; certificate: string } | undefined {
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
  return key === undefined || certificate === undefined ? undefined : { key, certificate };
}

function serves(certificate: string, authority: string, wanted: readonly string[], now: number): boolean {
  const parsed = new X509Certificate(certificate);
  return parsed.verify(new X509Certificate(authority).publicKey)
    && Date.parse(parsed.validTo) - now > RENEW_DAYS * DAY
    && wanted.every((entry) => (entry.startsWith('IP:') ? parsed.checkIP(entry.slice(3)) : parsed.checkHost(entry.slice(4))) !== undefined);
}
