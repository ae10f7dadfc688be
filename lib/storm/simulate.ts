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
}

export type Resource = 'link' | 'nfs' | 'statelited';

/**
 * Plays a storm in steps of time. A node goes through three stations: it loads kernel and initrd, asks statelited, then reads its root while it starts. At each station all
 * nodes of a server share what it has evenly, no node faster than it could by itself; link and NFS operations of the last one are one station, the scarcer decides. The same seed is the same storm.
 */
export function simulate(demand: Demand, capacity: Capacity, { nodes, perSecond }: Storm, seed = 1): StormCourse {
  const random = createRandom(seed);
  const mine = Array.from({ length: nodes }, (_, node) => node).filter((node) => node % capacity.servers === 0);
  const arrivals = mine.map((node) => ({ on: node / perSecond, at: node / perSecond + demand.firmware * (1 + JITTER * random()) })).sort((one, other) => one.at - other.at);
  const load = demand.bootBytes / Math.min(capacity.nodeLink, capacity.link);
  const reading = Math.max(demand.alone - load, STEP);
  const stations = [
    createStation<{ readonly on: number }>(capacity.link / demand.bootBytes, load),
    createStation<{ readonly on: number }>(capacity.connections / demand.connections, ASKING),
    createStation<{ readonly on: number }>(Math.min(capacity.link / demand.nfsBytes, capacity.nfsOperations / demand.nfsOperations), reading),
  ];
  const took: number[] = [];
  let [next, now, atOnce, last] = [0, 0, 0, 0];
  const work = [0, 0, 0];
  while (took.length < arrivals.length) {
    now += STEP;
    let entering: { readonly on: number }[] = [];
    for (; next < arrivals.length && (arrivals[next]?.at ?? Infinity) <= now; next += 1) entering.push(arrivals[next] ?? { on: 0 });
    stations.forEach((station, index) => {
      const before = station.done();
      entering = station.step(entering);
      if (next < arrivals.length) work[index] = (work[index] ?? 0) + station.done() - before;
    });
    for (const { on } of entering) took.push(now - on);
    if (entering.length > 0) last = now;
    atOnce = Math.max(atOnce, next - took.length);
  }
  took.sort((one, other) => one - other);
  const span = Math.max(arrivals.at(-1)?.at ?? STEP, STEP);
  const [loaded = 0, asked = 0, read = 0] = work.map((each) => each / span);
  return {
    p50: at(took, 0.5), p99: at(took, 0.99), slowest: at(took, 1), total: last, atOnce: atOnce * capacity.servers,
    busy: {
      link: Math.min(1, (loaded * demand.bootBytes + read * demand.nfsBytes) / capacity.link),
      nfs: Math.min(1, read * demand.nfsOperations / capacity.nfsOperations),
      statelited: Math.min(1, asked * demand.connections / capacity.connections),
    },
  };
}

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

/** The fastest even pace at which 99 of 100 nodes boot in at most `patience` times the time one takes by itself. Nodes a second. */
export function bestPace(demand: Demand, capacity: Capacity, nodes: number, patience: number): number {
  const limit = aloneSeconds(demand, capacity) * patience;
  const isGood = (perSecond: number): boolean => simulate(demand, capacity, { nodes, perSecond }).p99 <= limit;
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

/** Seconds of a step; the share by which firmware times differ; seconds that asking takes by itself. */
const STEP = 0.1;
const JITTER = 0.2;
const ASKING = 0.1;

const at = (sorted: readonly number[], share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

interface Station<T> {
  /** Takes those who come, lets a step pass, gives those who are through. */
  readonly step: (entering: T[]) => T[];
  /** Jobs' worth of work done so far. */
  readonly done: () => number;
}

/** Even sharing of `rate` jobs a second; a job needs at least `least` seconds. All jobs are alike, so they leave in the order they came. */
function createStation<T>(rate: number, least: number): Station<T> {
  const inside: { readonly job: T; readonly until: number }[] = [];
  let [head, served, done] = [0, 0, 0];
  return {
    done: () => done,
    step: (entering) => {
      for (const job of entering) inside.push({ job, until: served + 1 });
      const count = inside.length - head;
      if (count === 0) return [];
      const share = Math.min(STEP / least, rate * STEP / count);
      served += share;
      done += share * count;
      const through: T[] = [];
      for (let first = inside[head]; first !== undefined && first.until <= served + 1e-9; first = inside[head]) {
        through.push(first.job);
        head += 1;
      }
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
