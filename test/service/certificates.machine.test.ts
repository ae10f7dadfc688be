import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureAuthority, ensureServerCertificate } from '../../lib/service/certificates.ts';
import { createSystem, type System } from '../../lib/system/system.ts';

const DAY = 86_400_000;

describe('certificates', () => {
  let home: string;
  let system: System;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'statelite-ca-'));
    system = { ...createSystem(), env: { ...process.env, STATELITE_HOME: home } };
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const later = (days: number): System => ({ ...system, clock: { ...system.clock, now: () => Date.now() + days * DAY } });

  test('the authority is an EC P-256 CA for ten years whose key only root reads', async () => {
    const { certificate, key } = await ensureAuthority(system);
    const parsed = new X509Certificate(readFileSync(certificate));
    expect(parsed.ca).toBe(true);
    expect(parsed.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(Math.round((Date.parse(parsed.validTo) - Date.now()) / DAY)).toBe(3652);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(statSync(certificate).mode & 0o777).toBe(0o644);
    expect(readdirSync(home)).toEqual(['ca']);
    expect(readdirSync(join(home, 'ca'))).toEqual(['ca.key', 'ca.pem']);
  });

  test('commands that start at the same time agree on one authority', async () => {
    const texts = (await Promise.all(Array.from({ length: 5 }, () => ensureAuthority(system)))).map(({ certificate }) => readFileSync(certificate, 'utf8'));
    expect(new Set(texts).size).toBe(1);
    expect(readdirSync(home)).toEqual(['ca']);
  });

  test('half an authority is an error, not a new authority that no node knows', async () => {
    const { key } = await ensureAuthority(system);
    rmSync(key);
    await expect(ensureAuthority(system)).rejects.toThrow('ca.pem is there, but not its other half');
  });

  test('the server certificate names every address and name, is verified by openssl, and is valid for a node with a dead clock', async () => {
    const names = ['127.0.0.1', 'fd00::2', 'mn.cluster'];
    const { certificate } = await ensureServerCertificate(system, names);
    const parsed = new X509Certificate(certificate);
    expect([parsed.checkIP('127.0.0.1'), parsed.checkIP('fd00::2'), parsed.checkHost('mn.cluster')]).not.toContain(undefined);
    expect(Date.parse(parsed.validFrom)).toBe(Date.UTC(2020, 0, 1));
    const file = join(home, 'server.crt');
    writeFileSync(file, certificate);
    const verify = await system.run('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(home, 'ca', 'ca.pem'), file]);
    expect(verify.stdout).toContain('OK');
    expect(statSync(join(home, 'ca', 'server.pem')).mode & 0o777).toBe(0o600);
  });

  test('it is kept while it serves, and issued anew for a new name, near its end, or after the authority changed', async () => {
    const first = await ensureServerCertificate(system, ['127.0.0.1', '127.0.0.2']);
    expect(await ensureServerCertificate(system, ['127.0.0.2'])).toEqual(first);
    const renamed = await ensureServerCertificate(system, ['127.0.0.2', 'mn']);
    expect(renamed.certificate).not.toBe(first.certificate);
    expect((await ensureServerCertificate(later(790), ['mn'])).certificate).toBe(renamed.certificate);
    const renewed = await ensureServerCertificate(later(800), ['mn']);
    expect(renewed.certificate).not.toBe(renamed.certificate);
    rmSync(join(home, 'ca', 'ca.pem'));
    rmSync(join(home, 'ca', 'ca.key'));
    rmSync(join(home, 'ca', 'server.pem'));
    rmSync(join(home, 'ca'), { recursive: true });
    const other = await ensureServerCertificate(system, ['mn']);
    expect(other.authority).not.toBe(first.authority);
    writeFileSync(join(home, 'ca', 'server.pem'), renewed.key + renewed.certificate);
    expect((await ensureServerCertificate(system, ['mn'])).certificate).not.toBe(renewed.certificate);
  });

  test('a table value that is no name never reaches the openssl configuration', async () => {
    await expect(ensureServerCertificate(system, ['mn\n[evil]'])).rejects.toThrow('neither an address nor a host name');
  });
});
