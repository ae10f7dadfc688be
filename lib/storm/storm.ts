import { loadCluster } from '../cluster/load.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { lookAtBoots } from '../stat/look.ts';
import { percentile } from '../stat/slow.ts';
import type { NodeBootState } from '../stat/timeline.ts';
import type { Files } from '../system/files.ts';
import { aloneSeconds, bestPace, ceiling, simulate, type Capacity, type Demand, type StormCourse } from './simulate.ts';

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
  const cluster = await loadCluster(database);
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
  const pace = bestPace(demand, capacity, nodes, PATIENCE);
  const course = simulate(demand, capacity, { nodes, perSecond: pace });
  const atOnce = simulate(demand, capacity, { nodes, perSecond: nodes });
  const wave = waveOf(pace, nodes);
  const answer = { image: image.name, nodes, demand, source, capacity, alone, ceiling: ceiling(demand, capacity), pace, wave, course, allAtOnce: atOnce };
  return done(json ? toJson(answer) : render(answer));
}

// --- internal ---

const GIGABIT = 125_000_000;
/** Of a link's bits, what files get: headers, acknowledgements, retries take the rest. */
const USABLE = 0.9;
/** Of one statelited: its budget (DESIGN 8). */
const CONNECTIONS = 2000;
/** A boot may take half as long again as one by itself. */
const PATIENCE = 1.5;
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
    source: `the last boots of ${told.length} ${told.length === 1 ? 'node' : 'nodes'}, median`,
  };
}

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((one, other) => one - other);

/** The same pace as waves that are easily typed: so many nodes every so many seconds. */
function waveOf(pace: number, nodes: number): { readonly nodes: number; readonly seconds: number } {
  const seconds = pace >= 1 ? 10 : Math.ceil(10 / pace);
  return pace >= nodes ? { nodes, seconds: 0 } : { nodes: Math.min(nodes, Math.max(1, Math.floor(pace * seconds))), seconds };
}

interface Answer {
  readonly image: string;
  readonly nodes: number;
  readonly demand: Demand;
  readonly source: string;
  readonly capacity: Capacity;
  readonly alone: number;
  readonly ceiling: ReturnType<typeof ceiling>;
  readonly pace: number;
  readonly wave: ReturnType<typeof waveOf>;
  readonly course: StormCourse;
  readonly allAtOnce: StormCourse;
}

const RESOURCES = { link: 'the links', nfs: 'the NFS servers', statelited: 'statelited' } as const;

function render({ image, nodes, demand, source, capacity, alone, ceiling: most, pace, wave, course, allAtOnce }: Answer): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return [
    `${nodes} nodes boot ${image} from ${capacity.servers} ${capacity.servers === 1 ? 'server' : 'servers'} with ${(capacity.link / GIGABIT / USABLE).toString()} Gb/s each`,
    `a boot asks for:      ${megabytes(demand.bootBytes)} of kernel and initrd, ${demand.nfsOperations} NFS operations and ${megabytes(demand.nfsBytes)}, ${demand.connections} connections to statelited`,
    `                      (NFS: ${source})`,
    `the most in the long run: ${most.perSecond.toFixed(1)} nodes a second, by ${RESOURCES[most.resource]}`,
    `staggering to use:    ${wave.seconds === 0 ? 'none, all at once' : `${wave.nodes} nodes every ${wave.seconds} s (${pace.toFixed(1)} a second)`}`,
    `it takes:             ${duration(course.total)} until all are up; half of the nodes ${duration(course.p50)}, 99 of 100 at most ${duration(course.p99)}, one by itself ${duration(alone)}`,
    `                      at most ${course.atOnce} nodes at once; links ${percent(course.busy.link)}, NFS ${percent(course.busy.nfs)}, statelited ${percent(course.busy.statelited)} busy`,
    `all at once instead:  ${duration(allAtOnce.total)} until all are up; half of the nodes ${duration(allAtOnce.p50)}, the slowest ${duration(allAtOnce.slowest)}`,
  ].join('\n');
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const duration = (seconds: number): string => (seconds < 120 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`);
