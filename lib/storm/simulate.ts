/** Bytes a second of 1 Gb/s; of a link's bits, what files get: headers, acknowledgements, retries take the rest. */
export const GIGABIT = 125_000_000;
export const USABLE = 0.9;

/** What one node asks of the servers until it is up, and how long it takes by itself. */
export interface Demand {
  /** Kernel and initrd, bytes. */
  readonly bootBytes: number;
  readonly nfsBytes: number;
  readonly nfsOperations: number;
  /** TLS connections to statelited. */
  readonly connections: number;
  /** Seconds before the first byte: firmware and DHCP, the same for all but for `jitter`. */
  readonly firmware: number;
  /** Seconds from the kernel's start until the node is up when nobody else boots. */
  readonly alone: number;
}

/** What each of the servers can do. */
export interface Capacity {
  readonly servers: number;
  /** Bytes a second of a server's link. */
  readonly link: number;
  /** Bytes a second of a node's link. */
  readonly nodeLink: number;
  readonly nfsOperations: number;
  readonly connections: number;
}

/** Nodes are switched on evenly, so many a second in all. */
export interface Storm {
  readonly nodes: number;
  readonly perSecond: number;
}

/** How a storm goes. Seconds from a node's power-on until it is up, and from the first power-on until the last is up. */
export interface StormCourse {
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  readonly total: number;
  /** Most nodes that were under way at once. */
  readonly atOnce: number;
  /** Share of each resource that is used while nodes come, 0 to 1. */
  readonly busy: Readonly<Record<Resource, number>>;
  /** Longest any node waited for kernel and initrd, for its plan, and for an NFS mount, seconds. */
  readonly waits: Readonly<Record<Wait, number>>;
}

export type Wait = 'load' | 'plan' | 'mount';

/** Seconds after which a node gives a try up: curl's for its plan, four of them; the mount of a litetree, three (statelite-boot). Loaders wait as long as bytes come. */
export const TIME_OUTS = { plan: 20, mount: 10 } as const;

export type Resource = 'link' | 'nfs' | 'statelited';

/**
 * Plays a storm in steps of time. A node goes through three stations: it loads kernel and initrd, asks statelited, then reads its root while it starts. All nodes of a server
 * share its link evenly, whatever they load, and those that read share its NFS operations; no node is faster than it could be by itself. The same seed is the same storm.
 */
export function simulate(demand: Demand, capacity: Capacity, { nodes, perSecond }: Storm, seed = 1): StormCourse {
  const random = createRandom(seed);
  const mine = Array.from({ length: nodes }, (_, node) => node).filter((node) => node % capacity.servers === 0);
  const arrivals = mine.map((node) => ({ on: node / perSecond, at: node / perSecond + demand.firmware * (1 + JITTER * random()) })).sort((one, other) => one.at - other.at);
  const load = demand.bootBytes / Math.min(capacity.nodeLink, capacity.link);
  const reading = Math.max(demand.alone - load, STEP);
  const [loading, asking, readers] = [createStation<Powered>(), createStation<Powered>(), createStation<Powered>()] as const;
  const took: number[] = [];
  let [next, now, atOnce, last, mount] = [0, 0, 0, 0, 0];
  let used = { link: 0, nfs: 0, statelited: 0 };
  while (took.length < arrivals.length) {
    now += STEP;
    const coming: Powered[] = [];
    for (; next < arrivals.length && (arrivals[next]?.at ?? Infinity) <= now; next += 1) coming.push(arrivals[next] ?? { on: 0 });
    const [loadBytes, readBytes] = shareLink(capacity.link, [
      { count: loading.count(), most: demand.bootBytes / load },
      { count: readers.count(), most: Math.min(demand.nfsBytes / reading, capacity.nfsOperations / demand.nfsOperations / Math.max(1, readers.count()) * demand.nfsBytes) },
    ]);
    const [loads, asks, reads] = [loadBytes / demand.bootBytes, Math.min(1 / ASKING, capacity.connections / demand.connections / Math.max(1, asking.count())), readBytes / demand.nfsBytes];
    if (readers.count() > 0) mount = Math.max(mount, MOUNT_OPERATIONS / (reads * demand.nfsOperations));
    const counts = { link: loading.count() * loadBytes + readers.count() * readBytes, nfs: readers.count() * reads * demand.nfsOperations, statelited: asking.count() * asks * demand.connections };
    if (next < arrivals.length) used = { link: used.link + counts.link * STEP, nfs: used.nfs + counts.nfs * STEP, statelited: used.statelited + counts.statelited * STEP };
    const up = readers.step(asking.step(loading.step(coming, loads, now), asks, now), reads, now);
    for (const { on } of up) took.push(now - on);
    if (up.length > 0) last = now;
    atOnce = Math.max(atOnce, next - took.length);
  }
  took.sort((one, other) => one - other);
  const span = Math.max(arrivals.at(-1)?.at ?? STEP, STEP);
  return {
    p50: at(took, 0.5), p99: at(took, 0.99), slowest: at(took, 1), total: last, atOnce: atOnce * capacity.servers,
    busy: { link: Math.min(1, used.link / span / capacity.link), nfs: Math.min(1, used.nfs / span / capacity.nfsOperations), statelited: Math.min(1, used.statelited / span / capacity.connections) },
    waits: { load: loading.longest(), plan: asking.longest(), mount },
  };
}

/** Whether no request comes near its time-out: half of it is for what the simulation does not know. */
export const isInTime = ({ waits }: Pick<StormCourse, 'waits'>): boolean => waits.plan <= TIME_OUTS.plan / 2 && waits.mount <= TIME_OUTS.mount / 2;

/** Seconds a node takes when it boots by itself. */
export const aloneSeconds = (demand: Demand, capacity: Capacity): number => simulate(demand, capacity, { nodes: 1, perSecond: 1 }).slowest;

/** What the servers can give in the long run, nodes a second, and what is the scarcest. */
export function ceiling(demand: Demand, capacity: Capacity): { readonly perSecond: number; readonly resource: Resource } {
  const rates: readonly (readonly [Resource, number])[] = [
    ['link', capacity.link / (demand.bootBytes + demand.nfsBytes)], ['nfs', capacity.nfsOperations / demand.nfsOperations], ['statelited', capacity.connections / demand.connections],
  ];
  const [resource, rate] = rates.reduce((least, one) => (one[1] < least[1] ? one : least));
  return { perSecond: rate * capacity.servers, resource };
}

/** The fastest even pace at which no request comes near its time-out and 99 of 100 nodes boot in at most `patience` times the time one takes by itself. Nodes a second. */
export function bestPace(demand: Demand, capacity: Capacity, nodes: number, patience: number): number {
  const limit = aloneSeconds(demand, capacity) * patience;
  const isGood = (perSecond: number): boolean => {
    const course = simulate(demand, capacity, { nodes, perSecond });
    return course.p99 <= limit && isInTime(course);
  };
  let [low, high] = [ceiling(demand, capacity).perSecond / 20, Math.max(nodes, 1)];
  if (isGood(high)) return high;
  for (let round = 0; round < 14; round += 1) {
    const middle = Math.sqrt(low * high);
    if (isGood(middle)) low = middle;
    else high = middle;
  }
  return low;
}

// --- internal ---

/** Seconds of a step; the share by which firmware times differ; seconds that asking takes by itself; operations of an NFS mount. */
const STEP = 0.1;
const JITTER = 0.2;
const ASKING = 0.1;
const MOUNT_OPERATIONS = 20;

interface Powered {
  /** Seconds from the storm's begin to its power-on. */
  readonly on: number;
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

interface Class {
  readonly count: number;
  /** Bytes a second that one of them takes at most. */
  readonly most: number;
}

/** Bytes a second for one of each of two classes: an even share, and what those that want less leave over goes to the others. */
function shareLink(link: number, [one, other]: readonly [Class, Class]): readonly [number, number] {
  if (one.count * one.most + other.count * other.most <= link) return [one.most, other.most];
  const fair = link / (one.count + other.count);
  if (one.most <= fair) return [one.most, (link - one.count * one.most) / other.count];
  if (other.most <= fair) return [(link - other.count * other.most) / one.count, other.most];
  return [fair, fair];
}

interface Station<T> {
  /** Lets a step pass in which each does `rate` jobs a second, takes those who come, gives those who are through. */
  readonly step: (entering: readonly T[], rate: number, now: number) => readonly T[];
  readonly count: () => number;
  /** Seconds that one of them was inside at most. */
  readonly longest: () => number;
}

/** All jobs are alike and go on alike, so they leave in the order they came. */
function createStation<T>(): Station<T> {
  const inside: { readonly job: T; readonly until: number; readonly since: number }[] = [];
  let [head, served, longest] = [0, 0, 0];
  return {
    count: () => inside.length - head,
    longest: () => longest,
    step: (entering, rate, now) => {
      const through: T[] = [];
      if (inside.length > head) served += rate * STEP;
      for (let first = inside[head]; first !== undefined && first.until <= served + 1e-9; first = inside[head]) {
        through.push(first.job);
        longest = Math.max(longest, now - first.since);
        head += 1;
      }
      for (const job of entering) inside.push({ job, until: served + 1, since: now });
      return through;
    },
  };
}

/** mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
