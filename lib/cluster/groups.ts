import type { Cluster } from './cluster.ts';

/**
 * All groups with their members, sorted: those of nodelist.groups, those of nodegroup.membergroups.
 */
export function collectGroups(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const node of cluster.nodes) {
    for (const group of cluster.groupsOf(node)) {
      const list = members.get(group);
      if (list === undefined) members.set(group, [node]);
      else list.push(node);
    }
  }
  return members;
}
