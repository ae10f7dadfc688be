import { StateliteError } from '../lib/errors.ts';
import { meant } from '../lib/nearest.ts';
import type { Column, Table } from './table.ts';
import { bootparams } from './bootparams.ts';
import { chain } from './chain.ts';
import { disklayout } from './disklayout.ts';
import { hosts } from './hosts.ts';
import { ipmi } from './ipmi.ts';
import { linuximage } from './linuximage.ts';
import { litefile } from './litefile.ts';
import { litetree } from './litetree.ts';
import { localdisk } from './localdisk.ts';
import { mac } from './mac.ts';
import { networks } from './networks.ts';
import { nodegroup } from './nodegroup.ts';
import { nodehm } from './nodehm.ts';
import { nodelist } from './nodelist.ts';
import { nodepos } from './nodepos.ts';
import { noderes } from './noderes.ts';
import { nodetype } from './nodetype.ts';
import { osimage } from './osimage.ts';
import { overlays } from './overlays.ts';
import { passwd } from './passwd.ts';
import { policy } from './policy.ts';
import { postscripts } from './postscripts.ts';
import { prescripts } from './prescripts.ts';
import { servicenode } from './servicenode.ts';
import { site } from './site.ts';
import { statelite } from './statelite.ts';
import { vpd } from './vpd.ts';

/** Every table by name, sorted. */
export const TABLES: ReadonlyMap<string, Table> = new Map([
  bootparams, chain, disklayout, hosts, ipmi, linuximage, litefile, litetree, localdisk, mac, networks, nodegroup, nodehm, nodelist,
  nodepos, noderes, nodetype, osimage, overlays, passwd, policy, postscripts, prescripts, servicenode, site, statelite,
  vpd,
].map((table) => [table.name, table]));

/** The table of that name. Throws TABLE_UNKNOWN. */
export function tableOf(name: string): Table {
  const table = TABLES.get(name);
  if (table === undefined) throw new StateliteError('TABLE_UNKNOWN', `Table ${name} does not exist`, { hint: meant(name, TABLES.keys(), 'tabdump lists the tables') });
  return table;
}

/** The column of that table. Throws COLUMN_UNKNOWN. */
export function columnOf(table: Table, name: string): Column {
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined) {
    throw new StateliteError('COLUMN_UNKNOWN', `table ${table.name} has no column ${name}; it has ${table.columns.map((each) => each.name).join(', ')}`,
      { hint: meant(name, table.columns.map((each) => each.name), `tabdump -d ${table.name} describes the columns`) });
  }
  return column;
}
