import { setTimeout as sleep } from 'node:timers/promises';
import { NO_STREAM, StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, type Server, startServer } from './support.ts';

describe('event node contract: the life of a stream', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  async function revisions(stream: string): Promise<number[]> {
    return (await collect(server.client.readStream(stream))).map(({ event }) => Number(event?.revision));
  }
  async function filled(count: number): Promise<string> {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(count));
    return stream;
  }

  it('deletes softly: not found, until the next write goes on with the numbers', async () => {
    const stream = await filled(3);
    const { position } = await server.client.deleteStream(stream);
    expect(position?.commit).to.satisfy((at: bigint) => at > 0n);
    expect(await errorOf(revisions(stream))).to.be.instanceOf(StreamNotFoundError);
    const again = await server.client.appendToStream(stream, numbered(2, 3), { expectedRevision: NO_STREAM });
    expect(again.nextExpectedRevision).to.equal(4n);
    expect(await revisions(stream)).to.deep.equal([3, 4]);
  });

  it('brings a deleted stream back by its last revision too', async () => {
    const stream = await filled(2);
    await server.client.deleteStream(stream, { expectedRevision: 1n });
    await server.client.appendToStream(stream, numbered(1, 2), { expectedRevision: 1n });
    expect(await revisions(stream)).to.deep.equal([2]);
  });

  it('refuses to delete at another revision than the expected', async () => {
    const stream = await filled(2);
    const error = await errorOf(server.client.deleteStream(stream, { expectedRevision: 0n }));
    expect(error).to.be.instanceOf(WrongExpectedVersionError);
    expect(error).to.include({ expectedVersion: 0n, actualVersion: 1n });
    expect(await revisions(stream)).to.deep.equal([0, 1]);
  });

  it('tombstones for ever', async () => {
    const stream = await filled(1);
    const { position } = await server.client.tombstoneStream(stream, { expectedRevision: 0n });
    expect(position?.commit).to.satisfy((at: bigint) => at > 0n);
    for (const attempt of [
      () => server.client.appendToStream(stream, numbered(1)),
      () => server.client.deleteStream(stream),
      () => server.client.tombstoneStream(stream),
      () => revisions(stream),
    ]) {
      expect(await errorOf(attempt())).to.be.instanceOf(StreamDeletedError);
    }
  });

  it('refuses to tombstone at another revision than the expected', async () => {
    const stream = await filled(2);
    const error = await errorOf(server.client.tombstoneStream(stream, { expectedRevision: 7n }));
    expect(error).to.be.instanceOf(WrongExpectedVersionError);
  });

  it('truncates before a revision', async () => {
    const stream = await filled(6);
    await server.client.setStreamMetadata(stream, { truncateBefore: 4 });
    expect(await revisions(stream)).to.deep.equal([4, 5]);
    const back = await collect(server.client.readStream(stream, { direction: 'backwards', fromRevision: 'end' }));
    expect(back.map(({ event }) => event?.revision)).to.deep.equal([5n, 4n]);
  });

  it('keeps a count', async () => {
    const stream = await filled(3);
    await server.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(await revisions(stream)).to.deep.equal([1, 2]);
    await server.client.appendToStream(stream, numbered(1, 3));
    expect(await revisions(stream)).to.deep.equal([2, 3]);
  });

  it('lets events expire', async () => {
    const stream = await filled(1);
    await server.client.setStreamMetadata(stream, { maxAge: 1 });
    await sleep(1_200);
    await server.client.appendToStream(stream, numbered(1, 1));
    expect(await revisions(stream)).to.deep.equal([1]);
  });

  it('keeps metadata: access lists and custom keys, with revisions of their own', async () => {
    const stream = freshStream();
    const acl = { readRoles: ['alice', '$admins'], writeRoles: '$all' };
    const first = await server.client.setStreamMetadata(stream, {
      acl,
      cacheControl: 7,
      team: { name: 'core' },
    } as never);
    expect(first.nextExpectedRevision).to.equal(0n);
    const read = await server.client.getStreamMetadata(stream);
    expect(read.metadata).to.deep.equal({ acl, cacheControl: 7, team: { name: 'core' } });
    const wrong = server.client.setStreamMetadata(stream, { team: 'x' }, { expectedRevision: 5n });
    expect(await errorOf(wrong)).to.be.instanceOf(WrongExpectedVersionError);
    await server.client.setStreamMetadata(stream, { team: 'x' }, { expectedRevision: 0n });
    expect((await server.client.getStreamMetadata(stream)).metadata).to.deep.equal({ team: 'x' });
  });

  it('has no metadata for a stream that was given none', async () => {
    expect((await server.client.getStreamMetadata(freshStream())).metadata).to.equal(undefined);
  });
});
