// A site of 10,000 nodes on a tmpfs, and what a command takes there: for the benches of nodeset. Counts calls that change the file system by strace, and fsyncs,
// which cost milliseconds on disks.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

export const NODES = 10_000;
export const IMAGE = 'debian12-x86_64-compute';

const here = new URL('.', import.meta.url).pathname;
const program = join(here, '../../dist/statelite.js');
const CHANGING = /^(?:rename|renameat|renameat2|unlink|unlinkat|mkdir|mkdirat|rmdir|symlink|symlinkat|link|linkat|chmod|fchmod|fchmodat|chown|fchown|lchown|utimensat|truncate|ftruncate)\(|^open(?:at)?\(.*O_(?:WRONLY|RDWR|CREAT|TRUNC)/;

export function openNodesetSite(parent, runs) {
  const directory = mkdtempSync(join(parent, 'statelite-bench-'));
  chmodSync(directory, 0o755);
  const env = { ...process.env, STATELITE_HOME: join(directory, 'home'), STATELITE_DATABASE_URL: '', STATELITE_DNSMASQ_DIR: directory, STATELITE_DHCPD_DIR: directory, STATELITE_KEA_DIR: directory };
  const statelite = (...words) => execFileSync(process.execPath, [program, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28 });

  const close = () => {
    execFileSync(process.execPath, [program, 'litedb', 'stop'], { env });
    rmSync(directory, { recursive: true });
  };

  function show(title, words, before = () => undefined) {
    const times = Array.from({ length: runs }, () => {
      before();
      const start = performance.now();
      statelite(...words);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    before();
    const trace = join(directory, 'trace');
    spawnSync('strace', ['-f', '-qq', '-s', '200', '-o', trace, '-e', 'trace=file,fsync,fdatasync,fchmod,syncfs,sync', process.execPath, program, ...words], { env, stdio: 'ignore' });
    const calls = readFileSync(trace, 'utf8').split('\n').map((line) => line.replace(/^\d+ +/, ''));
    // The database's own files are not counted: it is another process.
    const changing = calls.filter((call) => CHANGING.test(call) && call.includes(directory) && !call.includes('/home/postgres'));
    const syncs = calls.filter((call) => /^(?:fsync|fdatasync|syncfs|sync)\(/.test(call));
    const written = (what) => calls.filter((call) => call.startsWith('rename(') && call.includes(`/compute/${what}/`)).length;
    before();
    console.log(`${title.padEnd(44)} ${(times[Math.floor(runs / 2)] / 1000).toFixed(2).padStart(6)} s  ${cpu(words)} s of processor  ${String(changing.length).padStart(6)} changing calls, ${syncs.length} syncs, ${written('plans')} plans and ${written('overlays')} archives written`);
    return times[Math.floor(runs / 2)];
  }

  // Seconds of processor time of the process, which a busy machine changes little; what the database takes is not in it.
  function cpu(words) {
    const report = "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('\\nCPU ' + (user + system) / 1e6); })";
    const { stderr } = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(report)}`, program, ...words], { env, encoding: 'utf8', maxBuffer: 1 << 28 });
    return Number(/CPU ([\d.]+)/.exec(stderr)?.[1]).toFixed(2).padStart(5);
  }

  function prepare() {
    const names = Array.from({ length: NODES }, (_, at) => `n${String(at + 1).padStart(5, '0')}`);
    const rack = (at) => `rack${String(Math.floor(at / 50)).padStart(3, '0')}`;
    const hex = (at) => at.toString(16).padStart(4, '0').replace(/(..)(..)/, '$1:$2');
    const tables = {
      site: [['installdir', join(directory, 'install')], ['tftpdir', join(directory, 'tftpboot')], ['master', '10.0.255.254']].map(([key, value]) => ({ key, value })),
      nodelist: names.map((node, at) => ({ node, groups: `${rack(at)},compute,all` })),
      mac: names.map((node, at) => ({ node, mac: `52:54:00:00:${hex(at)}` })),
      hosts: [{ node: 'all', ip: '|\\D+(\\d+)|10.0.(($1-1)/250).((($1-1)%250)+1)|' }],
      noderes: [{ node: 'compute', netboot: 'pxe' }],
      nodehm: [{ node: 'compute', serialport: '0', serialspeed: '115200' }],
      networks: [{ netname: 'net', net: '10.0.0.0', mask: '255.255.0.0' }],
      osimage: [{ imagename: IMAGE, profile: 'compute', provmethod: 'statelite', osvers: 'debian12', osarch: 'x86_64' }],
      litetree: [{ priority: 1, directory: '10.0.0.1:/trees/$node' }, { priority: 2, directory: '10.0.0.1:/trees/common' }],
      statelite: [{ node: 'compute', statemnt: '10.0.0.1:/state' }],
    };
    mkdirSync(join(directory, 'csv'));
    statelite('tabrestore', '-a', ...Object.entries(tables).map(([table, rows]) => {
      const columns = [...new Set(rows.flatMap(Object.keys))];
      const path = join(directory, 'csv', `${table}.csv`);
      writeFileSync(path, [`#${columns.join(',')}`, ...rows.map((row) => columns.map((column) => `"${row[column] ?? ''}"`).join(','))].join('\n') + '\n');
      return path;
    }), join(here, '../../tables/samples/litefile.csv'), join(here, '../../tables/samples/debian/litefile.csv'));
    const image = join(directory, 'install/netboot/debian12/x86_64/compute');
    mkdirSync(join(image, 'rootimg/etc/init.d'), { recursive: true });
    mkdirSync(join(image, 'rootimg/usr'));
    for (const name of ['kernel', 'initrd-statelite.gz']) writeFileSync(join(image, name), name.repeat(1 << 20));
    statelite('liteimg', IMAGE);
  }

  try {
    prepare();
  } catch (error) {
    close();
    throw error;
  }
  return { directory, statelite, show, close };
}
