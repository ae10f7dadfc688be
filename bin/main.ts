import type { AnyVerb, Context, Result } from '../lib/command.ts';
import { renderError, StateliteError } from '../lib/errors.ts';
import { STDIN } from '../lib/system/stdin.ts';
import { createSystem } from '../lib/system/system.ts';
import { loadVerbs, PROGRAMS, VERBS } from './verbs.ts';

/** Runs one command line: called as `liteimg …` or `statelite liteimg …`. Prints, and returns the exit code. */
export async function main(program: string, argv: readonly string[]): Promise<number> {
  process.stdout.on('error', leave);
  const isProgram = Object.hasOwn(PROGRAMS, program);
  const called = isProgram ? program : argv[0];
  const load = called !== undefined && Object.hasOwn(VERBS, called) ? VERBS[called] : undefined;
  if (load === undefined) return umbrella(called);
  try {
    const { verb } = await load();
    const result = await (isProgram ? runVerb(program, verb, argv) : runVerb(`statelite ${String(called)}`, verb, argv.slice(1)));
    if (result.output !== '') process.stdout.write(`${result.output}\n`);
    return result.exitCode;
  } catch (error) {
    process.stderr.write(`${renderError(error)}\n`);
    return error instanceof StateliteError && error.code === 'USAGE' ? 2 : 1;
  }
}

// --- internal ---

// A reader that has enough, such as `| head`, is no failure; a full disk is.
function leave(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`Error: the output could not be written: ${error.code ?? error.message}\n  Hint: see that the disk it goes to is not full\n`);
  process.exit(1);
}

async function umbrella(called: string | undefined): Promise<number> {
  if (called === undefined || called === '--help' || called === '-h' || called === 'help') {
    const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
    const list = (await loadVerbs()).map(({ name, verb }) => `  ${name.padEnd(width)}  ${verb.describe}`);
    process.stdout.write(`${['statelite <command> [arguments]', '', 'Commands:', ...list, '', 'statelite <command> --help tells more, statelite man <command> as a page.'].join('\n')}\n`);
    return 0;
  }
  process.stderr.write(`Error: there is no command ${called}\n  Hint: statelite --help lists the commands\n`);
  return 2;
}

async function runVerb(name: string, verb: AnyVerb, argv: readonly string[]): Promise<Result> {
  const { default: yargs } = await import('yargs');
  let result: Promise<Result> = Promise.resolve({ exitCode: 0, output: '' });
  const parser = yargs(argv.map((word) => (word === '-' ? STDIN : word)))
    .scriptName(name)
    .usage(`$0${verb.command.replace(/^\S+/, '')}\n\n${verb.describe}`)
    .command({
      command: verb.command.replace(/^\S+/, '$0'),
      describe: verb.describe,
      builder: verb.builder,
      handler: (args) => { result = verb.handler(args as never, context()); },
    })
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'parse-positional-numbers': false, 'parse-numbers': false })
    .strict()
    .version(false)
    .wrap(Math.min(100, process.stdout.isTTY ? process.stdout.columns : 100))
    .alias('help', 'h')
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string, error: Error | undefined) => {
      if (error) throw error;
      const told = message.startsWith('Not enough non-option arguments') ? `an argument is missing, wanted: ${name}${verb.command.replace(/^\S+/, '')}` : message;
      throw new StateliteError('USAGE', told, { hint: `${name} --help shows the usage` });
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    if (error instanceof StateliteError) throw error;
    throw new StateliteError('USAGE', error instanceof Error ? error.message : String(error), { hint: `${name} --help shows the usage`, cause: error });
  }
  return result;
}

function context(): Context {
  return {
    system: createSystem(),
    notice: (line) => process.stderr.write(`${line}\n`),
    print: (line) => process.stdout.write(`${line}\n`),
    terminal: process.stderr.isTTY,
  };
}
