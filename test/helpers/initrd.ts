import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { asset } from '../../lib/system/assets.ts';
import type { Rows } from './liting.ts';
import type { NodeTree } from './node-tree.ts';

/** How the plan server answers one request for a plan: as it should, or in one of the ways servers fail. */
export type Answer = 'plan' | 'cut on the wire' | 'cut short' | 'own files spoiled' | 'own files missing' | 'cut in own files' | 'other node' | 'other form' | 'unknown word' | 'no plan at all' | 'silence' | 'refusal' | '503';

/** How it answers a request for an overlay archive; `changed` is 409, after it the plan is the one with `overlaysLater`. */
export type ArchiveAnswer = 'archive' | 'spoiled' | 'changed' | 'refusal' | '503';

/** One start of an initrd. The node is n01 at 10.9.0.11, its servers are at 10.9.0.1. Everything but NFS is real: the kernel of a test has no client for it. */
export interface InitrdCase {
  /** More words for the kernel command line. */
  readonly words?: string;
  /** Answers to requests for the plan, the last one again and again; nobody listens when unset. */
  readonly answers?: readonly Answer[];
  /** The server shows a certificate of another authority. */
  readonly wrongCertificate?: boolean;
  /** After so many requests of any kind the server is dead for some more. */
  readonly dead?: { readonly after: number; readonly times: number };
  /** What lies beside the image for this node; the same plan when unset. */
  readonly copy?: Answer;
  /** Overlays of the node by name; with any the image has a shell, so that init scripts run. */
  readonly overlays?: Readonly<Record<string, NodeTree>>;
  /** The node's overlays.scripts. */
  readonly scriptRules?: string;
  /** Runs with $OVERLAYS, where they lie, before nodeset has done its work. */
  readonly prepareOverlays?: string;
  readonly overlaysLater?: Readonly<Record<string, NodeTree>>;
  /** Answers to requests for archives, the last one again and again. */
  readonly archives?: readonly ArchiveAnswer[];
  /** What lies beside the image of the archives that several nodes have; as nodeset leaves them when unset. */
  readonly archiveCopies?: 'spoiled' | 'none';
  readonly image?: NodeTree;
  readonly rows?: Rows;
  readonly store?: NodeTree;
  /** Trees by priority. */
  readonly trees?: Readonly<Record<string, NodeTree>>;
  /** Directories of servers, as `/install/image/rootimg`, to what mounting them says, and how often; for ever when no number is there. */
  readonly mounts?: Readonly<Record<string, readonly [message: string, times?: number]>>;
  /** The running system's report, after a boot that went well. */
  readonly followUp?: boolean;
  /** A DHCP server that never answers, in place of a static address. */
  readonly dhcp?: boolean;
  readonly storeSize?: string;
  readonly storeReadOnly?: boolean;
  /** Runs with $ROOT, the image, after liteimg and nodeset have done their work. */
  readonly spoilImage?: string;
  /** Runs with $ROOT when the boot is over; its output is `look`. */
  readonly look?: string;
}

export interface InitrdResult {
  readonly console: string;
  /** It asked the kernel for a reboot. */
  readonly rebooted: boolean;
  /** Whether statelite-boot came to its end: init would switch the root now. */
  readonly isRootReady: boolean;
  /** Each request the server answered: method and path, the port it came from, body. */
  readonly requests: readonly { readonly what: string; readonly port: number; readonly body: string }[];
  readonly log: string;
  readonly look: string;
  /** Seconds that statelite-boot slept on purpose; here each takes a tenth of its time. */
  readonly sleeps: readonly number[];
}

export interface Initrds {
  boot(one: InitrdCase): Promise<InitrdResult>;
  remove(): void;
}

/** The driver that runs statelite-boot in namespaces of its own: mounts, network, processes, host name. Boots may run side by side. */
export async function buildInitrds(): Promise<Initrds> {
  const directory = mkdtempSync(join(tmpdir(), 'statelite-initrd-'));
  // Beside the packages it uses.
  mkdirSync(asset('node_modules/.cache'), { recursive: true });
  const program = mkdtempSync(asset('node_modules/.cache/initrd-'));
  const driver = join(program, 'initrd-boot.mjs');
  await build({ entryPoints: [asset('test/helpers/initrd-boot.ts')], outfile: driver, bundle: true, format: 'esm', platform: 'node', target: 'node20', external: ['execa', 'nunjucks'], logLevel: 'silent' });
  let count = 0;
  return {
    boot: (one) => new Promise((resolve, reject) => {
      count += 1;
      const child = spawn('unshare', ['--mount', '--propagation', 'private', '--net', '--uts', '--pid', '--fork', '--kill-child', process.execPath, driver]);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (part: Buffer) => { stdout += part.toString(); });
      child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
      child.on('error', reject);
      child.on('exit', () => {
        try {
          resolve(JSON.parse(stdout) as InitrdResult);
        } catch {
          reject(new Error(`the driver failed: ${stderr}${stdout}`));
        }
      });
      child.stdin.end(JSON.stringify({ work: join(directory, `work${count}`), netboot: asset('netboot/dracut/98statelite'), script: asset('add-on/statelite/rc.statelite'), one }));
    }),
    remove: () => {
      for (const path of [directory, program]) rmSync(path, { recursive: true, force: true });
    },
  };
}
