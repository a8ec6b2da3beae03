import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../figures.ts';
import { Connection } from './connection.ts';
import type { Asked, Job, Outcome, Work } from './job.ts';

/** The requests of one writer or reader, one after the other. */
function requests(work: Work, caller: number): (n: number) => Asked {
  if (work.kind === 'paths') {
    const { paths } = work;
    return (n) => ({ method: 'GET', path: paths[(caller * 7919 + n) % paths.length] ?? '/' });
  }
  const value = 'v'.repeat(work.bytes);
  return (n) => {
    const place = n % 2 === 0 ? `new-${caller}-${n}` : `kept-${caller}-${((n - 1) / 2) % 16}`;
    const body = JSON.stringify({ secretId: `${work.tag}/${place}`, value });
    return { method: 'POST', path: '/vault/v1/versioned-secrets', body };
  };
}

async function run(job: Job): Promise<Outcome> {
  const { inFlight, seconds, url } = job;
  const connections = await Promise.all(Array.from({ length: inFlight }, () => Connection.open(url)));
  const taken: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(connections.map((connection, index) => keepAsking(job, { connection, index, end, taken })));
  const elapsed = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  return { perSecond: taken.length / elapsed, p50: percentile(taken, 0.5), p99: percentile(taken, 0.99) };
}

interface Caller {
  readonly connection: Connection;
  readonly index: number;
  readonly end: number;
  readonly taken: number[];
}

async function keepAsking(
  { headers, inFlight, perSecond, work }: Job,
  { connection, end, index, taken }: Caller,
): Promise<void> {
  const all = { ...headers, ...(work.kind === 'versions' ? { 'content-type': 'application/json' } : {}) };
  const lines = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const next = requests(work, index);
  const pace = perSecond === undefined ? undefined : { every: (1_000 * inFlight) / perSecond, from: performance.now() };
  for (let n = 0; performance.now() < end; n++) {
    const early = pace === undefined ? 0 : pace.from + (n + index / inFlight) * pace.every - performance.now();
    if (early > 0) await sleep(early);
    const { body, method, path } = next(n);
    const sent = performance.now();
    const { status, text } = await connection.ask(method, path, lines, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    taken.push(performance.now() - sent);
  }
}

process.on('message', (job: Job) => {
  run(job).then(
    (outcome) => process.send?.({ outcome }),
    (error: Error) => process.send?.({ failed: error.message }),
  );
});
