// Plan requests for each second of one core, as statelite-boot makes them (a connection and a full TLS handshake each), beside a bare https server
// of Node that answers "x", in turns. Run as root: node test/bench/plan-requests.mjs [rounds [requests [overlays]]].
import { runInNamespace } from './in-namespace.mjs';

await runInNamespace('plan-requests', [process.argv[2] ?? '5', process.argv[3] ?? '2000', process.argv[4] ?? '']);
