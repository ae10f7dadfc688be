/** A row, a litetree, an init script or the local disks of one node's last boot. Milliseconds and bytes. */
export interface Piece {
  readonly node: string;
  readonly phase: string;
  /** The path of a row; `litetree 2`, `init script 10-scratch`, `local disks`. */
  readonly name: string;
  readonly ms: number;
  /** Of rows: what was copied, the option's three words, the sources. */
  readonly bytes?: number;
  readonly option?: string;
  readonly origin?: string;
  readonly detail?: string;
}

/** How long a piece took on all nodes that have it; `bytes` is the median of what was copied. */
export interface PieceTimes {
  readonly phase: string;
  readonly name: string;
  readonly nodes: number;
  readonly p50: number;
  readonly p95: number;
  readonly bytes: number;
  readonly slowest: { readonly node: string; readonly took: number };
}

/** What made a node slow: a piece that took much longer than on half of the nodes. */
export interface Culprit extends Piece {
  readonly p50: number;
  readonly p50Bytes: number;
  /** Rows that were made in the same pass, and share its time. */
  readonly together: number;
}

/**
 * What to blame for the `excess` milliseconds that a phase took longer on a node than on half of all: pieces that make up a fifth of it or more, at most three.
 * Of rows made in one pass, the one with the most bytes above what is usual stands for all of them.
 */
export function blame(excess: number, pieces: readonly Piece[], times: ReadonlyMap<string, PieceTimes>): readonly Culprit[] {
  const suspects = pieces.map((piece) => suspect(piece, times.get(piece.name))).filter(({ ms, p50 }) => ms - p50 >= excess / 5);
  const culprits: Culprit[] = [];
  let left = [...suspects].sort((one, other) => moreBytes(other) - moreBytes(one) || other.ms - other.p50 - (one.ms - one.p50) || (one.name < other.name ? -1 : 1));
  for (let first = left[0]; first !== undefined && culprits.length < MOST; first = left[0]) {
    const passes = new Set(passesOf(first));
    const others = left.filter((each) => !passesOf(each).some((pass) => passes.has(pass)));
    culprits.push({ ...first, together: left.length - others.length - 1 });
    left = others;
  }
  return culprits;
}

// --- internal ---

const MOST = 3;

/** A piece that no other node has is compared with nothing. */
function suspect(piece: Piece, times: PieceTimes | undefined): Omit<Culprit, 'together'> {
  const isCompared = times !== undefined && times.nodes > 1;
  return { ...piece, p50: isCompared ? times.p50 : 0, p50Bytes: isCompared ? times.bytes : 0 };
}

const moreBytes = ({ bytes = 0, p50Bytes }: Omit<Culprit, 'together'>): number => bytes - p50Bytes;

/** The passes of rc.statelite whose time a row shows (its row_ms); of other pieces their name. */
function passesOf({ name, option, origin = '' }: Pick<Piece, 'name' | 'option' | 'origin'>): readonly string[] {
  const [storage, mode, mechanism] = option?.split(',') ?? [];
  const placing = mechanism === 'bind' ? 'mounts' : 'links';
  if (storage === undefined) return [name];
  if (mechanism === 'overlay') return ['links', 'mounts'];
  if (storage !== 'tmpfs') return [origin === 'store' ? placing : 'store'];
  if (mode === 'con') return ['links'];
  if (mode === 'ro') return [placing];
  return origin.split('+');
}
