// A boot storm against statelited: 10,000 nodes with addresses of their own in a network namespace, the requests and retries of
// statelite-boot, the server killed and started again in the middle. Run as root: node test/bench/storm.mjs [nodes [seconds [overlays]]].
// With overlays, hosts,hostname,fstab say, each node also fetches the archive that its plan names.
// The nodes come up within that time (60 s): a link of 100 Gb/s needs about as long for 10,000 times kernel and initrd.
import { runInNamespace } from './in-namespace.mjs';

await runInNamespace('storm', [process.argv[2] ?? '10000', process.argv[3] ?? '60', process.argv[4] ?? '']);
