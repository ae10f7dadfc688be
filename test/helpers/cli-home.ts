import { buildCli, type Cli } from './cli.ts';
import { makeHome, type Home } from './database.ts';

/** A home whose server runs, and the program to use it with; both go with `cleanup`. */
export interface CliHome extends Home {
  readonly cli: Cli;
}

export async function makeCliHome(): Promise<CliHome> {
  const [home, cli] = await Promise.all([makeHome(), buildCli()]);
  return {
    ...home, cli,
    cleanup: async () => {
      cli.remove();
      await home.cleanup();
    },
  };
}
