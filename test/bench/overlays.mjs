// What nodeset takes for 10,000 nodes whose overlays are the shipped hosts, hostname and fstab, as a multiple of the same without overlays; all files on a tmpfs.
// Run as root on a quiet machine after `npm run build`: node test/bench/overlays.mjs [runs] [directory].
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE, NODES, openNodesetSite } from './nodeset-site.mjs';

const runs = Number(process.argv[2] ?? 3);
const site = openNodesetSite(process.argv[3] ?? '/dev/shm', runs);
const { directory, statelite } = site;
const image = join(directory, 'install/netboot/debian12/x86_64/compute');
const all = ['nodeset', 'all', `osimage=${IMAGE}`];
const afresh = () => { for (const path of [join(directory, 'tftpboot'), join(image, 'plans'), join(image, 'overlays')]) rmSync(path, { recursive: true, force: true }); };
let count = 0;
try {
  console.log(`${NODES} nodes, median of ${runs}`);
  const bare = { first: site.show('without overlays, first time', all, afresh), again: site.show('without overlays, nothing changed', all) };
  statelite('chtab', 'image=ALL', 'file=/etc/hosts', 'litefile.options=');
  for (const [label, number, fstype, mount] of [['scratch', '1', 'ext4', '/mnt/scratch'], ['swap', '2', 'swap', '']]) {
    statelite('chtab', 'layout=local', `label=${label}`, 'disklayout.disk=first-empty', `disklayout.number=${number}`, `disklayout.fstype=${fstype}`, `disklayout.mountpoint=${mount}`, 'disklayout.size=1G');
  }
  statelite('chtab', 'node=compute', 'localdisk.layout=local');
  for (const file of ['/etc/fstab', '/etc/hostname', '/mnt/']) statelite('chtab', 'image=ALL', `file=${file}`, 'litefile.options=');
  statelite('liteimg', IMAGE);
  statelite('chtab', `imagename=${IMAGE}`, 'osimage.overlays=hosts,hostname,fstab');
  statelite('chtab', 'layout=larger', 'label=scratch', 'disklayout.disk=first-empty', 'disklayout.number=1', 'disklayout.fstype=xfs', 'disklayout.mountpoint=/mnt/scratch', 'disklayout.size=2G');
  const times = {
    first: site.show('first time', all, afresh),
    again: site.show('nothing changed', all),
    node: site.show('one node has another address', all, () => statelite('chtab', 'node=n05000', `hosts.ip=10.0.250.${(count += 1)}`)),
  };
  times.layout = site.show('one node has another layout', all, () => statelite('chtab', 'node=n05000', `localdisk.layout=${(count += 1) % 2 === 0 ? 'local' : 'larger'}`));
  cpSync(new URL('../../add-on/overlays/hostname', import.meta.url).pathname, join(directory, 'install/overlays/hostname'), { recursive: true });
  times.template = site.show('one template changed', all, () => writeFileSync(join(directory, 'install/overlays/hostname/etc/hostname.njk'), `{{ node.name }}{# ${(count += 1)} #}\n`));
  times.output = site.show('one template changed, and what it makes', all, () => writeFileSync(join(directory, 'install/overlays/hostname/etc/hostname.njk'), `{{ node.name }}-${(count += 1)}\n`));
  const bytes = (what) => readdirSync(join(image, what)).reduce((sum, name) => sum + statSync(join(image, what, name)).size, 0);
  console.log(`beside the image: ${readdirSync(join(image, 'overlays')).length} archives, ${bytes('overlays')} bytes; ${readdirSync(join(image, 'plans')).length} plans, ${bytes('plans')} bytes`);
  for (const [name, time] of Object.entries(times)) console.log(`${name.padEnd(10)} ${(time / (name === 'first' ? bare.first : bare.again)).toFixed(1)} × without overlays`);
} finally {
  site.close();
}
