import type { BootPlan, PlanRow, Source } from './boot-plan.ts';

/**
 * The plan as the node reads it, lines that a POSIX shell splits with `read` alone (ADR 0004):
 * words first, the free text last and closed by `/`, so that blanks at its end survive. A bind or overlay row is followed by `as`,
 * its path escaped for fstab. The last line `end <lines before it>` shows that nothing is missing.
 */
export function renderPlan(plan: BootPlan): string {
  const lines = [
    'statelite-plan 1',
    `node ${plan.node}`,
    `image ${plan.image}`,
    `hash ${plan.hash}`,
    ...(plan.store === undefined ? [] : [`store ${plan.store.server} ${word(plan.store.options)} ${closed(plan.store.directory)}`]),
    ...plan.sources.map(renderSource),
    ...plan.rows.flatMap(renderRow),
  ];
  return `${lines.join('\n')}\nend ${lines.length}\n`;
}

// --- internal ---

const renderSource = ({ priority, server, options, directory }: Source): string =>
  `source ${priority} ${word(server ?? '')} ${word(options)} ${closed(directory)}`;

function renderRow(row: PlanRow): string[] {
  const place = row.covered ? 'covered' : row.parent === undefined ? 'top' : 'below';
  const line = `row ${row.storage} ${row.mode} ${row.mechanism} ${row.type} ${place} ${closed(row.path)}`;
  return row.mechanism === 'link' ? [line] : [line, `as ${fstabEscape(row.path)}`];
}

/** An empty word would shift the fields. */
const word = (text: string): string => (text === '' ? '-' : text);

const closed = (path: string): string => `${path.replace(/\/+$/, '')}/`;

/** fstab(5): blank, tab, backslash as octal; a path never holds a newline. */
const fstabEscape = (path: string): string =>
  path.replace(/[ \t\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
