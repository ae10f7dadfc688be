import type { Verb } from '../lib/command.ts';

type Load = () => Promise<{ readonly verb: Verb<never> }>;

/** Every verb with a one-line description for `statelite --help`; its file is loaded only when it runs. */
export const VERBS: Readonly<Record<string, { readonly describe: string; readonly load: Load }>> = {
};
