import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { Parcel } from '../../../src/adapters/deliveries/destinations/destination.ts';
import { kafkaTarget } from '../../../src/adapters/deliveries/destinations/kafka.ts';
import { createOutgoing } from '../../../src/adapters/outgoing/outgoing.ts';
import { type Delivering, startDelivering, until } from '../../support/delivering.ts';
import { findKcat, type Kafka, startKafka } from '../../support/kafka.ts';

describe('deliveries to Kafka', function () {
  this.timeout(120_000);
  let delivering: Delivering;
  let kafka: Kafka | undefined;
  let plain: Server | undefined;

  before(async () => {
    const kcat = await findKcat();
    if (typeof kcat === 'string') console.log(`      no Kafka broker could be had here, so none received: ${kcat}`);
    else kafka = await startKafka(kcat, 'audit');
    delivering = await startDelivering();
    delivering.start();
  });
  after(async () => {
    await delivering.close();
    await kafka?.stop();
    plain?.close();
  });

  it('arrive by stream in order, in CloudEvents’ binary form', async () => {
    if (kafka === undefined) return;
    const config = { brokers: kafka.brokers, topic: 'audit', tls: false };
    const { id } = await delivering.subscribe({ type: 'kafka', config });
    for (let count = 0; count < 10; count++) {
      for (const bell of ['a', 'b', 'c']) await delivering.ring(bell, count);
    }
    const records = await kafka.count(30);
    for (const bell of ['a', 'b', 'c']) {
      const own = records.filter(({ key }) => key.endsWith(`.${bell}`));
      expect(new Set(own.map(({ partition }) => partition)).size).to.equal(1);
      const inOrder = [...own].sort((left, right) => left.offset - right.offset);
      expect(inOrder.map(({ headers }) => Number(headers['ce_sequence']))).to.deep.equal([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
    }
    const [first] = records;
    expect(first?.key).to.match(new RegExp(`^demo\\.Bell-${delivering.stack.tenant}\\.`));
    expect(first?.headers).to.include({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_type: 'demo.Bell.Rung',
      ce_partitionkey: first?.key ?? '',
    });
    expect(first?.headers['ce_id']).to.equal(first?.value['eventId']);
    expect(JSON.stringify(records)).not.to.include('the sealed value');
    await until(async () => (await delivering.deliveries(id, { status: 'delivered' })).length === 30);
  });

  it('are tried again, and shown, while no broker is there', async () => {
    const { id } = await delivering.subscribe({
      type: 'kafka',
      config: { brokers: ['127.0.0.1:1'], topic: 'audit', tls: false },
    });
    await delivering.ring('d', 0);
    const pending = await until(async () => {
      const [first] = await delivering.deliveries(id, { status: 'pending' });
      return (first?.['attempts'] as number) > 1 && first;
    });
    expect(pending?.['lastError']).to.match(/ECONNREFUSED/);
  });

  it('make no connection to a broker that is not public', async () => {
    const guarded = await startDelivering({ outgoing: { allow: [] } });
    guarded.start();
    const { id } = await guarded.subscribe({
      type: 'kafka',
      config: { brokers: ['127.0.0.1:9092', 'localhost:9092'], topic: 'audit', tls: false },
    });
    await guarded.ring('e', 0);
    const pending = await until(async () => (await guarded.deliveries(id, { status: 'pending' }))[0]);
    expect(pending['lastError']).to.match(/is loopback|is not public/);
    await guarded.close();
  });

  it('leave no socket to a port that cannot be', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const { guard, close } = createOutgoing({ allow: ['127.0.0.0/8'] });
    const before = sockets();
    const target = kafkaTarget({ brokers: ['127.0.0.1:65536'], topic: 'audit', tls: false }, guard);
    const [outcome] = await target.deliver([{} as Parcel], () => true);
    expect(outcome)
      .to.have.property('error')
      .that.match(/names no port from 1 to 65535/);
    expect(sockets()).to.be.at.most(before);
    await close();
  });

  it('speak TLS from the first byte unless told not to', async () => {
    const listening = createServer();
    plain = listening;
    const first = new Promise<number>((resolve) => {
      listening.on('connection', (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (data) => {
          resolve(data[0] ?? 0);
          socket.destroy();
        });
      });
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    await delivering.subscribe({ type: 'kafka', config: { brokers: [`127.0.0.1:${port}`], topic: 'audit' } });
    await delivering.ring('f', 0);
    const clientHello = 0x16;
    expect(await first).to.equal(clientHello);
  });
});
