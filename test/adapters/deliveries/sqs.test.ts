import { expect } from 'chai';
import type { FauxqsServer } from 'fauxqs';
import { replayDeliveries } from '../../../commands/audit/streaming/replay-deliveries.ts';
import { type Delivering, startDelivering, until } from '../../support/delivering.ts';

const credentials = { region: 'eu-central-1', accessKeyId: 'AKIATESTTEST', secretAccessKey: 'a secret key' };

describe('deliveries to SQS', function () {
  this.timeout(60_000);
  let delivering: Delivering;
  let sqs: FauxqsServer | undefined;

  before(async () => {
    sqs = await startSqs();
    delivering = await startDelivering();
    delivering.start();
  });
  after(async () => {
    await delivering.close();
    await sqs?.stop();
  });

  /** The server stands on a module of Node that Node 20 does not have. */
  async function startSqs(): Promise<FauxqsServer | undefined> {
    try {
      const { startFauxqs } = await import('fauxqs');
      return await startFauxqs({ port: 0, logger: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error;
      console.log(`      no SQS server runs on Node ${process.versions.node}, so none received`);
      return undefined;
    }
  }

  function queue(name: string, fifo: boolean): { readonly name: string; readonly url: string } {
    const attributes = fifo ? { FifoQueue: 'true' } : {};
    if (sqs === undefined) throw new Error('there is no SQS server');
    const { queueName } = sqs.createQueue(name, { attributes, region: credentials.region });
    return { name: queueName, url: `http://127.0.0.1:${sqs.port}/000000000000/${queueName}` };
  }

  const messages = (name: string) => {
    const found = sqs?.inspectQueue(name)?.messages;
    return [...(found?.ready ?? []), ...(found?.inflight ?? []).map(({ message }) => message)];
  };
  const bodies = (name: string): Record<string, unknown>[] =>
    messages(name).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const sequences = (name: string, bell: string): readonly number[] =>
    bodies(name)
      .filter((event) => String(event['partitionkey']).endsWith(`.${bell}`))
      .map((event) => Number(event['sequence']));

  it('keep each stream’s order in a FIFO queue, once each, and again when replayed', async () => {
    if (sqs === undefined) return;
    const { name, url } = queue('audit.fifo', true);
    const { id } = await delivering.subscribe({ type: 'sqs', config: { queueUrl: url, ...credentials } });
    let last = 0n;
    for (let count = 0; count < 12; count++) {
      for (const bell of ['a', 'b']) last = await delivering.ring(bell, count);
    }
    await until(async () => messages(name).length === 24);
    for (const bell of ['a', 'b']) expect(sequences(name, bell)).to.deep.equal(Array.from({ length: 12 }, (_, i) => i));
    const [first] = messages(name);
    const event = JSON.parse(first?.body ?? '{}') as Record<string, unknown>;
    expect(event).to.include({ specversion: '1.0', type: 'demo.Bell.Rung' });
    expect(first?.messageGroupId).to.equal(event['partitionkey']);
    await delivering.stack.ask(replayDeliveries, { subscriptionId: id, after: String(last - 1n) });
    await until(async () => messages(name).length === 25);
  });

  it('go to a standard queue', async () => {
    if (sqs === undefined) return;
    const { name, url } = queue('audit', false);
    await delivering.subscribe({ type: 'sqs', config: { queueUrl: url, ...credentials } });
    for (let count = 0; count < 3; count++) await delivering.ring('c', count);
    await until(async () => messages(name).length === 3);
  });

  it('are tried again, and shown, while there is no such queue', async () => {
    if (sqs === undefined) return;
    const url = `http://127.0.0.1:${sqs.port}/000000000000/late.fifo`;
    const { id } = await delivering.subscribe({ type: 'sqs', config: { queueUrl: url, ...credentials } });
    await delivering.ring('d', 0);
    const pending = await until(async () => (await delivering.deliveries(id, { status: 'pending' }))[0]);
    expect(pending['lastStatus']).to.equal(400);
    queue('late.fifo', true);
    await until(async () => messages('late.fifo').length === 1);
  });
});
