import type { Row } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import type { Cluster, OsImage } from './cluster.ts';
import { once, remember } from './remember.ts';

/** Answers which images there are and which one a node boots. */
export function createImages(cluster: () => Cluster): Pick<Cluster, 'image' | 'imageOf'> {
  const osimages = once(() => rowsByImage(cluster().rows('osimage')));
  const linuximages = once(() => rowsByImage(cluster().rows('linuximage')));
  const image = remember((name: string): OsImage | undefined => {
    const osimage = osimages().get(name);
    return osimage && createImage(name, osimage, linuximages().get(name) ?? {}, cluster().site('installdir') ?? '');
  });

  const imageOf = (node: string): OsImage => {
    if (!cluster().isNode(node)) {
      throw new StateliteError('NODE_UNKNOWN', `${node} is not in nodelist`, { hint: `define it: mkdef -t node ${node} groups=all` });
    }
    const of = (column: string): string => cluster().attribute(node, `nodetype.${column}`)?.value ?? '';
    const method = of('provmethod');
    const named = image(method);
    if (named) return named;
    if (!GENERIC_METHODS.has(method)) {
      const from = cluster().attribute(node, 'nodetype.provmethod')?.from ?? node;
      throw new StateliteError('IMAGE_UNKNOWN', `${node}: the image ${method} (nodetype row ${from}, column provmethod) is not in the osimage table`, {
        hint: `tabdump osimage lists the images; nodeset ${node} osimage=<image> sets one`,
      });
    }
    const [os, arch, profile] = [of('os'), of('arch'), of('profile')];
    const missing = Object.entries({ os, arch, profile }).filter(([, value]) => value === '').map(([column]) => column);
    if (missing.length > 0) {
      throw new StateliteError(
        'NODE_INCOMPLETE',
        `${node} does not have os, arch, or profile defined in nodetype table: ${missing.join(', ')} unset for the node and its groups`,
        { hint: `chdef -t node ${node} ${missing.map((column) => `${column}=<value>`).join(' ')}, or nodeset ${node} osimage=<image>` },
      );
    }
    const names = [`${os}-${arch}-statelite-${profile}`, `${os}-${arch}-${profile}`];
    const found = names.map(image).find((one) => one !== undefined);
    if (found) return found;
    throw new StateliteError('IMAGE_UNKNOWN', `${node}: neither ${names.join(' nor ')} is in the osimage table (from nodetype os, arch, profile)`, {
      hint: `make it: genimage -o ${os} -a ${arch} -p ${profile} -m statelite`,
    });
  };
  return { image, imageOf };
}

// --- internal ---

/** Values of nodetype.provmethod that name no image but a way to boot. */
const GENERIC_METHODS: ReadonlySet<string> = new Set(['', 'statelite', 'netboot', 'install']);

const rowsByImage = (rows: readonly Row[]): ReadonlyMap<string, Row> => new Map(rows.map((row) => [row['imagename'] ?? '', row]));

function createImage(name: string, osimage: Row, linuximage: Row, installdir: string): OsImage {
  const [os = '', arch = '', profile = ''] = [osimage['osvers'], osimage['osarch'], osimage['profile']];
  const written = linuximage['rootimgdir'] ?? '';
  if (written === '' && [os, arch, profile].includes('')) {
    throw new StateliteError('ROW_INVALID', `osimage row imagename=${name}: its directory is not known: linuximage.rootimgdir is unset and so is one of osvers, osarch, profile`, {
      hint: `chdef -t osimage ${name} rootimgdir=<directory>`,
    });
  }
  const directory = written === '' ? `${installdir}/netboot/${os}/${arch}/${profile}` : written;
  return Object.freeze({
    name, os, arch, profile, osimage, linuximage,
    groups: Object.freeze((osimage['groups'] ?? '').split(',').map((group) => group.trim()).filter(Boolean)),
    directory: directory.replace(/(?<=.)\/+$/, ''),
  });
}
