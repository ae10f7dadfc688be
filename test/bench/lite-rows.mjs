// The same system calls as lite-rows.c, by Node and nothing else: what liteimg cannot be quicker than while it is JavaScript. Usage: node lite-rows.mjs rootimg <rows
import { chmodSync, lchownSync, linkSync, lstatSync, lutimesSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';

const rows = readFileSync(0, 'utf8').split('\n').filter((row) => row !== '');
const times = new Map();
process.chdir(process.argv[2]);
for (const path of ['.default', '.statelite', '.statelite/tmpfs']) mkdirSync(path);

for (const row of rows) {
  const isDirectory = row.endsWith('/');
  const path = isDirectory ? row.slice(1, -1) : row.slice(1);
  lstatSync(path);
  let slashes = 0;
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    slashes += 1;
    parent(path.slice(0, end));
  }
  times.get(path.slice(0, path.lastIndexOf('/'))).holdsRows = true;
  const up = '../'.repeat(slashes);
  symlinkSync(`../../${up}.default/${path}`, `.statelite/tmpfs/${path}`);
  if (isDirectory) {
    // Node cannot exchange names: the three calls for the one are the same in number as for a file.
    symlinkSync(`${up}.statelite/tmpfs/${path}`, '.statelite/next');
    renameSync(path, `.default/${path}`);
  } else {
    linkSync(path, `.default/${path}`);
    symlinkSync(`${up}.statelite/tmpfs/${path}`, '.statelite/next');
  }
  renameSync('.statelite/next', path);
}
for (const [path, { mtime, holdsRows }] of times) for (const prefix of holdsRows ? ['', '.default/', '.statelite/tmpfs/'] : ['.default/', '.statelite/tmpfs/']) lutimesSync(`${prefix}${path}`, mtime, mtime);

function parent(path) {
  if (times.has(path)) return;
  const { mode, uid, gid, mtime } = lstatSync(path);
  times.set(path, { mtime, holdsRows: false });
  for (const prefix of ['.default/', '.statelite/tmpfs/']) {
    mkdirSync(`${prefix}${path}`);
    lchownSync(`${prefix}${path}`, uid, gid);
    chmodSync(`${prefix}${path}`, mode & 0o7777);
  }
}
