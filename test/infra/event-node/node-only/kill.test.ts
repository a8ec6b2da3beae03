import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, type NodeProcess, startNodeProcess, temporaryDirectory } from '../support.ts';

/** Kills of one run; `KEYLEDGER_NODE_KILLS=100` for the long one. */
const kills = Number(process.env['KEYLEDGER_NODE_KILLS'] ?? 8);
const writers = 8;

interface Acknowledged {
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
}

/** Writes until the node goes away; keeps what was acknowledged. */
async function writeUntilGone(client: EventStoreDBClient, stream: string, acknowledged: Acknowledged[]): Promise<void> {
  for (let n = 0; ; n++) {
    const event = jsonEvent({ type: 'Written', data: { n, text: 'x'.repeat(Math.floor(Math.random() * 2_000)) } });
    try {
      const { nextExpectedRevision } = await client.appendToStream(stream, event, { deadline: 2_000 });
      acknowledged.push({ stream, revision: nextExpectedRevision, id: event.id });
    } catch {
      return;
    }
  }
}

describe('event node: kill -9 under load', () => {
  it(`loses nothing acknowledged in ${kills} kills`, async function () {
    this.timeout(20_000 + kills * 5_000);
    const dir = temporaryDirectory();
    const acknowledged: Acknowledged[] = [];
    let node: NodeProcess | undefined;
    try {
      for (let round = 0; round < kills; round++) {
        node = await startNodeProcess(dir.path);
        const client = EventStoreDBClient.connectionString(node.url);
        const writing = Array.from({ length: writers }, (_, n) => writeUntilGone(client, `load-${n}`, acknowledged));
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
        await node.stop('SIGKILL');
        await client.dispose();
        await Promise.all(writing);
      }
      node = await startNodeProcess(dir.path);
      const client = EventStoreDBClient.connectionString(node.url);
      const stored = new Map<string, string>();
      for (let n = 0; n < writers; n++) {
        const events = await collect(client.readStream(`load-${n}`, { fromRevision: START }));
        events.forEach(({ event }, index) => {
          expect(event?.revision).to.equal(BigInt(index));
          stored.set(`load-${n}@${index}`, event?.id ?? '');
        });
      }
      for (const { id, revision, stream } of acknowledged) expect(stored.get(`${stream}@${revision}`)).to.equal(id);
      expect(acknowledged.length).to.be.greaterThan(kills * 10);
      const positions = (await collect(client.readAll())).map(({ event }) => event?.position.commit ?? 0n);
      expect(positions).to.deep.equal([...positions].sort((a, b) => (a < b ? -1 : 1)));
      await client.dispose();
    } finally {
      await node?.stop();
      dir.remove();
    }
  });
});
