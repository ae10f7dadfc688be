import type { Advice } from './advice.ts';
import { GIGABIT, TIME_OUTS, USABLE, type Capacity, type ceiling, type Demand, type StormCourse } from './simulate.ts';

export interface StormAnswer extends Advice {
  readonly image: string;
  readonly nodes: number;
  readonly demand: Demand;
  /** Where the figures of NFS are from. */
  readonly source: string;
  readonly capacity: Capacity;
  readonly alone: number;
  readonly ceiling: ReturnType<typeof ceiling>;
}

/** What liteplan --storm prints, for 80 columns. */
export function renderStorm({ image, nodes, demand, source, capacity, alone, ceiling: most, use, why, pace, wave, course, allAtOnce, moreServers }: StormAnswer): string {
  const gigabits = `${Number((capacity.link / GIGABIT / USABLE).toFixed(3))} Gb/s`;
  const waves = `${count(wave.nodes)} nodes every ${wave.seconds} s (${pace.toFixed(1)} a second)`;
  return [
    `${count(nodes)} nodes boot ${image} from ${count(capacity.servers)} ${capacity.servers === 1 ? 'server' : 'servers'}`,
    '',
    fact('a server gives', `${gigabits}, ${count(capacity.nfsOperations)} NFS operations and ${count(capacity.connections)} requests a second`),
    fact('a boot asks for', `${megabytes(demand.bootBytes)} of kernel and initrd, ${count(demand.connections)} requests to statelited, ${megabytes(demand.nfsBytes)} by ${count(demand.nfsOperations)} NFS operations (as ${source})`),
    fact('one by itself', `up ${duration(alone)} after power-on`),
    fact('bottleneck', `${RESOURCES[most.resource]}: ${most.perSecond.toFixed(1)} nodes a second in the long run; ${count(nodes)} nodes keep them busy for ${duration(nodes / most.perSecond)} in any case`),
    '',
    fact('to use', use === 'at once' ? 'no staggering: all at once' : waves),
    fact('because', REASONS[why](course, allAtOnce)),
    '',
    ...(wave.seconds === 0 ? [] : [...result(waves, course), fact('  busy', `links ${percent(course.busy.link)}, NFS ${percent(course.busy.nfs)}, statelited ${percent(course.busy.statelited)} while nodes are switched on`), '']),
    ...result('all at once', allAtOnce),
    '',
    ...(moreServers.length === 0 ? [] : [fact('more servers', 'all are up'), ...moreServers.map(({ servers, total }) => fact('', `after ${duration(total)} with ${count(servers)}`)), '']),
    fact('not in this', 'how many boot files the TFTP server gives out at once (dnsmasq: 50 unless tftp-max says more; HTTP has no such bound), DHCP, switches between, litetree and store servers, what else the network carries, and the current that nodes draw when they start together'),
  ].join('\n');
}

// --- internal ---

const RESOURCES = { link: 'the links of the servers', nfs: 'the NFS operations of the servers', statelited: 'statelited' } as const;

const REASONS: Readonly<Record<Advice['why'], (course: StormCourse, allAtOnce: StormCourse) => string>> = {
  'hardly slower than one by itself': () => '99 of 100 nodes boot in at most 1.5 times the time of one by itself, and no request comes near its time-out',
  'sooner, and in time': (course, allAtOnce) =>
    `all are up ${duration(course.total - allAtOnce.total)} sooner than at the pace below, and no request comes near its time-out; single nodes boot faster at that pace`,
  'not in time': (_course, { waits }) => `all at once, requests come near their time-outs or over them, and each that is tried again adds to the load: ${
    WAITS.filter(([wait, limit]) => waits[wait] > limit / 2).map(([wait, limit, name]) => `${name} waits up to ${duration(waits[wait])}, and is given up after ${limit} s`).join('; ')}`,
  'as soon, and each node sooner': (course, allAtOnce) =>
    `all are up ${duration(allAtOnce.total - course.total)} sooner than all at once, a node takes ${duration(course.p50)} instead of ${duration(allAtOnce.p50)}, and ${count(course.atOnce)} are under way instead of ${count(allAtOnce.atOnce)}`,
};

const WAITS = [['plan', TIME_OUTS.plan, 'a plan'], ['mount', TIME_OUTS.mount, 'an NFS mount']] as const;

function result(how: string, { total, p50, p99, slowest, atOnce, waits }: StormCourse): readonly string[] {
  return [
    `${how}:`,
    fact('  all are up', `after ${duration(total)}, at most ${count(atOnce)} under way at once`),
    fact('  a node takes', `${duration(p50)} (median), 99 of 100 ${duration(p99)}, the slowest ${duration(slowest)}`),
    fact('  longest wait', `kernel and initrd ${wait(waits.load)}`),
    ...WAITS.map(([key, limit, name]) => fact('', `${name} ${wait(waits[key])}, given up after ${limit} s`)),
  ];
}

const NAMES = 17;
const WIDTH = 80;

/** `name:  text`, the text in lines of its own column. */
function fact(name: string, text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || NAMES + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, index) => (index === 0 && name !== '' ? `${name}:` : '').padEnd(NAMES) + line).join('\n');
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const count = (number: number): string => number.toLocaleString('en');

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const wait = (seconds: number): string => (seconds < 1 ? 'under 1 s' : duration(seconds));

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return whole < 7200 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}
