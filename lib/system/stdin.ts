/** What the file argument `-` reaches a verb as: yargs would lose a lone dash. */
export const STDIN = '/dev/stdin';

/** Everything that comes on stdin, as text. */
export async function readStdin(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
}
