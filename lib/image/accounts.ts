/** The account files of a tree, as texts; without gshadow where there is none. */
export interface AccountTexts {
  readonly passwd: string;
  readonly group: string;
  readonly shadow: string;
  readonly gshadow?: string;
}

/** An account or group that is not the same in both; the image's stays. */
export interface AccountConflict {
  readonly text: string;
  /** True for ids from 1000 on: files of people on shared storage would belong to somebody else. */
  readonly serious: boolean;
}

export interface AccountMerge {
  readonly texts: AccountTexts;
  /** One line each, for people. */
  readonly added: readonly string[];
  readonly conflicts: readonly AccountConflict[];
}

/**
 * Puts the accounts and groups of `from` (texts of passwd and group) that an image lacks into its account files, by name. Nothing of the
 * image is removed or renumbered. New accounts have no password: their shadow entry is `*`, so keys work and passwords do not.
 */
export function mergeAccounts(image: AccountTexts, from: Pick<AccountTexts, 'passwd' | 'group'>): AccountMerge {
  const groups = mergeGroups(image, entriesOf(from.group, 4));
  const users = mergeUsers(image, entriesOf(from.passwd, 7), entriesOf(groups.text, 4), entriesOf(from.group, 4));
  return {
    texts: {
      passwd: users.text, shadow: users.shadow, group: groups.text,
      ...(groups.gshadow === undefined ? {} : { gshadow: groups.gshadow }),
    },
    added: [...groups.added, ...users.added],
    conflicts: [...groups.conflicts, ...users.conflicts],
  };
}

/** The texts with this hash as root's password. */
export function withRootPassword(texts: AccountTexts, hash: string): AccountTexts {
  const inShadow = entriesOf(texts.shadow, 2).some(([name]) => name === 'root');
  return {
    ...texts,
    passwd: replaceField(texts.passwd, 'root', 1, 'x'),
    shadow: inShadow ? replaceField(texts.shadow, 'root', 1, hash) : appended(texts.shadow, [`root:${hash}::0:99999:7:::`]),
  };
}

/** A field of an account's line, counted from 0. */
export const accountField = (text: string, name: string, index: number): string | undefined => entriesOf(text, index + 1).find(([first]) => first === name)?.[index];

// --- internal ---

type Entry = readonly string[];

const FIRST_OF_PEOPLE = 1000;
const NOBODY = 65534;

const isSerious = (...ids: readonly string[]): boolean => ids.some((id) => Number(id) >= FIRST_OF_PEOPLE && Number(id) !== NOBODY);

// Lines of NIS (`+name`) and lines that are too short are nobody's account.
const entriesOf = (text: string, fields: number): readonly Entry[] =>
  text.split('\n').map((line) => line.split(':')).filter((entry) => entry.length >= fields && /^[^+\-#\s]/.test(entry[0] ?? ''));

function appended(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return text;
  return [text === '' || text.endsWith('\n') ? text : `${text}\n`, ...lines.map((line) => `${line}\n`)].join('');
}

const replaceField = (text: string, name: string, index: number, value: string): string =>
  text.split('\n').map((line) => (line.startsWith(`${name}:`) ? line.split(':').map((field, at) => (at === index ? value : field)).join(':') : line)).join('\n');

const membersOf = (field = ''): readonly string[] => field.split(',').filter((member) => member !== '');

function mergeGroups(image: AccountTexts, wanted: readonly Entry[]) {
  const there = entriesOf(image.group, 4);
  const byName = new Map(there.map((entry) => [entry[0], entry]));
  const nameOfId = new Map(there.map(([name = '', , id = '']) => [id, name]));
  const added: string[] = [];
  const conflicts: AccountConflict[] = [];
  let { group: text, gshadow } = image;
  for (const [name = '', , id = '', members = ''] of wanted) {
    const same = byName.get(name);
    const taken = nameOfId.get(id);
    if (same !== undefined && same[2] !== id) {
      conflicts.push({ text: `group ${name} is gid ${id} here and ${same[2] ?? ''} in the image`, serious: isSerious(id, same[2] ?? '') });
    } else if (same === undefined && taken !== undefined) {
      conflicts.push({ text: `group ${name} is gid ${id} here, which is group ${taken} in the image`, serious: isSerious(id) });
    } else if (same === undefined) {
      text = appended(text, [`${name}:x:${id}:${members}`]);
      if (gshadow !== undefined && accountField(gshadow, name, 0) === undefined) gshadow = appended(gshadow, [`${name}:!::${members}`]);
      nameOfId.set(id, name);
      added.push(`group ${name}, gid ${id}`);
    } else {
      const has = membersOf(same[3]);
      const joining = membersOf(members).filter((member) => !has.includes(member));
      if (joining.length === 0) continue;
      text = replaceField(text, name, 3, [...has, ...joining].join(','));
      if (gshadow !== undefined) gshadow = replaceField(gshadow, name, 3, [...has, ...joining].join(','));
      added.push(`${joining.join(', ')} to group ${name}`);
    }
  }
  return { text, gshadow, added, conflicts };
}

function mergeUsers(image: AccountTexts, wanted: readonly Entry[], groups: readonly Entry[], groupsHere: readonly Entry[]) {
  const there = entriesOf(image.passwd, 7);
  const byName = new Map(there.map((entry) => [entry[0], entry]));
  const nameOfId = new Map(there.map(([name = '', , id = '']) => [id, name]));
  const groupName = (entries: readonly Entry[], id: string): string | undefined => entries.find((entry) => entry[2] === id)?.[0];
  const added: string[] = [];
  const conflicts: AccountConflict[] = [];
  let { passwd: text, shadow } = image;
  for (const [name = '', , id = '', gid = '', ...rest] of wanted) {
    const same = byName.get(name);
    const taken = nameOfId.get(id);
    if (same !== undefined) {
      if (same[2] !== id || same[3] !== gid) {
        conflicts.push({ text: `account ${name} is ${id}:${gid} here and ${same[2] ?? ''}:${same[3] ?? ''} in the image`, serious: isSerious(id, same[2] ?? '') });
      }
    } else if (taken !== undefined) {
      conflicts.push({ text: `account ${name} is uid ${id} here, which is account ${taken} in the image`, serious: isSerious(id) });
    } else if (groupName(groups, gid) !== groupName(groupsHere, gid)) {
      conflicts.push({ text: `account ${name} has gid ${gid}, which is group ${groupName(groupsHere, gid) ?? '(none)'} here and ${groupName(groups, gid) ?? '(none)'} in the image`, serious: isSerious(id, gid) });
    } else {
      text = appended(text, [[name, 'x', id, gid, ...rest].join(':')]);
      if (accountField(shadow, name, 0) === undefined) shadow = appended(shadow, [`${name}:*::0:99999:7:::`]);
      nameOfId.set(id, name);
      added.push(`account ${name}, uid ${id}`);
    }
  }
  return { text, shadow, added, conflicts };
}
