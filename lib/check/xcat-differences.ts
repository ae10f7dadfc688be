import { TABLES } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { cellDoubts, keyOf, rowName } from '../../tables/check-row.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { compileRegexColumn, isRegexColumn } from '../cluster/regex-column.ts';
import { expandVariables } from '../cluster/variables.ts';
import { StateliteError } from '../errors.ts';
import { describeRow, levelFor } from '../policy/select.ts';

/** A row that means something else here than in xCAT. */
export interface Difference {
  /** As messages name rows. */
  readonly row: string;
  /** What xCAT 2.17 does with it. */
  readonly xcat: string;
  readonly here: string;
  /** What to do to get xCAT's behaviour, or to be safe. */
  readonly fix: string;
}

/** Rows of tables that came from xCAT which behave differently here, with the reason and what to do. */
export function xcatDifferences(cluster: Cluster): readonly Difference[] {
  const images = cluster.rows('osimage').flatMap(({ imagename = '' }) => attempt(() => cluster.image(imagename)) ?? []);
  return [
    ...cluster.rows('litefile').flatMap((row) => [...ofOption(cluster, row), ...ofPrecedence(cluster, images, row), ...ofDirectory(cluster, row)]),
    ...ofMtab(cluster), ...ofStore(cluster),
    ...cluster.rows('litetree').flatMap((row) => [...ofTree(row), ...ofVariables(cluster, 'litetree', row, 'directory')]),
    ...cluster.rows('statelite').flatMap((row) => ofVariables(cluster, 'statelite', row, 'statemnt')),
    ...cluster.rows('osimage').filter(({ rootfstype }) => rootfstype === 'ramdisk').map((row) => ({
      row: nameOf('osimage', row), xcat: 'the whole root is packed and loaded into RAM', here: 'images are mounted by NFS only, and liteimg refuses this one', fix: `chtab imagename=${row['imagename'] ?? ''} osimage.rootfstype=nfs`,
    })),
    ...[...TABLES.values()].flatMap((table) => cluster.rows(table.name).flatMap((row) => ofDoubts(table, row))),
    ...[...TABLES.values()].filter((table) => table.nodeKeyed === true).flatMap((table) => cluster.rows(table.name).flatMap((row) => ofRegex(table, row))),
  ];
}

// --- internal ---

const nameOf = (table: string, row: Row): string => {
  const known = TABLES.get(table);
  return known === undefined ? table : rowName(known, row);
};

const keyWords = (table: string, row: Row): string => {
  const known = TABLES.get(table);
  return known === undefined ? '' : Object.entries(keyOf(known, row)).map(([key, value]) => `${key}=${value}`).join(' ');
};

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof StateliteError) return undefined;
    throw error;
  }
}

const wordsOf = (row: Row): readonly string[] => (row['options'] ?? '').toLowerCase().split(',').map((word) => word.trim()).filter((word) => word !== '');

function ofOption(cluster: Cluster, row: Row): readonly Difference[] {
  const words = wordsOf(row);
  const set = `chtab ${keyWords('litefile', row)} litefile.options=`;
  const [plain, mechanism] = [words.filter((word) => word !== 'all'), ['link', 'bind', 'overlay'].some((word) => words.includes(word))];
  const bound = plain.length > 0 && !mechanism && plain.join(',') !== 'tmpfs,rw' && cluster.site('litemechanism') !== 'bind';
  return [
    ...words.includes('tempfs') ? [{ row: describeRow(row), xcat: 'liteimg refuses tempfs, though nodes take it for tmpfs', here: 'it is read as tmpfs, with a notice', fix: `${set}${words.join(',').replace('tempfs', 'tmpfs')}` }] : [],
    ...bound ? [{ row: describeRow(row), xcat: `${plain.join(',')} is a bind mount`, here: 'it is a symlink, as in the first statelite', fix: `chtab key=litemechanism site.value=bind, for all rows; or ${set}bind,${plain.join(',')}` }] : [],
    ...words.includes('con') ? [{ row: describeRow(row), xcat: 'the file stays read-only when no tree has it, unless it is a link', here: 'it is always writable', fix: 'nothing, if that is meant; else ro' }] : [],
    ...words.includes('localdisk') ? [{ row: describeRow(row), xcat: 'below a directory in RAM the disk is never seen', here: 'such a pair of rows is refused or works; statelite man tables has the list', fix: 'litecheck tells whether the row can be used' }] : [],
  ];
}

// Rows of an image group, which xCAT ranks last and matches against the whole list of groups.
function ofPrecedence(cluster: Cluster, images: readonly OsImage[], row: Row): readonly Difference[] {
  const cell = row['image'] ?? '';
  const grouped = images.filter((image) => levelFor(image, cell) === 'group');
  if (grouped.length === 0) return [];
  const path = (row['file'] ?? '').replace(/\/+$/, '');
  const general = cluster.rows('litefile').find((other) => levelFor({ name: '', groups: [] }, other['image'] ?? '') === 'all' && (other['file'] ?? '').replace(/\/+$/, '') === path);
  const several = grouped.filter((image) => image.groups.length > 1).map(({ name }) => name);
  return [
    ...general === undefined ? [] : [{ row: describeRow(row), xcat: `${describeRow(general)} wins over it`, here: 'the row of the group wins, as it is more specific', fix: 'keep the row that you mean and remove the other' }],
    ...several.length === 0 ? [] : [{ row: describeRow(row), xcat: `it is not for ${several.join(', ')}, which is in several groups`, here: 'it is for every image of the group', fix: 'see with ilitefile whether that is meant' }],
  ];
}

function ofDirectory(cluster: Cluster, row: Row): readonly Difference[] {
  if (!(row['file'] ?? '').endsWith('/') || wordsOf(row).includes('persistent')) return [];
  const trees = cluster.rows('litetree');
  if (trees.length === 0) return [];
  const several = trees.length > 1;
  return [{
    row: describeRow(row),
    xcat: `a directory in a litetree stands in place of the image's${several ? ', and the tree with the largest priority number wins' : ''}`,
    here: `the directories are merged over the image's${several ? ', and the smallest priority number wins' : ''}`,
    fix: several ? `if files of this directory are in several of the trees ${trees.map(({ priority = '' }) => priority).join(', ')}, turn their priorities round` : 'nothing, unless files of the image must be hidden',
  }];
}

function ofMtab(cluster: Cluster): readonly Difference[] {
  if (cluster.rows('litefile').length === 0) return [];
  const row = cluster.rows('litefile').find(({ file }) => file === '/etc/mtab');
  return [row === undefined
    ? { row: 'litefile', xcat: '/etc/mtab is added to every list as a link', here: 'only what is listed is done', fix: 'nothing: /etc/mtab is a symlink to /proc in every image of today' }
    : { row: describeRow(row), xcat: 'it is a link into RAM whatever its option', here: 'its option counts; a symlink into /proc is left alone', fix: 'remove the row' }];
}

// Nodes that keep persistent rows in RAM without a word in xCAT.
function ofStore(cluster: Cluster): readonly Difference[] {
  const persistent = cluster.rows('litefile').filter((row) => wordsOf(row).includes('persistent'));
  if (persistent.length === 0) return [];
  const without = cluster.nodes.filter((node) => {
    if (attempt(() => cluster.attribute(node, 'statelite.statemnt')) !== undefined) return false;
    const image = attempt(() => cluster.imageOf(node));
    return image !== undefined && persistent.some((row) => levelFor(image, row['image'] ?? '') !== undefined);
  });
  return without.length === 0 ? [] : [{
    row: `statelite, no row for ${formatNoderange(without)}`, xcat: 'persistent files of these nodes lie in RAM and are lost at a reboot', here: 'nodeset refuses the nodes', fix: 'chtab node=<node or group> statelite.statemnt=server:/directory',
  }];
}

function ofTree(row: Row): readonly Difference[] {
  const directory = row['directory'] ?? '';
  return [
    ...(row['mntopts'] ?? '') === '' ? [] : [{ row: nameOf('litetree', row), xcat: 'mntopts is ignored', here: `the tree is mounted with ${row['mntopts'] ?? ''}`, fix: `nothing, if that is meant; else chtab ${keyWords('litetree', row)} litetree.mntopts=` }],
    ...directory.startsWith('/') ? [{ row: nameOf('litetree', row), xcat: 'a directory without a server is never found', here: 'it is a directory of the image', fix: 'nothing, if that is meant; else disable the row' }] : [],
  ];
}

function ofVariables(cluster: Cluster, table: string, row: Row, column: string): readonly Difference[] {
  const text = row[column] ?? '';
  const name = nameOf(table, row);
  if (text.includes('#CMD')) {
    return [{ row: name, xcat: '#CMD is run by a shell as root, at every request', here: 'no table value is run', fix: 'put the result into a column, for example nodepos.comments, and write $nodepos.comments' }];
  }
  const broken = new Map<string, { readonly error: StateliteError; readonly nodes: string[] }>();
  const concerned = table === 'statelite' ? cluster.nodes.filter((node) => cluster.attribute(node, 'statelite.statemnt')?.from === row['node']) : cluster.nodes;
  for (const node of text.includes('$') ? concerned : []) {
    try {
      expandVariables(cluster, node, text, name);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      const [first = error] = error.problems;
      const alike = first.message.replaceAll(node, '$node');
      const entry = broken.get(alike) ?? { error: first, nodes: [] };
      entry.nodes.push(node);
      broken.set(alike, entry);
    }
  }
  const unset = [...broken.values()];
  const nodes = [...new Set(unset.flatMap((each) => each.nodes))];
  const joined = /\$\w+(?:\.\w+)?[^/\s$#:\w.]|\$\w+(?:\.\w+)?\$|\$\{|\$node\./.exec(text)?.[0];
  return [
    ...unset.length === 0 ? [] : [{ row: name, xcat: `the directory of ${formatNoderange(nodes)} has UNDEFINED in it`, here: `an error: ${unset[0]?.error.message.replace(`${name}: `, '') ?? ''}`, fix: unset[0]?.error.hint ?? 'set the value' }],
    ...joined === undefined ? [] : [{ row: name, xcat: `at ${joined} a name goes on to the next /, several variables are joined by a dot, and braces are not known`, here: 'a name ends after its letters and digits, and nothing is put between', fix: 'see with litetree and lslite what the nodes get' }],
  ];
}

// Values that came in as they were, and that no command here can use.
const ofDoubts = (table: Table, row: Row): readonly Difference[] => cellDoubts(table, row).filter(({ column }) => table.nodeKeyed !== true || !isRegexColumn(row[column] ?? '')).map(({ column, reason }) => ({
  row: rowName(table, row), xcat: `${column} is used as it is, or not at all`, here: `${reason}: commands that need it refuse the row`, fix: `correct it: tabedit ${table.name}; or leave it, if no node boots by it`,
}));

function ofRegex(table: Table, row: Row): readonly Difference[] {
  return Object.entries(row).flatMap(([column, value]) => {
    if (!isRegexColumn(value)) return [];
    try {
      compileRegexColumn(value, { table: table.name, column, row: row['node'] ?? '' });
      return [];
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      return [{ row: rowName(table, row), xcat: `${column} is evaluated by Perl`, here: `refused: ${error.message.split(': ').at(-1) ?? ''}`, fix: "write it with + - * / %, parentheses and xCAT's functions, or give each node its value" }];
    }
  });
}
