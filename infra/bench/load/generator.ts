import { Pool } from 'undici';
import { percentile } from '../figures.ts';
import type { Job, Outcome, Work } from './job.ts';

/** One request of a job. */
interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

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

async function run({ headers, inFlight, seconds, url, work }: Job): Promise<Outcome> {
  const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
  const json = { ...headers, ...(work.kind === 'versions' ? { 'content-type': 'application/json' } : {}) };
  const taken: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  const caller = async (index: number): Promise<void> => {
    const next = requests(work, index);
    for (let n = 0; performance.now() < end; n++) {
      const asked = next(n);
      const sent = performance.now();
      const { body, statusCode } = await pool.request({ ...asked, headers: json });
      if (statusCode >= 300)
        throw new Error(`${asked.method} ${asked.path} answered ${statusCode}: ${await body.text()}`);
      await body.dump();
      taken.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => caller(index)));
  const elapsed = (performance.now() - began) / 1_000;
  await pool.close();
  return { perSecond: taken.length / elapsed, p50: percentile(taken, 0.5), p99: percentile(taken, 0.99) };
}

process.on('message', (job: Job) => {
  run(job).then(
    (outcome) => process.send?.({ outcome }),
    (error: Error) => process.send?.({ failed: error.message }),
  );
});
