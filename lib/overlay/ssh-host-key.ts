import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';

/** An ssh server's key, and a certificate by which clients know it, in the forms of ssh-keygen(1). */
export interface SshHostKey {
  /** The private key, as `ssh_host_ed25519_key` has it. */
  readonly key: string;
  /** A line of `ssh_host_ed25519_key.pub`. */
  readonly public: string;
  /** A line of `ssh_host_ed25519_key-cert.pub`, valid for all the names, for ever. */
  readonly certificate: string;
  /** The key that signed it, for a line `@cert-authority * …` of known_hosts. */
  readonly authority: string;
}

/**
 * Gives nodes their ssh host keys, with certificates for all of a node's names (ed25519; OpenSSH's PROTOCOL.key and PROTOCOL.certkeys). All is derived
 * from the site's secret and the node's name: every server of the site makes the same keys, at every boot, and none has to be kept.
 */
export function sshAuthority(secret: Buffer): (node: string, names: readonly string[]) => SshHostKey {
  const authority = keyPair(secret, 'ssh authority');
  return (node, names) => certified(keyPair(secret, `ssh host ${node}`), authority, derived(secret, `ssh nonce ${node} ${names.join()}`), node, names);
}

// --- internal ---

function certified(host: KeyPair, authority: KeyPair, nonce: Buffer, node: string, names: readonly string[]): SshHostKey {
  const body = Buffer.concat([
    text(CERTIFICATE), text(nonce), text(host.public), number64(0n), number32(HOST), text(node), text(Buffer.concat(names.map(text))),
    number64(0n), number64(FOR_EVER), text(''), text(''), text(''), text(publicBlob(authority)),
  ]);
  const certificate = Buffer.concat([body, text(Buffer.concat([text(TYPE), text(sign(null, body, authority.private))]))]);
  return {
    key: privateText(host, node),
    public: `${TYPE} ${publicBlob(host).toString('base64')} ${node}`,
    certificate: `${CERTIFICATE} ${certificate.toString('base64')} ${node}`,
    authority: `${TYPE} ${publicBlob(authority).toString('base64')}`,
  };
}

const TYPE = 'ssh-ed25519';
const CERTIFICATE = 'ssh-ed25519-cert-v01@openssh.com';
const HOST = 2;
const FOR_EVER = 0xffffffffffffffffn;
/** What stands before the 32 bytes of an ed25519 key in DER (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

interface KeyPair {
  readonly seed: Buffer;
  readonly private: KeyObject;
  readonly public: Buffer;
}

const derived = (secret: Buffer, what: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'statelite', what, 32));

function keyPair(secret: Buffer, what: string): KeyPair {
  const seed = derived(secret, what);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return { seed, private: key, public: Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url') };
}

function privateText({ seed, public: key }: KeyPair, comment: string): string {
  const check = key.subarray(0, 4);
  const plain = Buffer.concat([check, check, text(TYPE), text(key), text(Buffer.concat([seed, key])), text(comment)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (plain.length % 8)) % 8);
  const whole = Buffer.concat([Buffer.from('openssh-key-v1\0'), text('none'), text('none'), text(''), number32(1), text(publicBlob({ public: key })), text(Buffer.concat([plain, padding]))]);
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...whole.toString('base64').match(/.{1,70}/g) ?? [], '-----END OPENSSH PRIVATE KEY-----'].join('\n');
}

const publicBlob = ({ public: key }: Pick<KeyPair, 'public'>): Buffer => Buffer.concat([text(TYPE), text(key)]);

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function number64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number32(bytes.length), bytes]);
}
