import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { type RunningNode, startNode } from '../../event-node/server.ts';
import { scavenge } from '../../event-node/storage/scavenge.ts';
import { type Chance, chanceOf } from '../random.ts';
import { digestOf, type Mark, trimmedPrefix } from './facts.ts';

/**
 * A program that is watched while it writes: a node and its client in one process. It writes a mark before each append, and another
 * once the append is acknowledged. `--early` is a planted fault: it marks as acknowledged what is only asked.
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '' },
    marks: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '60' },
    early: { type: 'boolean', default: false },
  },
});

const streams = ['one', 'two', 'three', 'four', `${trimmedPrefix}-five`];

class Workload {
  readonly #random: Chance;
  readonly #marks: number;
  #node: RunningNode | undefined;
  #client: EventStoreDBClient | undefined;

  constructor(random: Chance, marks: number) {
    this.#random = random;
    this.#marks = marks;
  }

  async start(): Promise<void> {
    this.#node = await startNode({ dir: values.dir, host: '127.0.0.1', port: 0 });
    this.#client = EventStoreDBClient.connectionString(this.#node.url);
  }

  async stop(): Promise<void> {
    await this.#client?.dispose();
    await this.#node?.stop();
  }

  async round(number: number): Promise<void> {
    const writers = this.#random.chance(0.4) ? 1 : 1 + this.#random.below(8);
    const names = this.#random.chance(0.1) ? [...streams, `new-${number}`] : streams;
    await Promise.all(Array.from({ length: writers }, () => this.#append(this.#random.pick(names))));
    if (this.#random.chance(0.05)) await this.#trim();
    if (this.#random.chance(0.04)) {
      await this.stop();
      await this.start();
    }
  }

  async #append(stream: string): Promise<void> {
    const events = Array.from({ length: this.#random.chance(0.7) ? 1 : 1 + this.#random.below(5) }, () => {
      const size = this.#random.chance(0.1) ? this.#random.below(40_000) : this.#random.below(1_200);
      return binaryEvent({ id: randomUUID(), type: `Sized${size % 7}`, data: randomBytes(size) });
    });
    this.#mark({ asked: events.map(({ id, type, data }) => ({ id, stream, digest: digestOf(type, data) })) });
    if (values.early) this.#mark({ acknowledged: events.map(({ id }) => ({ id, stream })) });
    const written = await this.#client?.appendToStream(stream, events);
    const first = Number(written?.nextExpectedRevision) - events.length + 1;
    this.#mark({ acknowledged: events.map(({ id }, index) => ({ id, stream, revision: first + index })) });
  }

  async #trim(): Promise<void> {
    await this.#client?.setStreamMetadata(`${trimmedPrefix}-five`, { maxCount: 3 + this.#random.below(5) });
    if (this.#node !== undefined) await scavenge(this.#node.store, Date.now());
  }

  #mark(mark: Mark): void {
    writeSync(this.#marks, `${JSON.stringify(mark)}\n`);
  }
}

const marks = openSync(values.marks, 'a');
const workload = new Workload(chanceOf(Number(values.seed)), marks);
await workload.start();
for (let round = 0; round < Number(values.rounds); round++) await workload.round(round);
await workload.stop();
closeSync(marks);
process.exit(0);
