import {
  ANY,
  BACKWARDS,
  END,
  jsonEvent,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, type Server, startServer } from './support.ts';

describe('event node contract: deleted streams', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  async function deleted(count: number): Promise<string> {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(count));
    await server.client.deleteStream(stream);
    return stream;
  }
  async function revisions(stream: string): Promise<number[]> {
    return (await collect(server.client.readStream(stream))).map(({ event }) => Number(event?.revision));
  }

  for (const [what, expectedRevision] of [
    ['anything', ANY],
    ['no stream', NO_STREAM],
    ['its last revision', 2n],
  ] as const) {
    it(`come back by a write that expects ${what}, and go on with the numbers`, async () => {
      const stream = await deleted(3);
      const { nextExpectedRevision } = await server.client.appendToStream(stream, numbered(2), { expectedRevision });
      expect(nextExpectedRevision).to.equal(4n);
      expect(await revisions(stream)).to.deep.equal([3, 4]);
      const back = await collect(server.client.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
      expect(back.map(({ event }) => event?.revision)).to.deep.equal([4n, 3n]);
    });
  }

  it('count as deleted for a write that expects a stream', async () => {
    const stream = await deleted(1);
    const write = server.client.appendToStream(stream, numbered(1), { expectedRevision: STREAM_EXISTS });
    expect(await errorOf(write)).to.be.instanceOf(StreamDeletedError);
  });

  it('tell their last revision to a write that expects another', async () => {
    const stream = await deleted(3);
    const error = await errorOf(server.client.appendToStream(stream, numbered(1), { expectedRevision: 7n }));
    expect(error).to.be.instanceOf(WrongExpectedVersionError);
    expect(error).to.include({ expectedVersion: 7n, actualVersion: 2n });
  });

  it('can be deleted again, and tombstoned', async () => {
    const stream = await deleted(2);
    await server.client.deleteStream(stream);
    expect(await errorOf(revisions(stream))).to.be.instanceOf(StreamNotFoundError);
    await server.client.tombstoneStream(stream);
    expect(await errorOf(revisions(stream))).to.be.instanceOf(StreamDeletedError);
  });

  it('lose their other metadata', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(2));
    await server.client.setStreamMetadata(stream, { owner: 'alice', maxCount: 9 });
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, numbered(1));
    expect((await server.client.getStreamMetadata(stream)).metadata).to.deep.equal({ truncateBefore: 2 });
  });

  it('come back by new metadata, without their old events', async () => {
    const stream = await deleted(3);
    await server.client.setStreamMetadata(stream, { owner: 'bob' });
    const { metadata } = await server.client.getStreamMetadata(stream);
    expect(metadata).to.deep.equal({ owner: 'bob', truncateBefore: 3 });
    await server.client.appendToStream(stream, numbered(1), { expectedRevision: 2n });
    expect(await revisions(stream)).to.deep.equal([3]);
  });

  it('come back more than once', async () => {
    const stream = await deleted(2);
    await server.client.appendToStream(stream, numbered(2));
    await server.client.deleteStream(stream);
    await server.client.appendToStream(stream, numbered(1), { expectedRevision: NO_STREAM });
    expect(await revisions(stream)).to.deep.equal([4]);
  });

  it('know a write that is repeated after the deletion', async () => {
    const stream = freshStream();
    const events = numbered(2);
    await server.client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    await server.client.deleteStream(stream);
    const again = await server.client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
    expect(again.nextExpectedRevision).to.equal(1n);
    expect(await errorOf(revisions(stream))).to.be.instanceOf(StreamNotFoundError);
  });

  it('stay visible in $all', async () => {
    const type = `Gone${freshStream().replaceAll('-', '')}`;
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(2, 0, type));
    await server.client.deleteStream(stream);
    const all = await collect(server.client.readAll());
    expect(all.filter(({ event }) => event?.type === type)).to.have.length(2);
  });

  it('are refused where there is nothing to delete', async () => {
    for (const expectedRevision of [ANY, 0n] as const) {
      const error = await errorOf(server.client.deleteStream(freshStream(), { expectedRevision }));
      expect(error).to.be.instanceOf(WrongExpectedVersionError);
    }
  });

  it('can be tombstoned without ever having existed', async () => {
    const stream = freshStream();
    await server.client.tombstoneStream(stream, { expectedRevision: NO_STREAM });
    expect(await errorOf(server.client.appendToStream(stream, numbered(1)))).to.be.instanceOf(StreamDeletedError);
  });

  it('exist for a write that expects a stream when they have metadata alone', async () => {
    const stream = freshStream();
    await server.client.setStreamMetadata(stream, { maxCount: 5 });
    const { nextExpectedRevision } = await server.client.appendToStream(stream, numbered(1), {
      expectedRevision: STREAM_EXISTS,
    });
    expect(nextExpectedRevision).to.equal(0n);
  });

  it('stay readable whatever their metadata says', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(2));
    const nonsense = jsonEvent({
      type: '$metadata',
      data: { $maxCount: 'many', $maxAge: {}, $acl: 7, $cacheControl: null },
    });
    await server.client.appendToStream(`$$${stream}`, nonsense as never);
    expect(await revisions(stream)).to.deep.equal([0, 1]);
  });

  it('show the newest of their metadata alone', async () => {
    const stream = freshStream();
    await server.client.setStreamMetadata(stream, { owner: 'alice' });
    await server.client.setStreamMetadata(stream, { owner: 'bob' });
    expect(await revisions(`$$${stream}`)).to.deep.equal([1]);
  });
});
