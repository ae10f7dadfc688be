import { aloneSeconds, bestPace, isInTime, simulate, type Capacity, type Demand, type StormCourse } from './simulate.ts';

/** How to switch nodes on, and what comes of it. Seconds; nodes a second. */
export interface Advice {
  /** What to use. `at once`: nothing speaks against it, and no pace has all up sooner; `staggered`: at the pace. */
  readonly use: 'at once' | 'staggered';
  readonly why: 'hardly slower than one by itself' | 'sooner, and in time' | 'not in time' | 'as soon, and each node sooner';
  /** The fastest pace that is easy on single nodes, and the same as waves that are easily typed. */
  readonly pace: number;
  readonly wave: { readonly nodes: number; readonly seconds: number };
  readonly course: StormCourse;
  readonly allAtOnce: StormCourse;
  /** With more servers, used in the better of the two ways: when all are up. */
  readonly moreServers: readonly { readonly servers: number; readonly total: number }[];
}

/** Plays all at once and the best even pace, and weighs them. */
export function advise(demand: Demand, capacity: Capacity, nodes: number): Advice {
  const pace = bestPace(demand, capacity, nodes, PATIENCE);
  const course = simulate(demand, capacity, { nodes, perSecond: pace });
  const allAtOnce = simulate(demand, capacity, { nodes, perSecond: nodes });
  const why = weigh(pace, nodes, course, allAtOnce);
  return { use: why === 'not in time' || why === 'as soon, and each node sooner' ? 'staggered' : 'at once', why, pace, wave: waveOf(pace, nodes), course, allAtOnce, moreServers: moreServers(demand, capacity, nodes, Math.min(course.total, allAtOnce.total)) };
}

// --- internal ---

/** A boot may take half as long again as one by itself. */
const PATIENCE = 1.5;
/** Servers are doubled until all are up in hardly more than the time of one node. */
const ENOUGH = 1.2;
const MOST_DOUBLINGS = 5;

function weigh(pace: number, nodes: number, course: StormCourse, allAtOnce: StormCourse): Advice['why'] {
  if (pace >= nodes) return 'hardly slower than one by itself';
  if (!isInTime(allAtOnce)) return 'not in time';
  return allAtOnce.total < course.total ? 'sooner, and in time' : 'as soon, and each node sooner';
}

function moreServers(demand: Demand, capacity: Capacity, nodes: number, total: number): Advice['moreServers'] {
  const found: { servers: number; total: number }[] = [];
  const enough = aloneSeconds(demand, capacity) * ENOUGH;
  let best = total;
  for (let servers = capacity.servers * 2; best > enough && found.length < MOST_DOUBLINGS && servers <= nodes; servers *= 2) {
    const more = { ...capacity, servers };
    const allAtOnce = simulate(demand, more, { nodes, perSecond: nodes });
    const paced = simulate(demand, more, { nodes, perSecond: bestPace(demand, more, nodes, PATIENCE) });
    best = isInTime(allAtOnce) ? Math.min(allAtOnce.total, paced.total) : paced.total;
    found.push({ servers, total: best });
  }
  return found;
}

/** The same pace as waves: so many nodes every so many seconds. */
function waveOf(pace: number, nodes: number): Advice['wave'] {
  const seconds = pace >= 1 ? 10 : Math.ceil(10 / pace);
  return pace >= nodes ? { nodes, seconds: 0 } : { nodes: Math.min(nodes, Math.max(1, Math.floor(pace * seconds))), seconds };
}
