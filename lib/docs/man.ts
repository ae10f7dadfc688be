import { join } from 'node:path';
import { done, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { asset } from '../system/assets.ts';
import { bootPage, tablesPage, umbrellaPage, verbPage } from './pages.ts';
import { renderManPage, type ManPage } from './roff.ts';
import type { VerbFacts } from './verb-facts.ts';

export interface ManRequest {
  /** A command, `tables`, `boot`, or undefined for statelite(1). */
  readonly page: string | undefined;
  /** Print the page's source instead of showing it. */
  readonly roff: boolean;
  /** Directory to write every page to, as man1/, man5/ and man8/. */
  readonly write: string | undefined;
}

/** Shows a man page by man(1), prints its source, or writes all pages. Throws USAGE for an unknown page, TOOL_MISSING without man. */
export async function man({ page = 'statelite', roff, write }: ManRequest, verbs: readonly VerbFacts[], { system, terminal }: Context): Promise<Result> {
  const { version } = JSON.parse(system.files.readText(asset('package.json'))) as { readonly version: string };
  if (write !== undefined) {
    const pages = [umbrellaPage(verbs), tablesPage(), bootPage(), ...verbs.map(verbPage)];
    for (const each of pages) {
      const directory = join(write, `man${each.section}`);
      system.files.makeDirectories(directory);
      system.files.writeAtomic(join(directory, `${each.name}.${each.section}`), renderManPage(each, version));
    }
    return done(`Wrote ${pages.length} pages below ${write}.`);
  }
  const facts = pageNamed(page, verbs);
  const source = renderManPage(facts, version);
  if (roff) return done(source.trimEnd());
  const directory = system.files.makeTemporaryDirectory('/tmp/statelite-man-');
  try {
    const file = join(directory, `${facts.name}.${facts.section}`);
    system.files.writeAtomic(file, source);
    const { stdout } = await system.run('man', ['-l', file], { stdio: terminal ? 'inherit' : 'pipe' });
    return done(stdout);
  } finally {
    system.files.removeTree(directory);
  }
}

// --- internal ---

function pageNamed(name: string, verbs: readonly VerbFacts[]): ManPage {
  if (name === 'statelite') return umbrellaPage(verbs);
  if (name === 'tables' || name === 'statelite-tables') return tablesPage();
  if (name === 'boot' || name === 'statelite-boot') return bootPage();
  const verb = verbs.find((each) => each.name === name);
  if (verb !== undefined) return verbPage(verb);
  throw new StateliteError('USAGE', `there is no page ${name}`, { hint: 'statelite man lists the commands; statelite man tables describes the tables, statelite man boot how nodes boot' });
}
