import { posix } from 'node:path';
import type { ImageView } from './image-view.ts';

/** A unit of systemd that a node starts by itself. */
export interface Unit {
  /** As it is started: `getty@tty1.service`. */
  readonly name: string;
  /** Words of a setting of any section, in order; several lines of it are one list. */
  words(setting: string): readonly string[];
  /** True for a setting that is yes. */
  is(setting: string): boolean;
}

/** Every unit of an image that is reached from default.target: wanted or required by one, or started by a socket, timer or path of one. */
export function startedUnits(view: ImageView): readonly Unit[] {
  const found = new Map<string, Unit>();
  const pending = ['default.target'];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    const unit = readUnit(view, name);
    if (unit === undefined) continue;
    found.set(name, unit);
    const directories = [name, unit.name].flatMap((each) => [`${each}.wants`, `${each}.requires`]);
    pending.push(...DIRECTORIES.flatMap((directory) => directories.flatMap((each) => view.names(`${directory}/${each}`))));
    pending.push(...['Wants', 'Requires', 'BindsTo', 'Requisite'].flatMap((setting) => unit.words(setting)), ...startedBy(unit));
  }
  return [...new Map([...found.values()].map((unit) => [unit.name, unit])).values()].sort((one, two) => (one.name < two.name ? -1 : 1));
}

// --- internal ---

/** Where units are looked for, the first that has one wins. */
const DIRECTORIES: readonly string[] = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

// A unit by name, an alias by its own, an instance by its template; none when there is no file or it is masked.
function readUnit(view: ImageView, name: string): Unit | undefined {
  const template = name.replace(/@.+(?=\.\w+$)/, '@');
  const names = [...new Set([name, template])];
  for (const candidate of names) {
    for (const directory of DIRECTORIES) {
      const place = view.find(`${directory}/${candidate}`);
      if (place.real === '/dev/null') return undefined;
      if (place.node?.fact.type !== 'file') continue;
      const own = posix.basename(place.real).includes('@.') ? name : posix.basename(place.real);
      const parts = names.flatMap((each) => DIRECTORIES.map((above) => `${above}/${each}.d`)).flatMap((above) => view.names(above).filter((file) => file.endsWith('.conf')).map((file) => `${above}/${file}`));
      return unitOf(own, [place.real, ...parts].map((path) => view.read(path) ?? ''));
    }
  }
  return undefined;
}

function unitOf(name: string, texts: readonly string[]): Unit {
  const settings = new Map<string, string[]>();
  for (const line of texts.flatMap((text) => text.replace(/\\\n/g, ' ').split('\n'))) {
    const [, key, value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    settings.set(key, value === '' ? [] : [...settings.get(key) ?? [], ...value.split(/\s+/)]);
  }
  const words = (setting: string): readonly string[] => settings.get(setting) ?? [];
  return { name, words, is: (setting) => /^(1|yes|true|on|connected|disconnected)$/i.test(words(setting).at(-1) ?? '') };
}

function startedBy(unit: Unit): readonly string[] {
  const [, stem = '', type] = /^(.*)\.(socket|timer|path)$/.exec(unit.name) ?? [];
  if (type === undefined) return [];
  const named = unit.words(type === 'socket' ? 'Service' : 'Unit');
  return named.length > 0 ? named : [unit.is('Accept') ? `${stem}@.service` : `${stem}.service`];
}
