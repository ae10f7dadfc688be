import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at /metrics; no node names in labels, so that ten thousand nodes make no more series than one. */
export interface Metrics {
  readonly answered: (request: string, status: string, seconds: number) => void;
  readonly handshakeFailed: () => void;
  readonly dropped: () => void;
  /** Prometheus text format. */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

/** Values read when Prometheus asks. */
export interface Gauges {
  readonly active: () => number;
  readonly waiting: () => number;
  readonly nodes: () => number;
  readonly snapshotAgeSeconds: () => number;
  readonly databaseUp: () => boolean;
}

/** A registry of its own for each service. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const answers = new Histogram({
    name: 'statelite_request_duration_seconds', help: 'Requests of nodes, by kind and outcome.', labelNames: ['request', 'status'] as const,
    buckets: [0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2], registers,
  });
  const handshakes = new Counter({ name: 'statelite_handshake_failures_total', help: 'Connections that failed in TLS.', registers });
  const drops = new Counter({ name: 'statelite_dropped_connections_total', help: 'Connections closed because too many were waiting.', registers });
  const gauge = (name: string, help: string, read: () => number): unknown =>
    new Gauge({ name, help, registers, collect() { this.set(read()); } });
  gauge('statelite_connections', 'Connections being served.', gauges.active);
  gauge('statelite_waiting_connections', 'Accepted connections that wait for a place.', gauges.waiting);
  gauge('statelite_nodes', 'Nodes in the tables as last read.', gauges.nodes);
  gauge('statelite_snapshot_age_seconds', 'Age of the tables as last read.', gauges.snapshotAgeSeconds);
  gauge('statelite_database_up', '1 while the database answers.', () => (gauges.databaseUp() ? 1 : 0));
  return {
    answered: (request, status, seconds) => answers.observe({ request, status }, seconds),
    handshakeFailed: () => handshakes.inc(),
    dropped: () => drops.inc(),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
