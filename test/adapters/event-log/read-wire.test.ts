import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { decodeRead, encodeReadAll } from '../../../src/adapters/event-log/read-wire.ts';

const { ReadReq, ReadResp } = streams;
const { AllOptions, Position, UUIDOption } = ReadReq.Options;

/** The same request by the client's generated classes, put together as the client does. */
function byClient({ from, max }: { readonly from: bigint | undefined; readonly max: number }): Uint8Array {
  const all = new AllOptions();
  if (from === undefined) all.setStart(new shared.Empty());
  else all.setPosition(new Position().setCommitPosition(String(from)).setPreparePosition(String(from)));
  const options = new ReadReq.Options()
    .setAll(all)
    .setCount(String(max))
    .setNoFilter(new shared.Empty())
    .setUuidOption(new UUIDOption().setString(new shared.Empty()));
  return new ReadReq().setOptions(options).serializeBinary();
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Stored {
  readonly type: string;
  readonly contentType?: string;
  readonly data: string;
  readonly metadata?: string;
}

const id = uuid();

function recorded({ contentType = 'application/json', data, metadata = '', type }: Stored) {
  const event = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('test.Thing-ü.1').toString('base64')))
    .setStreamRevision('7')
    .setPreparePosition('9223372036854775807')
    .setCommitPosition('9223372036854775807')
    .setCustomMetadata(Buffer.from(metadata).toString('base64'))
    .setData(Buffer.from(data).toString('base64'));
  event.getMetadataMap().set('type', type).set('content-type', contentType).set('created', '17900000000000000');
  return event;
}

const answer = (stored: Stored): Uint8Array =>
  new ReadResp()
    .setEvent(new ReadResp.ReadEvent().setEvent(recorded(stored)).setCommitPosition('9223372036854775807'))
    .serializeBinary();

const position = 9_223_372_036_854_775_807n;

describe('the bytes of a read', () => {
  it('are those of the client', () => {
    for (const range of [
      { from: undefined, max: 1 },
      { from: 0n, max: 501 },
      { from: 123_456_789_012n, max: 2 ** 40 },
    ])
      expect(hex(encodeReadAll(range))).to.equal(hex(byClient(range)));
  });

  it('of an answer hold the event', () => {
    const data = { text: 'Grüße, 世界 \u{1f511}', list: [1, 'x'.repeat(20_000)] };
    const metadata = { tenant: 'ü' };
    const bytes = answer({ type: 'test.Thing.Made', data: JSON.stringify(data), metadata: JSON.stringify(metadata) });
    expect(decodeRead(bytes)).to.deep.equal({
      position,
      event: { id, type: 'test.Thing.Made', stream: 'test.Thing-ü.1', revision: 7, position, data, metadata },
    });
    expect(decodeRead(answer({ type: 'test.Thing.Made', data: '{}' }))?.event?.metadata).to.deep.equal({});
  });

  it('of what is none of our events hold its position alone', () => {
    for (const stored of [
      { type: '$metadata', data: '{}' },
      { type: 'test.Thing.Made', contentType: 'application/octet-stream', data: '\u0000' },
    ])
      expect(decodeRead(answer(stored))).to.deep.equal({ position, event: undefined });
    const gone = new ReadResp.ReadEvent().setLink(recorded({ type: '$>', data: '{}' })).setCommitPosition('12');
    expect(decodeRead(new ReadResp().setEvent(gone).serializeBinary())).to.deep.equal({
      position: 12n,
      event: undefined,
    });
    expect(decodeRead(new ReadResp().setLastStreamPosition('3').serializeBinary())).to.equal(undefined);
  });

  it('of an event that only says that it is JSON hold nothing else', () => {
    const bytes = answer({ type: 'test.Thing.Made', data: '{"cut', metadata: 'off' });
    expect(decodeRead(bytes)?.event).to.include({ type: 'test.Thing.Made', revision: 7 });
  });
});
