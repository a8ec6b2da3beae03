import { AccessDeniedError, EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, startSecureNode } from '../support.ts';

describe('event node: users', () => {
  let node: Awaited<ReturnType<typeof startSecureNode>>;
  let admin: EventStoreDBClient;
  let alice: EventStoreDBClient;
  let bob: EventStoreDBClient;
  const clients: EventStoreDBClient[] = [];

  before(async () => {
    node = await startSecureNode();
    const connect = (credentials: string): EventStoreDBClient => {
      const client = EventStoreDBClient.connectionString(node.urlOf(credentials));
      clients.push(client);
      return client;
    };
    admin = connect('admin:changeit');
    alice = connect('alice:al%3Aice');
    bob = connect('bob:b0b');
  });
  after(async () => {
    for (const client of clients) await client.dispose();
    await node.stop();
  });

  const denied = async (attempt: Promise<unknown>): Promise<void> => {
    expect(await errorOf(attempt)).to.be.instanceOf(AccessDeniedError);
  };
  async function filled(acl: Record<string, string | string[]>): Promise<string> {
    const stream = freshStream();
    await admin.appendToStream(stream, numbered(2));
    await admin.setStreamMetadata(stream, { acl });
    return stream;
  }

  it('read and write streams without a list', async () => {
    const stream = freshStream();
    await alice.appendToStream(stream, numbered(2));
    expect(await collect(bob.readStream(stream))).to.have.length(2);
  });

  it('read where they, or a group of theirs, are named', async () => {
    const byGroup = await filled({ readRoles: ['readers'] });
    expect(await collect(alice.readStream(byGroup))).to.have.length(2);
    await denied(collect(bob.readStream(byGroup)));
    const byName = await filled({ readRoles: 'bob' });
    expect(await collect(bob.readStream(byName))).to.have.length(2);
    await denied(collect(alice.readStream(byName)));
  });

  it('write where they are named, in both forms of an append', async () => {
    const stream = await filled({ writeRoles: ['alice'] });
    await alice.appendToStream(stream, numbered(1));
    await denied(bob.appendToStream(stream, numbered(1)));
    const credentials = { username: 'bob', password: 'b0b' };
    await denied(alice.appendToStream(stream, numbered(1), { credentials }));
    expect(await collect(admin.readStream(stream))).to.have.length(3);
  });

  it('delete and tombstone where they are named', async () => {
    const stream = await filled({ deleteRoles: ['alice'] });
    await denied(bob.deleteStream(stream));
    await denied(bob.tombstoneStream(stream));
    await alice.deleteStream(stream);
  });

  it('read and write metadata where they are named', async () => {
    const stream = await filled({ metaReadRoles: ['alice'], metaWriteRoles: ['bob'] });
    expect((await alice.getStreamMetadata(stream)).metadata).to.have.property('acl');
    await denied(bob.getStreamMetadata(stream));
    await denied(alice.setStreamMetadata(stream, { maxCount: 1 }));
    await bob.setStreamMetadata(stream, { maxCount: 1 });
  });

  it('do not read $all, nor system streams, unless they are administrators', async () => {
    await denied(collect(alice.readAll({ maxCount: 1 })));
    await denied(collect(alice.readStream('$settings')));
    expect(await collect(admin.readAll({ maxCount: 1 }))).to.have.length(1);
  });

  it('read $all where its own list names them', async () => {
    await admin.setStreamMetadata('$all', { acl: { readRoles: ['alice', '$admins'] } });
    expect(await collect(alice.readAll({ maxCount: 1 }))).to.have.length(1);
    await denied(collect(bob.readAll({ maxCount: 1 })));
  });

  it('see a link alone where they may not read what it names', async () => {
    const secret = await filled({ readRoles: ['bob'] });
    const links = freshStream('links');
    const link = { ...numbered(1)[0], type: '$>', contentType: 'application/octet-stream' as const };
    await alice.appendToStream(links, { ...link, data: Buffer.from(`0@${secret}`) } as never);
    const [forAlice] = await collect(alice.readStream(links, { resolveLinkTos: true }));
    expect(forAlice?.event).to.equal(undefined);
    const [forBob] = await collect(bob.readStream(links, { resolveLinkTos: true }));
    expect(forBob?.event?.streamId).to.equal(secret);
  });

  it('are known by their password alone', async () => {
    for (const credentials of ['bob:B0B', 'nobody:b0b', 'alice:al']) {
      const client = EventStoreDBClient.connectionString(node.urlOf(credentials));
      clients.push(client);
      await denied(collect(client.readStream(freshStream())));
    }
  });

  it('cannot be reached without TLS', async () => {
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${node.port}?tls=false&defaultDeadline=2000`);
    expect(await errorOf(client.getStreamMetadata('any'))).to.be.instanceOf(Error);
    await client.dispose();
  });
});
