import { sql as tables } from './0001_tables.ts';
import { sql as firstRows } from './0002_first_rows.ts';
import { sql as boots } from './0003_boots.ts';
import { sql as keptTables } from './0004_kept_tables.ts';
import { sql as nfsRootOptions } from './0005_nfsrootopts.ts';
import { sql as bootNfs } from './0006_boot_nfs.ts';
import { sql as localDisks } from './0007_local_disks.ts';
import { sql as overlays } from './0008_overlays.ts';
import { sql as bootParts } from './0011_boot_parts.ts';
import { sql as power } from './0010_power.ts';
import { sql as scriptRules } from './0012_script_rules.ts';

/** All migrations, oldest first; the version of a database is how many of them it has had. Only ever append. */
export const MIGRATIONS: readonly string[] = [tables, firstRows, boots, keptTables, nfsRootOptions, bootNfs, localDisks, overlays, bootParts, power, scriptRules];
