import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { NodeTree } from './node-tree.ts';

/**
 * What an image must hold so that a node with real sshd runs from it, the programs being those of this machine: planted below rootimg.
 */
export const SSHD_IMAGE: NodeTree = {
  'bin': '-> usr/bin', 'sbin': '-> usr/sbin', 'lib': '-> usr/lib', 'lib64': '-> usr/lib64', 'usr/': '', 'proc/': '', 'dev/': '', 'run/': '', 'tmp/': '', 'root/': { mode: 0o700 }, '.statelite/': '',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n', 'etc/group': 'root:x:0:\nnogroup:x:65534:\n', 'etc/shadow': { content: 'root:*:20000:0:99999:7:::\n', mode: 0o600 },
};

export interface SshNodes {
  /** A command and its words, in the nodes' network, with the ssh keys of a root who knows nobody yet. */
  readonly within: (program: string, words: readonly string[]) => readonly [string, readonly string[]];
  readonly stop: () => Promise<void>;
}

export interface SshNodesRequest {
  /** For scripts; rootimg and tree1 are in it, plan.<number> for each node, and the private key id_ed25519. */
  readonly work: string;
  readonly count: number;
  /** Shell text that a node runs by its number before its sshd starts: $R is its root, $CONFIG sshd's configuration. */
  readonly apart: Readonly<Record<number, string>>;
  /** Shell text for the machine that asks. */
  readonly client?: string;
}

/** Nodes 10.77.0.<number> in one network namespace, each in a mount and a process namespace of its own: its root is the image, read-only, made ready by rc.statelite. */
export async function startSshNodes({ work, count, apart, client = '' }: SshNodesRequest): Promise<SshNodes> {
  const cases = (texts: Readonly<Record<number, string>>): string => Object.entries(texts).map(([number, text]) => `${number})\n${text}\n;;`).join('\n');
  writeFileSync(join(work, 'node.sh'), `
    set -eu
    R=${work}/root.$1 S=$R/.statelite CONFIG=$R/run/sshd_config
    mkdir $R
    mount --bind ${work}/rootimg $R
    mount -o remount,bind,ro $R
    mount --bind /usr $R/usr
    mount --rbind /dev $R/dev
    mount -t proc proc $R/proc
    for directory in run tmp .statelite; do mount -t tmpfs node $R/$directory; done
    mkdir -p $S/mnt/1 $R/run/sshd $R/tmp/old
    mount --bind ${work}/tree1 $S/mnt/1
    cp ${work}/plan.$1 $S/plan
    STATELITE_ROOT=$R sh $R/etc/init.d/statelite
    ssh-keygen -q -t ed25519 -N '' -f $R/run/host_key
    printf '%s\\n' "ListenAddress 10.77.0.$1" 'HostKey /run/host_key' 'UsePAM no' 'PidFile none' >$CONFIG
    case $1 in
    ${cases(apart)}
    esac
    cd $R
    pivot_root . tmp/old
    umount -l /tmp/old
    exec chroot . /usr/sbin/sshd -D -e -f /run/sshd_config
  `);
  writeFileSync(join(work, 'nodes.sh'), `
    set -eu
    ip link set lo up
    mount -t tmpfs home /mnt
    mkdir /mnt/upper /mnt/work
    mount -t overlay -o lowerdir=${homedir()},upperdir=/mnt/upper,workdir=/mnt/work home ${homedir()}
    rm -rf ${homedir()}/.ssh
    install -d -m 700 ${homedir()}/.ssh
    install -m 600 ${work}/id_ed25519 ${homedir()}/.ssh/id_ed25519
    ${client}
    for number in $(seq ${count}); do
        ip address add 10.77.0.$number/32 dev lo
        unshare --mount --pid --fork --kill-child sh ${work}/node.sh $number >${work}/console.$number 2>&1 &
    done
    for number in $(seq ${count}); do
        tries=0
        until grep -q 'Server listening' ${work}/console.$number || [ $tries -ge 300 ]; do sleep 0.1; tries=$((tries + 1)); done
        [ $tries -lt 300 ] || { cat ${work}/console.$number >&2; exit 1; }
    done
    echo ready
    read -r end || true # until this test has ended, however
  `);
  const holder = spawn('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', join(work, 'nodes.sh')], { stdio: ['pipe', 'pipe', 'pipe'] });
  const target = await ready(holder);
  return {
    within: (program, words) => ['nsenter', ['--target', target, '--net', '--mount', '--pid', '--', program, ...words]],
    stop: async () => {
      if (holder.exitCode !== null) return;
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
    },
  };
}

// --- internal ---

/** The process that the namespaces are entered by: the child of unshare. */
async function ready(holder: ChildProcess): Promise<string> {
  let [said, wrong] = ['', ''];
  holder.stderr?.on('data', (part: Buffer) => { wrong += part.toString(); });
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.on('data', (part: Buffer) => {
      said += part.toString();
      if (said.includes('ready\n')) resolve();
    });
    holder.once('exit', (code) => reject(new Error(`the nodes ended with ${String(code)}: ${wrong}`)));
  });
  return readFileSync(`/proc/${holder.pid ?? 0}/task/${holder.pid ?? 0}/children`, 'utf8').trim();
}
