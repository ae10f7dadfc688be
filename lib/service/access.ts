import type { Cluster } from '../cluster/cluster.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { perlPattern } from '../cluster/perl-pattern.ts';
import { once } from '../cluster/remember.ts';
import type { Row } from '../../tables/table.ts';

/** What the policy table says of a node's request. */
export interface Decision {
  readonly allowed: boolean;
  /** The row that decided, or that none did: `policy row priority=4.7 allows litetree`. */
  readonly reason: string;
}

/** A request as the policy sees it: a node asking about itself. */
export interface NodeRequest {
  readonly node: string;
  readonly address: string;
  /** xCAT arguments; none for a plan. */
  readonly parameters?: readonly string[];
}

/** Allowed only when every one of the commands is; the reason is then the first refusal. */
export type Access = (request: NodeRequest, ...commands: readonly string[]) => Decision;

/**
 * Reads the policy table once for a snapshot. Rows are tried in numeric order of priority; the first that fits decides, none means no
 * (xCAT's rule). A node has no certificate, so a row with a name, `*` included, is never about it. A row that cannot be read refuses.
 */
export function compileAccess(cluster: Cluster): Access {
  const rules = cluster.rows('policy').map((row) => compileRule(cluster, row)).sort((a, b) => a.priority - b.priority);
  const decide = (request: NodeRequest, command: string): Decision => {
    for (const rule of rules) {
      try {
        if (rule.fits(request, command)) return { allowed: rule.allows, reason: `${rule.where} ${rule.allows ? 'allows' : 'refuses'} ${command}` };
      } catch (error) {
        return { allowed: false, reason: `${rule.where} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
      }
    }
    return { allowed: false, reason: `no policy row allows ${command}` };
  };
  return (request, ...commands) => {
    const decisions = commands.map((command) => decide(request, command));
    return decisions.find(({ allowed }) => !allowed) ?? { allowed: true, reason: decisions.map(({ reason }) => reason).join(', ') };
  };
}

// --- internal ---

interface Rule {
  readonly where: string;
  readonly priority: number;
  readonly allows: boolean;
  readonly fits: (request: NodeRequest, command: string) => boolean;
}

function compileRule(cluster: Cluster, { priority = '', name, host, commands, parameters, noderange, rule = '' }: Row): Rule {
  const isFor = isSet(commands) ? new Set(commands.split(',').map((command) => command.trim())) : undefined;
  const pattern = once(() => (isSet(parameters) ? perlPattern(parameters, fail) : undefined));
  const nodes = once(() => (isSet(noderange) ? new Set(expandNoderange(cluster, noderange)) : undefined));
  return {
    where: `policy row priority=${priority}`,
    priority: Number.parseFloat(priority) || 0,
    allows: /^(allow|trusted)$/i.test(rule),
    fits: (request, command) =>
      name === undefined
      && (!isSet(host) || host === request.node || host === request.address)
      && isFor?.has(command) !== false
      && pattern()?.test(request.parameters?.join(' ') ?? '') !== false
      && nodes()?.has(request.node) !== false,
  };
}

const fail = (why: string): never => {
  throw new Error(`parameters: ${why}`);
};

const isSet = (cell: string | undefined): cell is string => cell !== undefined && cell !== '*';
