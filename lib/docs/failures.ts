/** What a node does when something fails on its way up. */
export interface Failure {
  readonly what: string;
  /** What the node does, how often, and how long that may take. */
  readonly decided: string;
  /** The test that makes it happen: file below test/, words of its title. */
  readonly test: readonly [file: string, title: string];
}

const NAMESPACES = 'netboot/failures.machine.test.ts';
const SCRIPTS = 'overlay/init-scripts.machine.test.ts';
const ARCHIVES = 'overlay/archives.machine.test.ts';
const NETWORK = 'netboot/initrd-network.machine.test.ts';
const ROWS = 'add-on/rc-statelite.machine.test.ts';
const QUICKSTART = 'boot/quickstart.boot.test.ts';
const DISKS = 'boot/disks.boot.test.ts';

/** The one table of failures: statelite-boot(7) shows it, test/docs holds it to the tests. */
export const FAILURES: readonly Failure[] = [
  { what: 'No DHCP answer', decided: 'Asks 5 times, 10 s each, with longer waits, then stops.', test: [NAMESPACES, 'is asked for again and again with longer waits, then the node stops and reboots'] },
  { what: 'An interface has an address that does not lead to the NFS root', decided: 'When nothing on the command line names the interface, goes on to the next that gets an address.', test: [NETWORK, 'goes on to the next interface when the root cannot be mounted'] },
  { what: 'The NFS root is refused', decided: 'Tries twice, then stops: a server that says no will not say yes the next time.', test: [QUICKSTART, 'an NFS root that is refused stops the node'] },
  { what: 'The NFS server does not answer', decided: 'Tries 6 times, 40 s each, with longer waits, then stops.', test: [NAMESPACES, 'whose server does not answer is tried six times with longer waits, then the node stops'] },
  { what: 'The NFS root is slow', decided: 'Waits as above at the mount. Mounted, it is waited for without end, as NFS does; the kernel says so on the console. The server hears every 20 s where the node is.', test: [QUICKSTART, 'an NFS root that is slow is waited for'] },
  { what: 'statelited is unreachable', decided: 'Asks all servers of XCAT= in turn, 4 rounds with longer waits, then uses the copy of the plan that nodeset left beside the image, with a warning. Without a copy it stops.', test: [QUICKSTART, 'uses the copy beside the image when statelited is down'] },
  { what: 'The certificate is wrong', decided: 'As if it were unreachable: nothing of such a server is believed, not even a refusal.', test: [NAMESPACES, 'the certificate is wrong'] },
  { what: 'statelited refuses', decided: 'Stops, with the reason the server gave.', test: [QUICKSTART, 'when policy denies it the plan'] },
  { what: 'The plan is for another node', decided: 'As if the server were unreachable; a copy for another node stops the node.', test: [NAMESPACES, 'the plan is for another node'] },
  { what: 'The plan is cut short', decided: 'As if the server were unreachable; a copy that is cut short stops the node.', test: [NAMESPACES, 'the plan is cut short on the wire'] },
  { what: 'The plan is malformed', decided: 'Another form is as if the server were unreachable. A word that the image\'s rc.statelite does not know stops the node before anything is made: run liteimg again.', test: [NAMESPACES, 'the plan is malformed'] },
  { what: 'A litetree server is dead at the mount', decided: 'Tries 3 times, 10 s each, with longer waits, all sources at once; then its rows take the next source, with a warning.', test: [QUICKSTART, 'takes the next source when a litetree server is'] },
  { what: 'A litetree server dies during the copy', decided: 'After 30 s of silence it is taken away and what reads from it is ended, and all rows are made again without it, with a warning. What the store has taken from it completely stays.', test: [QUICKSTART, 'a litetree server that dies during the copy'] },
  { what: 'The store is missing', decided: 'Tries 6 times, 40 s each, with longer waits, then stops: state is never kept in RAM instead.', test: [QUICKSTART, 'stops with one clear line when the store cannot be mounted'] },
  { what: 'The store is full', decided: 'Stops. The next boot throws the half copy away and makes it again.', test: [NAMESPACES, "['full'"] },
  { what: 'The store is read-only', decided: 'Stops.', test: [NAMESPACES, "['read-only'"] },
  { what: 'RAM for rows is full', decided: 'Stops and names what did not fit. statelite.ram= makes room.', test: [NAMESPACES, 'RAM that is full stops the node, which names what did not fit'] },
  { what: 'A path vanished from the image', decided: 'Its row fails with a warning, the others are made. A persistent row of which nothing was kept yet stops the node.', test: [NAMESPACES, 'a path that vanished from the image is one warning on the console and to the server'] },
  { what: 'A row fails alone', decided: 'A warning on the console, in /.statelite/statelite.log and to the server; the node goes on. A persistent or localdisk row stops it.', test: [NAMESPACES, 'a row that fails alone leaves the node running, with a warning'] },
  { what: 'A first copy to the store is cut off by the power', decided: 'It is thrown away and made again; it was never handed out.', test: [ROWS, 'a half copy after a power cut is thrown away and made again'] },
  { what: 'An overlay cannot be had from statelited', decided: 'Asks all servers, 4 rounds with longer waits, then uses the copy beside the image, with a warning. Files that not everybody may read have no copy: the node stops.', test: [ARCHIVES, 'come from beside the image when statelited is down, and it is said'] },
  { what: 'An overlay is not what the plan says', decided: 'As if the server were unreachable; a copy with another checksum stops the node.', test: [ARCHIVES, 'with another checksum than the plan says are not used'] },
  { what: 'A node\'s own files of overlays are damaged or missing', decided: 'They come with the plan: as if the server were unreachable. A copy of the plan that does not bring them as it says stops the node; nodeset writes it again.', test: [ARCHIVES, 'stop the node when nobody answers and the copy of its plan has'] },
  { what: 'The tables change between plan and overlay', decided: 'Asks for plan and overlays anew, 5 times, then stops.', test: [ARCHIVES, 'are fetched anew, with the plan, when the tables have changed'] },
  { what: 'An init script of an overlay fails', decided: 'A warning with its exit code and its last line; litestat shows the last lines. The next ones run. One that is called NN-name.must, or that overlays.scripts calls must, stops the node.', test: [SCRIPTS, 'that fail are a warning with their exit code, the next ones run'] },
  { what: 'An init script runs too long', decided: 'It is ended with all it started after the seconds that overlays.scripts says, else after statelite.script-timeout, 900 when that is not there, as one that fails.', test: [SCRIPTS, 'that run too long are ended with all they started'] },
  { what: 'The power goes while local-scratch, parted or local-log makes its partitions', decided: 'The next boot completes what is named as begun; nothing of it is mounted before it is whole. A disk with anything else on it is not touched.', test: ['add-on/overlay-scripts.machine.test.ts', 'before any of the programs that make a disk leaves nothing, or what the next boot completes'] },
  { what: 'A local disk comes up late', decided: 'Waits 30 s for one that the layout names. Another one that bears the mark is used at once; without a mark, no disk is made before none has come up for 5 s.', test: [DISKS, 'are waited for, and none is made in place of one that is'] },
  { what: 'A local disk is not as the layout says', decided: 'Stops, says what was found and the command that allows one wipe; not a byte of the disk changes. With nofail on all of its partitions a warning.', test: [DISKS, 'stops the node with one clear line, here and in litestat, and not a byte of it changes'] },
  { what: 'The power goes while a local disk is made or wiped', decided: 'The next boot makes it again: nothing was handed out. A wipe that was carried out is not carried out again.', test: [DISKS, 'that were cut off while they were partitioned, formatted and filled are completed'] },
  { what: 'The power goes while the script of a partition file runs', decided: 'The next boot clears what it had made and runs it again; cut off between its partition table and the note of it on the disk, the disk is refused.', test: [DISKS, 'that is a script makes the first empty disk, is run again when it was cut off'] },
  { what: 'The power goes while a partition of a local disk grows', decided: 'The next boot goes on. A partition table that is whole at the end of the disk only is written anew from there.', test: [DISKS, 'asked for, ext4, xfs and btrfs grow with their disks, although the node was cut off'] },
  { what: 'A service never finishes starting', decided: 'The node runs on. It tells which units are starting 60 s and 300 s after the kernel\'s start; litestat shows them, and STUCK in up after 300 s.', test: [QUICKSTART, 'a service that never finishes starting'] },
  { what: 'statelited does not take the report', decided: 'The boot does not wait. The running system sends it again, 40 times with longer waits.', test: [NAMESPACES, 'a report that meets a dead server is sent again'] },
];

/** Words on the kernel command line. nodeset writes those in capitals; the others go into addkcmdline. */
export const BOOT_WORDS: readonly (readonly [string, string])[] = [
  ['NFSROOT=server:directory', 'The image: rootimg in that directory is the root, plans/<node> the copy of the plan.'],
  ['XCAT=server:port,…', 'Who is asked for the plan, in this order.'],
  ['NODE=name', 'Who this node is. The server knows it by its address; a plan for another name is not used.'],
  ['NFSROOTOPTS=option,…', 'Mount options of the root, from osimage.nfsrootopts. It is always read-only.'],
  ['TOKEN=word', 'One-time proof of this nodeset, with the site row nodetoken.'],
  ['shell', 'Pauses three times with a shell on the console, and after a failure.'],
  ['statelite.timeout=seconds', 'How long a node that stopped waits before it reboots: 60 when it is not there, 0 for ever.'],
  ['statelite.script-timeout=seconds', 'How long an init script of an overlay may run when overlays.scripts does not say it: 900 when it is not there, 0 for ever.'],
  ['statelite.ram=size', 'Size of the tmpfs that rows in RAM share: 4g, or 30% of the memory. 50% when it is not there.'],
];
