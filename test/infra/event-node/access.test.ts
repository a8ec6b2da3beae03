import { AccessDeniedError, EventStoreDBClient, START } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, startSecureServer } from './support.ts';

describe('event node contract: access', () => {
  let server: Awaited<ReturnType<typeof startSecureServer>>;
  let stranger: EventStoreDBClient | undefined;

  before(async () => {
    server = await startSecureServer();
    if (server === undefined) console.log('      EVENTSTORE_URL names a server without users: it refuses nobody');
    else stranger = EventStoreDBClient.connectionString(server.anonymousUrl);
  });
  after(async () => {
    await stranger?.dispose();
    await server?.stop();
  });

  it('is refused to a stranger, for every call', async () => {
    if (server === undefined || stranger === undefined) return;
    const client = stranger;
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(1));
    for (const attempt of [
      () => collect(client.readStream(stream)),
      () => collect(client.readAll({ maxCount: 1 })),
      () => client.appendToStream(stream, numbered(1)),
      () => client.deleteStream(stream),
      () => client.tombstoneStream(stream),
      () => client.setStreamMetadata(stream, { maxCount: 1 }),
      () => client.getStreamMetadata(stream),
    ]) {
      expect(await errorOf(attempt())).to.be.instanceOf(AccessDeniedError);
    }
    expect(await collect(server.client.readStream(stream))).to.have.length(1);
  });

  it('is refused to a subscriber who is a stranger', async () => {
    if (stranger === undefined) return;
    const subscription = stranger.subscribeToAll({ fromPosition: START });
    const error = await new Promise<Error>((resolve, reject) => {
      subscription.on('error', resolve);
      subscription.on('data', () => reject(new Error('an event came')));
    });
    expect(error).to.be.instanceOf(AccessDeniedError);
  });

  it('is refused to a wrong password, in both forms of an append', async () => {
    if (server === undefined || stranger === undefined) return;
    const credentials = { username: 'admin', password: 'wrong' };
    const stream = freshStream();
    const single = stranger.appendToStream(stream, numbered(1), { credentials });
    expect(await errorOf(single)).to.be.instanceOf(AccessDeniedError);
    const wrong = EventStoreDBClient.connectionString(server.anonymousUrl.replace('//', '//admin:wrong@'));
    expect(await errorOf(wrong.appendToStream(stream, numbered(1)))).to.be.instanceOf(Error);
    expect(await errorOf(collect(wrong.readStream(stream)))).to.be.instanceOf(AccessDeniedError);
    await wrong.dispose();
  });

  it('is granted to who says who they are, with a call too', async () => {
    if (server === undefined) return;
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(2));
    await server.client.setStreamMetadata(stream, { acl: { readRoles: ['$admins'], writeRoles: ['$admins'] } });
    await server.client.appendToStream(stream, numbered(1));
    expect(await collect(server.client.readStream(stream))).to.have.length(3);
  });
});
