import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { projectedChannel, told } from '../../../src/adapters/postgres/position-watch.ts';
import { median, percentile } from '../figures.ts';
import { type Instance, startInstance, unlimited } from '../instance.ts';
import { Connection } from '../load/connection.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import { bodyOf, headerLines, succeeded } from '../secrets.ts';

const readModel = 'vault_secrets';
const inFlight = 64;
/** Milliseconds between two probes, so that they are no load of their own. */
const betweenMs = 20;

type Headers = Readonly<Record<string, string>>;

/** When each position was first seen in the read model, by the notification that comes with its commit. */
class Seen {
  readonly #waiting = new Set<{ readonly position: bigint; readonly tell: (at: number) => void }>();
  #position = -1n;

  async listen(client: pg.Client): Promise<void> {
    client.on('notification', ({ payload = '' }) => {
      const here = told(payload).find(({ name }) => name === readModel);
      if (here !== undefined) this.#saw(here.position, performance.now());
    });
    await client.query(`listen ${projectedChannel}`);
  }

  /** Resolves to the moment at which the position was visible; now where it is already. */
  at(position: bigint): Promise<number> {
    if (this.#position >= position) return Promise.resolve(performance.now());
    return new Promise((tell) => this.#waiting.add({ position, tell }));
  }

  #saw(position: bigint, at: number): void {
    this.#position = position;
    for (const each of this.#waiting) {
      if (each.position > position) continue;
      this.#waiting.delete(each);
      each.tell(at);
    }
  }
}

/** Milliseconds from the answer of a command, which is durable then, to its row being visible. */
async function probe(
  instance: Instance,
  headers: Headers,
  seen: Seen,
  until: () => boolean,
): Promise<readonly number[]> {
  const connection = await Connection.open(instance.url);
  const lines = headerLines({ ...headers, 'content-type': 'application/json' });
  const taken: number[] = [];
  for (let n = 0; !until(); n++) {
    const answer = succeeded(await connection.ask('POST', '/vault/v1/versioned-secrets', lines, bodyOf(`probe-${n}`)));
    const answeredAt = performance.now();
    const visibleAt = await seen.at(BigInt(answer.position ?? 0));
    taken.push(Math.max(0, visibleAt - answeredAt));
    await sleep(betweenMs);
  }
  connection.close();
  return taken;
}

/** One round: how much is the most, then half of it with probes beside. */
async function round(
  { seconds }: Context,
  { headers, instance, seen, tag }: { instance: Instance; headers: Headers; seen: Seen; tag: string },
): Promise<readonly number[]> {
  const job = { url: instance.url, headers, inFlight, seconds };
  const most = await load({ ...job, work: { kind: 'versions', tag: `most-${tag}`, bytes: 400 } });
  await sleep(1_000);
  let over = false;
  const half = load({
    ...job,
    perSecond: most.perSecond / 2,
    work: { kind: 'versions', tag: `half-${tag}`, bytes: 400 },
  });
  const probes = probe(instance, headers, seen, () => over);
  await half;
  over = true;
  return probes;
}

export const measure: Measure = {
  name: 'visible',
  about: 'from the answer of a command to its row in the read model, at half of the load it can take',
  async run(context) {
    const instance = await startInstance(join(context.dir, 'keyledger'));
    context.atEnd(() => instance.stop());
    const headers = await unlimited(instance.url, instance.administrator);
    const client = new pg.Client({ connectionString: instance.stores.databaseOwnerUrl });
    await client.connect();
    context.atEnd(() => client.end());
    const seen = new Seen();
    await seen.listen(client);
    const rounds: (readonly number[])[] = [];
    for (let n = 0; n < context.rounds; n++) {
      context.say(`round ${n + 1} of ${context.rounds}`);
      rounds.push(await round(context, { instance, headers, seen, tag: String(n) }));
    }
    const figure = (share: number): number => median(rounds.map((taken) => percentile(taken, share)));
    return [
      { name: 'append to visible at half load, p50', unit: 'ms', ours: figure(0.5), goals: [{ below: 10 }] },
      { name: 'append to visible at half load, p99', unit: 'ms', ours: figure(0.99), goals: [{ below: 50 }] },
    ];
  },
};
