/** What nodes said of their last boot, in memory: the newest report of each node, the oldest ones dropped when they take too much. */
export interface Reports {
  readonly put: (node: string, text: string) => void;
  readonly last: (node: string) => string | undefined;
}

/** Keeps at most `limit` characters of reports. */
export function createReports(limit: number): Reports {
  const kept = new Map<string, string>();
  let size = 0;
  const drop = (node: string): void => {
    size -= kept.get(node)?.length ?? 0;
    kept.delete(node);
  };
  return {
    put: (node, text) => {
      drop(node);
      kept.set(node, text);
      size += text.length;
      for (const oldest of kept.keys()) {
        if (size <= limit) break;
        drop(oldest);
      }
    },
    last: (node) => kept.get(node),
  };
}
