import { startEventNode } from '../../../infra/local/event-node.ts';
import { startPostgres } from '../../../infra/local/postgres.ts';
import { startRedis } from '../../../infra/local/redis.ts';

/** A parent of its own for one store, to be killed: says the store's pid on a line, or why it did not start. */
const launchers = { postgres: startPostgres, redis: startRedis, 'event-node': startEventNode };
const [name = '', dir = ''] = process.argv.slice(2);
const store = await launchers[name as keyof typeof launchers]({ dir, durable: false }).catch((error: Error) => error);
console.log(store instanceof Error ? JSON.stringify({ error: store.message }) : JSON.stringify({ pid: store.pid }));
if (store instanceof Error) process.exit(1);
setInterval(() => undefined, 60_000);
