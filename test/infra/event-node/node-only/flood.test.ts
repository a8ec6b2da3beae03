import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { END, EventStoreDBClient, START } from '@eventstore/db-client';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { shared, streams } from '../../../../infra/event-node/proto.ts';
import { collect, freshStream, type NodeProcess, numbered, startNodeProcess, temporaryDirectory } from '../support.ts';

const same = (bytes: Buffer): Buffer => bytes;
const service = '/event_store.client.streams.Streams';
const mebibyte = 1_048_576;

/** Memory of the process in MiB, without mapped files; 0 where the system does not tell. */
function memoryOf({ child }: NodeProcess): number {
  if (process.platform !== 'linux') return 0;
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

function batchPart(bytes: number, isFinal: boolean, stream = 'flood'): Buffer {
  const proposed = new streams.BatchAppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(randomUUID()))
    .setData(Buffer.alloc(bytes, 'x'));
  proposed.getMetadataMap().set('type', 'Flood').set('content-type', 'application/octet-stream');
  const options = new streams.BatchAppendReq.Options().setAny(new shared.Empty() as never);
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  const request = new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(randomUUID()));
  request.setOptions(options).setIsFinal(isFinal).addProposedMessages(proposed);
  return Buffer.from(request.serializeBinary());
}

describe('event node: floods and nonsense', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let node: NodeProcess;
  let raw: Client;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    dir = temporaryDirectory();
    node = await startNodeProcess(dir.path);
    raw = new Client(`127.0.0.1:${node.port}`, credentials.createInsecure());
    client = EventStoreDBClient.connectionString(node.url);
  });
  afterEach(async () => {
    raw.close();
    await client.dispose();
    await node.stop();
    dir.remove();
  });

  async function stillServes(): Promise<void> {
    const stream = freshStream();
    await client.appendToStream(stream, numbered(2));
    expect(await collect(client.readStream(stream))).to.have.length(2);
    expect(node.child.exitCode).to.equal(null);
  }
  const answerTo = (method: string, message: Buffer): Promise<ServiceError | null> =>
    new Promise((resolve) => {
      raw.makeUnaryRequest(`${service}/${method}`, same, same, message, new Metadata(), {}, (error) => resolve(error));
    });

  it('keeps the connection of a client that leaves thousands of calls, which is how subscriptions end', async () => {
    const failures: Error[] = [];
    const witness = client.subscribeToAll({ fromPosition: START });
    witness.on('error', (error) => failures.push(error));
    await once(witness, 'confirmation');
    for (let round = 0; round < 40; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const left = client.subscribeToAll({ fromPosition: END });
          left.resume();
          await once(left, 'confirmation');
          await left.unsubscribe();
        }),
      );
    }
    const seen = once(witness, 'data');
    await client.appendToStream(freshStream(), numbered(1));
    await seen;
    expect(failures).to.have.length(0);
    await witness.unsubscribe();
  });

  it('refuses messages that are none, for every method', async () => {
    for (const method of ['Append', 'Delete', 'Tombstone', 'Read', 'BatchAppend']) {
      for (const nonsense of [randomBytes(64), Buffer.from('ff'.repeat(40), 'hex'), Buffer.alloc(0)]) {
        const call = raw.makeServerStreamRequest(`${service}/${method}`, same, same, nonsense);
        const error = await new Promise<ServiceError | undefined>((resolve) => {
          call.on('error', (refused: ServiceError) => resolve(refused));
          call.on('data', () => undefined);
          call.on('end', () => resolve(undefined));
        });
        if (method !== 'BatchAppend') expect(error?.code, `${method} ${nonsense.length}`).to.be.greaterThan(0);
      }
    }
    await stillServes();
  });

  it('refuses a request that leaves out what it expects', async () => {
    const options = new streams.DeleteReq.Options();
    options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('any')));
    const error = await answerTo('Delete', Buffer.from(new streams.DeleteReq().setOptions(options).serializeBinary()));
    expect(error?.code).to.equal(status.INVALID_ARGUMENT);
  });

  it('refuses calls it does not serve', async () => {
    const call = (method: string): Promise<ServiceError | null> =>
      new Promise((resolve) => {
        raw.makeUnaryRequest(method, same, same, Buffer.alloc(0), new Metadata(), {}, (error) => resolve(error));
      });
    for (const method of [
      'persistent_subscriptions.PersistentSubscriptions/Create',
      'projections.Projections/Create',
    ]) {
      expect((await call(`/event_store.client.${method}`))?.code).to.equal(status.UNIMPLEMENTED);
    }
  });

  it('refuses a message that is too large', async () => {
    const error = await answerTo('Append', Buffer.alloc(5 * mebibyte));
    expect(error?.code).to.equal(status.RESOURCE_EXHAUSTED);
    await stillServes();
  });

  it('lives through bytes that are no HTTP/2, and frames that lie about their length', async () => {
    for (const bytes of [randomBytes(65_536), Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), Buffer.alloc(1_000)]) {
      const socket = connect(node.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    const session = connectHttp2(`http://127.0.0.1:${node.port}`);
    const request = session.request({
      ':method': 'POST',
      ':path': `${service}/Append`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    request.on('error', () => undefined);
    request.write(Buffer.from('00ffffffff', 'hex'));
    const [headers] = (await once(request, 'response')) as [Record<string, string>];
    expect(headers['grpc-status']).to.equal(String(status.RESOURCE_EXHAUSTED));
    session.destroy();
    await stillServes();
  });

  it('bounds what appends that never end hold', async function () {
    this.timeout(60_000);
    const before = memoryOf(node);
    const call = raw.makeBidiStreamRequest(`${service}/BatchAppend`, same, same);
    const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
    call.on('data', () => undefined);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (let sent = 0; sent < 1_500 && !isOver; sent++) {
      if (!call.write(batchPart(500_000, false))) await Promise.race([once(call, 'drain'), ended]);
    }
    expect((await ended).code).to.equal(status.RESOURCE_EXHAUSTED);
    expect(memoryOf(node) - before).to.be.lessThan(300);
    await stillServes();
    // What the call held is free again.
    for (let n = 0; n < 5; n++) await client.appendToStream('large', numbered(1_000));
  });

  it('bounds the answers a client does not read', async function () {
    this.timeout(60_000);
    const before = memoryOf(node);
    const call = raw.makeBidiStreamRequest(`${service}/BatchAppend`, same, same);
    call.on('error', () => undefined);
    call.pause();
    const part = Array.from({ length: 50 }, (_, n) => batchPart(10, true, `unread-${n}`));
    let isStuck = false;
    for (let sent = 0; sent < 4_000 && !isStuck; sent++) {
      if (call.write(part[sent % part.length] as Buffer)) continue;
      isStuck = await Promise.race([once(call, 'drain').then(() => false), delay(3_000).then(() => true)]);
    }
    expect(memoryOf(node) - before).to.be.lessThan(200);
    await stillServes();
    call.cancel();
  });

  it('bounds what readers that do not read hold', async function () {
    this.timeout(60_000);
    const large = Array.from({ length: 5 }, () => ({ ...numbered(1)[0], data: { text: 'x'.repeat(150_000) } }));
    for (let n = 0; n < 40; n++) await client.appendToStream('large', large as never);
    const before = memoryOf(node);
    const idle = Array.from({ length: 90 }, () => client.subscribeToStream('large', { fromRevision: START }));
    for (const subscription of idle) subscription.on('error', () => undefined);
    await delay(2_000);
    expect(memoryOf(node) - before).to.be.lessThan(300);
    const other = EventStoreDBClient.connectionString(node.url);
    expect(await collect(other.readStream('large', { maxCount: 5 }))).to.have.length(5);
    await other.dispose();
  });

  it('lives through a thousand calls that are cancelled at once', async () => {
    for (let n = 0; n < 1_000; n++) {
      const call = raw.makeBidiStreamRequest(`${service}/BatchAppend`, same, same);
      call.on('error', () => undefined);
      call.write(batchPart(100, n % 2 === 0));
      call.cancel();
    }
    await stillServes();
  });
});

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
