import type { Row } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { nodeColumn } from './columns.ts';
import { readCondition, selectNodes, type Selection } from './selection.ts';

/**
 * All groups with their members, sorted: those of nodelist.groups, of nodegroup.membergroups, and of dynamic groups, whose members are
 * the nodes that fit every condition of nodegroup.wherevals. Throws ROW_INVALID for wherevals that cannot be read.
 */
export function collectGroups(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const members = staticGroups(cluster);
  const rows = new Map(cluster.rows('nodegroup').map((row) => [row['groupname'] ?? '', row]));
  for (const [group, row] of rows) {
    const dynamic = row['grouptype'] === 'dynamic' ? dynamicMembers(cluster, row) : [];
    if (dynamic.length > 0 || !members.has(group)) members.set(group, union(members.get(group) ?? [], dynamic));
  }
  const own = new Map(members);
  for (const group of rows.keys()) {
    const below = groupsBelow(group, rows);
    if (below.size > 1) members.set(group, union(...[...below].map((name) => own.get(name) ?? [])));
  }
  for (const list of members.values()) Object.freeze(list);
  return members;
}

// --- internal ---

function staticGroups(cluster: Cluster): Map<string, readonly string[]> {
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

function dynamicMembers(cluster: Cluster, row: Row): readonly string[] {
  const written = row['wherevals'] ?? '';
  const fail = (reason: string): never => {
    throw new StateliteError('ROW_INVALID', `nodegroup row groupname=${row['groupname'] ?? ''}: wherevals "${written}" cannot be used: ${reason}`, {
      hint: 'wanted: attribute==value, or != =~ !~, several joined by ::',
    });
  };
  const conditions = written.split('::').map((condition): Selection => {
    const { attribute, operator, value } = readCondition(condition) ?? fail(condition.trim() === '' ? 'a condition is empty' : `${condition} is no condition`);
    const column = nodeColumn(cluster, attribute);
    return 'name' in column ? { column: column.name, operator, value } : fail(column.problem);
  });
  return conditions
    .map((condition) => new Set(selectNodes(cluster, condition, fail)))
    .reduce<readonly string[]>((nodes, fitting) => nodes.filter((node) => fitting.has(node)), cluster.nodes);
}

/** The group itself and all its membergroups, theirs too; a circle ends where it began. */
function groupsBelow(group: string, rows: ReadonlyMap<string, Row>, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(group)) return seen;
  seen.add(group);
  for (const below of (rows.get(group)?.['membergroups'] ?? '').split(',')) {
    if (below.trim() !== '') groupsBelow(below.trim(), rows, seen);
  }
  return seen;
}

const union = (...lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort();
