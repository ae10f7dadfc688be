import { join } from 'node:path';
import type { Environment, ILoader } from 'nunjucks';
import { StateliteError } from '../errors.ts';
import { asset } from '../system/assets.ts';
import type { Files } from '../system/files.ts';

/** Fills a boot-loader template: `render('pxelinux.njk', data)`. Throws TEMPLATE_INVALID for a broken template or a name without a value. */
export type Render = (template: string, data: object) => string;

/** Loads the template engine. A file in `<installdir>/custom/netboot/templates/` wins over the shipped one of the same name. */
export async function openTemplates(files: Files, installdir: string): Promise<Render> {
  const { default: nunjucks } = await import('nunjucks');
  const directories = [join(installdir, 'custom', TEMPLATES), asset(TEMPLATES)];
  const loader: ILoader = {
    getSource: (name) => {
      for (const path of directories.map((directory) => join(directory, name))) {
        const src = files.readTextIfThere(path);
        if (src !== undefined) return { src, path, noCache: false };
      }
      throw new StateliteError('TEMPLATE_INVALID', `there is no template ${name} in ${directories.join(' or ')}`);
    },
  };
  const environment: Environment = new nunjucks.Environment(loader, { autoescape: false, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true });
  return (template, data) => {
    try {
      return environment.render(template, data);
    } catch (cause) {
      if (cause instanceof StateliteError) throw cause;
      const problem = (cause instanceof Error ? cause.message : String(cause)).replace(/\s*\n\s*/g, ' ');
      throw new StateliteError('TEMPLATE_INVALID', `template ${template} cannot be filled: ${problem}`, { cause, hint: `compare it with ${asset(join(TEMPLATES, template))}` });
    }
  };
}

// --- internal ---

const TEMPLATES = 'netboot/templates';
