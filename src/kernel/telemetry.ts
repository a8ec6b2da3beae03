/** Structured logging: facts first, one sentence after. Secrets must not be passed; known names are redacted all the same. */
export interface Logger {
  debug(facts: Readonly<Record<string, unknown>>, message: string): void;
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
  child(facts: Readonly<Record<string, unknown>>): Logger;
}

export type Labels = Readonly<Record<string, string>>;

/** Measurements by name: Prometheus' conventions, units last (`_seconds`, `_bytes`, `_total`). */
export interface Metrics {
  count(name: MetricName, labels?: Labels, by?: number): void;
  /** Into a histogram. */
  observe(name: MetricName, value: number, labels?: Labels): void;
  gauge(name: MetricName, value: number, labels?: Labels): void;
}

/** Every metric of the product: its kind, what it says, and its labels. */
export const metricDefinitions = {
  keyledger_http_requests_total: ['counter', 'Requests answered', ['endpoint', 'status']],
  keyledger_http_request_seconds: ['histogram', 'Time to answer a request', ['endpoint']],
  keyledger_refusals_total: ['counter', 'Refusals by code', ['endpoint', 'code']],
  keyledger_projection_lag_bytes: ['gauge', 'Log positions a read model is behind the head', ['projection']],
  keyledger_projection_events_total: ['counter', 'Events applied', ['projection']],
  keyledger_projection_parked_streams: ['gauge', 'Streams parked after a poison event', ['projection']],
  keyledger_projection_owner: ['gauge', '1 where this process owns the read model', ['projection']],
  keyledger_effects_total: ['counter', 'Effects by outcome', ['queue', 'outcome']],
  keyledger_effects_pending: ['gauge', 'Effects recorded and not yet done', []],
  keyledger_jobs_seconds: ['histogram', 'Time a job took', ['queue']],
  keyledger_streams_open: ['gauge', 'Event streams that are being read', []],
  keyledger_stream_events_total: ['counter', 'Events sent over event streams', []],
  keyledger_deliveries_total: ['counter', 'Attempts to deliver an event, by outcome', ['outcome']],
  keyledger_live_view_age_seconds: ['gauge', 'Age of the live view of identity and tenancy', []],
} as const satisfies Record<string, readonly ['counter' | 'gauge' | 'histogram', string, readonly string[]]>;

export type MetricName = keyof typeof metricDefinitions;

export interface Telemetry {
  readonly log: Logger;
  readonly metrics: Metrics;
}

const nothing = (): void => undefined;

/** Says and counts nothing, for tests and one-off commands. */
export const silent: Telemetry = {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent.log },
  metrics: { count: nothing, observe: nothing, gauge: nothing },
};
