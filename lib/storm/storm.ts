import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import { counted } from '../counted.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { lookAtBoots } from '../stat/look.ts';
import { percentile } from '../stat/slow.ts';
import type { NodeBootState } from '../stat/timeline.ts';
import type { Files } from '../system/files.ts';
import { advise } from './advice.ts';
import { renderStorm } from './render.ts';
import { aloneSeconds, ceiling, GIGABIT, USABLE, type Capacity, type Demand } from './simulate.ts';

export interface StormRequest {
  readonly noderange: string;
  /** Plays so many nodes like these; the nodes themselves when unset. */
  readonly nodes?: number | undefined;
  /** Servers that share the load evenly, and the link of each in Gb/s. */
  readonly servers: number;
  readonly link: number;
  /** NFS operations a second of each. */
  readonly nfsOperations: number;
  readonly json: boolean;
}

/**
 * liteplan --storm: how fast nodes may be switched on. What a boot asks of the servers is taken from the files of the image and from the boots that the nodes reported;
 * from boots of the lab where none did, and the answer says so. Throws USAGE when the nodes boot different images.
 */
export async function planStorm({ system }: Context, database: Database, { noderange, nodes: wanted, servers, link, nfsOperations, json }: StormRequest): Promise<Result> {
  const cluster = await loadCluster(database, system.files);
  const names = expandNoderange(cluster, noderange);
  const images = new Map(names.map((node) => cluster.imageOf(node)).map((image) => [image.name, image]));
  const [image, other] = images.values();
  if (image === undefined || other !== undefined) {
    throw new StateliteError('USAGE', `${noderange} boots ${images.size} images: ${[...images.keys()].join(', ')}; a storm is of one`, { hint: 'name nodes of one image' });
  }
  const boots = await lookAtBoots(database, names, system.clock.now());
  const { demand, source } = demandOf(imageBytes(system.files, image.directory), boots);
  const capacity: Capacity = { servers, link: link * GIGABIT * USABLE, nodeLink: GIGABIT * USABLE, nfsOperations, connections: CONNECTIONS };
  const nodes = wanted ?? names.length;
  const alone = aloneSeconds(demand, capacity);
  const answer = { image: image.name, nodes, demand, source, capacity, alone, ceiling: ceiling(demand, capacity), ...advise(demand, capacity, nodes) };
  return done(json ? toJson(answer) : renderStorm(answer));
}

// --- internal ---

/** Of one statelited: its budget (DESIGN 8). */
const CONNECTIONS = 2000;
/** With the plan, and when the node is up. */
const CONNECTIONS_OF_A_BOOT = 2;
const FIRMWARE_SECONDS = 30;

/** The quickstart's Debian 12 node in the lab: operations and bytes by the kernel's count (count_nfs of statelite-report.sh) from its start until systemd was done; milliseconds in software emulation. */
const OF_THE_LAB = { operations: 5549, read: 35_786_825, up: 30_000 };

function imageBytes(files: Files, directory: string): number {
  const sizes = [['kernel'], ['initrd-statelite.gz', 'initrd.gz']].map((names) => names.map((name) => files.look(`${directory}/${name}`)).find((fact) => fact !== undefined));
  if (sizes.some((fact) => fact === undefined)) throw new StateliteError('IMAGE_MISSING', `${directory} has no kernel or no initrd`, { hint: 'genimage makes them' });
  return sizes.reduce((sum, fact) => sum + (fact?.size ?? 0), 0);
}

function demandOf(bootBytes: number, boots: readonly NodeBootState[]): { readonly demand: Demand; readonly source: string } {
  const told = boots.flatMap(({ nfs }) => nfs ?? []);
  const up = sorted(boots.flatMap(({ state, took }) => (state === 'booted' && took !== undefined ? [took] : [])));
  const common = { bootBytes, connections: CONNECTIONS_OF_A_BOOT, firmware: FIRMWARE_SECONDS, alone: (up.length > 0 ? percentile(up, 0.5) : OF_THE_LAB.up) / 1000 };
  if (told.length === 0) {
    return { demand: { ...common, nfsBytes: OF_THE_LAB.read, nfsOperations: OF_THE_LAB.operations }, source: 'a boot of the quickstart in the lab, as these nodes have reported none' };
  }
  return {
    demand: { ...common, nfsBytes: percentile(sorted(told.map(({ read }) => read)), 0.5), nfsOperations: percentile(sorted(told.map(({ operations }) => operations)), 0.5) },
    source: `the last boots of ${counted(told.length, 'node')}, median`,
  };
}

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((one, other) => one - other);
