import { StateliteError } from '../errors.ts';
import type { System } from './system.ts';

/**
 * Opens a file in the editor that the first set one of `variables` names, else in vim, vi or nano; back when it has ended. Throws USAGE when none is
 * named and there is no terminal, as such an editor would wait for ever; TOOL_MISSING, and COMMAND_FAILED when the editor failed.
 */
export async function openEditor({ run, env }: Pick<System, 'run' | 'env'>, path: string, variables: readonly string[]): Promise<void> {
  const chosen = variables.map((name) => env[name]?.trim() ?? '').find((editor) => editor !== '');
  if (chosen === undefined && !(process.stdin.isTTY && process.stdout.isTTY)) {
    throw new StateliteError('USAGE', 'there is no terminal to edit on', { hint: `${variables.join(' or ')} names a program that edits without one` });
  }
  for (const editor of chosen === undefined ? ['vim', 'vi', 'nano'] : [chosen]) {
    const [program = '', ...args] = editor.split(/\s+/);
    try {
      await run(program, [...args, path], { stdio: 'inherit' });
      return;
    } catch (error) {
      if (chosen !== undefined || !(error instanceof StateliteError) || error.code !== 'TOOL_MISSING') throw error;
    }
  }
  throw new StateliteError('TOOL_MISSING', 'no editor was found: neither vim nor vi nor nano is installed', { hint: `export ${variables.at(-1) ?? 'EDITOR'}=<program>` });
}
