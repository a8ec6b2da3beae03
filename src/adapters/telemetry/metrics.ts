import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricName, type Metrics, metricDefinitions } from '../../kernel/telemetry.ts';

/** Seconds: from an answer out of memory to one that waited for a store. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface ExposedMetrics extends Metrics {
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

type Instrument = Counter | Gauge | Histogram;

/** The product's metrics and those of the process, in a registry of their own. */
export function createMetrics(): ExposedMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = new Map<string, Instrument>(
    Object.entries(metricDefinitions).map(([name, [kind, help, labelNames]]) => {
      const base = { name, help, labelNames, registers: [registry] };
      if (kind === 'counter') return [name, new Counter(base)];
      return [name, kind === 'gauge' ? new Gauge(base) : new Histogram({ ...base, buckets })];
    }),
  );
  const find = <T extends Instrument>(name: MetricName, type: abstract new (...args: never[]) => T): T => {
    const instrument = instruments.get(name);
    if (!(instrument instanceof type)) throw new TypeError(`${name} is no ${type.name}`);
    return instrument;
  };
  return {
    count: (name, labels = {}, by = 1) => find(name, Counter).inc({ ...labels }, by),
    observe: (name, value, labels = {}) => find(name, Histogram).observe({ ...labels }, value),
    gauge: (name, value, labels = {}) => find(name, Gauge).set({ ...labels }, value),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
