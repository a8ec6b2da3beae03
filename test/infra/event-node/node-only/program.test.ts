import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventStoreDBClient } from '@eventstore/db-client';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { expect } from 'chai';
import { features } from '../../../../infra/event-node/proto.ts';
import { numbered, runNode, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: the program', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    dir = temporaryDirectory();
  });
  afterEach(() => dir.remove());

  it('tells its options, commands and version', () => {
    const { status: ended, stdout } = runNode('serve', '--help');
    expect(ended).to.equal(0);
    for (const option of ['--dir', '--host', '--port', '--tls-cert', '--tls-key', '--users', '--json', '--stats']) {
      expect(stdout).to.include(option);
    }
    const commands = runNode('--help').stdout;
    for (const command of ['serve', 'backup', 'verify', 'scavenge']) expect(commands).to.include(command);
    expect(runNode('--version').stdout).to.match(/^keyledger-event-node, protocol \d+\.\d+\.\d+\n$/);
  });

  it('says when it is ready, and keeps statistics', async () => {
    const node = await startNodeProcess(join(dir.path, 'data'), ['--stats', '0.1']);
    const client = EventStoreDBClient.connectionString(node.url);
    const { position } = await client.appendToStream('any', numbered(3));
    const lines = createInterface({ input: node.child.stdout as NodeJS.ReadableStream });
    let said: Record<string, unknown> = {};
    while (said['written'] !== 3) {
      const [line] = (await once(lines, 'line')) as [string];
      said = JSON.parse(line) as Record<string, unknown>;
    }
    expect(said).to.include({ msg: 'statistics', position: Number(position?.commit), commits: 1 });
    expect(said['rssBytes']).to.be.greaterThan(1_048_576);
    await client.dispose();
    await node.stop();
  });

  it('advertises what it serves, and serves what it advertises', async () => {
    const node = await startNodeProcess(join(dir.path, 'data'));
    const raw = new Client(`127.0.0.1:${node.port}`, credentials.createInsecure());
    const call = (path: string): Promise<{ readonly details: string; readonly answer: Buffer | undefined }> =>
      new Promise((resolve) => {
        const same = (bytes: Buffer): Buffer => bytes;
        const answered = (error: ServiceError | null, answer?: Buffer): void =>
          resolve({ details: error?.details ?? '', answer });
        const options = { deadline: Date.now() + 1_000 };
        raw.makeUnaryRequest(path, same, same, Buffer.alloc(0), new Metadata(), options, answered);
      });
    const { answer } = await call('/event_store.client.server_features.ServerFeatures/GetSupportedMethods');
    const methods = features.SupportedMethods.deserializeBinary(answer ?? Buffer.alloc(0)).getMethodsList();
    const names = methods.map((method) => `${method.getServiceName().split('.').at(-1)}.${method.getMethodName()}`);
    expect(names).to.have.members([
      'Streams.read',
      'Streams.append',
      'Streams.batchappend',
      'Streams.delete',
      'Streams.tombstone',
      'Gossip.read',
      'Operations.startscavenge',
      'ServerFeatures.getsupportedmethods',
    ]);
    const spelled: Readonly<Record<string, string>> = {
      batchappend: 'BatchAppend',
      startscavenge: 'StartScavenge',
      getsupportedmethods: 'GetSupportedMethods',
    };
    expect((await call('/event_store.client.projections.Projections/Create')).details).to.include('does not implement');
    for (const method of methods) {
      const name = method.getMethodName();
      const { details } = await call(
        `/${method.getServiceName()}/${spelled[name] ?? name.replace(/^./, (letter) => letter.toUpperCase())}`,
      );
      expect(details, name).to.not.include('does not implement');
    }
    raw.close();
    await node.stop();
  });
});
