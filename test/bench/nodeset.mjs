// What nodeset and makedhcp take for 10,000 nodes, each a process of its own, all files on a tmpfs; budget of nodeset 5 s. Run as root on a quiet machine after
// `npm run build`: node test/bench/nodeset.mjs [runs] [directory].
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE, NODES, openNodesetSite } from './nodeset-site.mjs';

const runs = Number(process.argv[2] ?? 3);
const { directory, statelite, show, close } = openNodesetSite(process.argv[3] ?? '/dev/shm', runs);
try {
  const places = ['tftpboot', 'install'].map((name) => join(directory, name));
  console.log(`${NODES} nodes, median of ${runs}; files changed below ${places.join(' and ')}`);
  show('nodeset, first time', ['nodeset', 'all', `osimage=${IMAGE}`], () => { for (const path of ['tftpboot', 'install/netboot/debian12/x86_64/compute/plans']) rmSync(join(directory, path), { recursive: true, force: true }); });
  show('nodeset, nothing changed', ['nodeset', 'all', `osimage=${IMAGE}`]);
  let time = 0;
  show('nodeset, new argument for one rack of 50', ['nodeset', 'all', `osimage=${IMAGE}`], () => statelite('chtab', 'node=rack007', `bootparams.addkcmdline=time=${(time += 1)}`));
  show('nodeset of that rack alone', ['nodeset', 'rack007', `osimage=${IMAGE}`], () => statelite('chtab', 'node=rack007', `bootparams.addkcmdline=time=${(time += 1)}`));
  show('nodeset stat', ['nodeset', 'all', 'stat']);
  for (const form of ['dnsmasq', 'isc', 'kea']) {
    statelite('makedhcp', '-n', '--form', form);
    show(`makedhcp -a --form ${form}, first time`, ['makedhcp', '-a', '--form', form], () => { for (const path of ['dhcp', 'dhcp-hosts']) rmSync(join(directory, 'home', path), { recursive: true, force: true }); });
    show(`makedhcp -a --form ${form}, nothing changed`, ['makedhcp', '-a', '--form', form]);
  }
} finally {
  close();
}
