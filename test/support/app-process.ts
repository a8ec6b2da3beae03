import type { StoreUrls } from '../../src/app/parts.ts';
import { startApp } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config.ts';

/** A process of Keyledger that a test may kill: its settings and stores come as JSON in the first argument. */
const { env, stores } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly env: Readonly<Record<string, string>>;
  readonly stores: StoreUrls;
};

await startApp({ config: loadConfig({ LOG_LEVEL: 'silent', ...env }), stores, port: 0 });
process.send?.('started');
