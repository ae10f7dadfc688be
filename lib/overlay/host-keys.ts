import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { once, remember } from '../cluster/remember.ts';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import type { System } from '../system/system.ts';
import { sshAuthority, type SshHostKey } from './ssh-host-key.ts';

/** The ssh host key of a node, certified for its names and addresses. */
export type HostKeys = (cluster: Cluster, node: string) => SshHostKey;

/** Host keys made from the key of the site's certificate authority in `<STATELITE_HOME>/ca`. Throws OVERLAY_INVALID without one. */
export function createHostKeys({ files, env = {} }: Pick<System, 'files'> & Partial<Pick<System, 'env'>>): HostKeys {
  const authority = once(() => {
    const path = join(stateliteHome(env), 'ca/ca.key');
    const pem = files.readTextIfThere(path);
    if (pem !== undefined) return sshAuthority(Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d ?? '', 'base64url'));
    throw new StateliteError('OVERLAY_INVALID', `there is no ${path}, from which the ssh host keys of nodes are made`, {
      hint: 'statelited and genimage make it; where they run on another host, copy the directory ca from there',
    });
  });
  const known = new WeakMap<Cluster, (node: string) => SshHostKey>();
  return (cluster, node) => {
    const keyOf = known.get(cluster) ?? remember((name: string) => authority()(name, namesOf(cluster, name)));
    known.set(cluster, keyOf);
    return keyOf(node);
  };
}

// --- internal ---

/** What an admin may type after ssh: the node's names, with the site's domain and without, and its address. */
function namesOf(cluster: Cluster, node: string): readonly string[] {
  const [domain, names, address] = [cluster.site('domain'), cluster.attribute(node, 'hosts.hostnames')?.value ?? '', cluster.attribute(node, 'hosts.ip')?.value];
  const all = [node, ...names.split(/[\s,]+/).filter((name) => name !== '')];
  const long = domain === undefined ? [] : all.filter((name) => !name.includes('.')).map((name) => `${name}.${domain}`);
  return [...new Set([...all, ...long, ...(address === undefined ? [] : [address])].map((name) => name.toLowerCase()))];
}
