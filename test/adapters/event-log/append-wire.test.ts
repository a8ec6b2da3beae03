import shared from '@eventstore/db-client/generated/shared_pb.js';
import grpcStatus from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { expect } from 'chai';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { v4 as uuid } from 'uuid';
import { type AppendRequest, decodeAppended, encodeAppend } from '../../../src/adapters/event-log/append-wire.ts';

const { BatchAppendReq, BatchAppendResp } = streams;

/** The same append by the client's generated classes, put together as the client does. */
function byClient({ correlationId, deadline, events, expected, stream }: AppendRequest): Uint8Array {
  const options = new BatchAppendReq.Options()
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64')))
    .setDeadline(timestamp.Timestamp.fromDate(new Date(deadline)));
  if (expected === 'none') options.setNoStream(new empty.Empty());
  else if (expected === 'any') options.setAny(new empty.Empty());
  else options.setStreamPosition(String(expected));
  const proposed = events.map(({ data, id, metadata, type }) => {
    const message = new BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(id));
    message.getMetadataMap().set('type', type).set('content-type', 'application/json');
    message.setData(Buffer.from(JSON.stringify(data)).toString('base64'));
    return message.setCustomMetadata(Buffer.from(JSON.stringify(metadata)).toString('base64'));
  });
  return new BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setOptions(options)
    .setProposedMessagesList(proposed)
    .setIsFinal(true)
    .serializeBinary();
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function event(data: Record<string, unknown>, metadata: Record<string, unknown> = {}) {
  return { id: uuid(), type: 'test.Thing.Made', data, metadata };
}

function requests(): readonly AppendRequest[] {
  const base = { correlationId: uuid(), stream: 'test.Thing-acme.1', deadline: 1_790_000_000_123 };
  const many = Array.from({ length: 64 }, (_, n) => event({ n }, { n }));
  return [
    { ...base, events: [event({})], expected: 'none' },
    { ...base, events: [event({ note: 'x'.repeat(5_000) }, { by: 'y'.repeat(300) })], expected: 'any' },
    { ...base, events: [event({ text: 'Grüße, 世界 \u{1f511} \ud800 \u2028' })], expected: 0 },
    { ...base, stream: 'test.Thing-acme.ü/ß', events: many, expected: 4_294_967_296, deadline: 1_790_000_000_000 },
    { ...base, events: [event({})], expected: Number.MAX_SAFE_INTEGER },
  ];
}

const success = (): InstanceType<typeof BatchAppendResp.Success> =>
  new BatchAppendResp.Success()
    .setCurrentRevision('9007199254740991')
    .setPosition(
      new shared.AllStreamPosition().setCommitPosition('9223372036854775807').setPreparePosition('9223372036854775807'),
    );

describe('the bytes of an append', () => {
  it('are those of the client', () => {
    for (const request of requests()) {
      const bytes = encodeAppend(request);
      expect(hex(bytes)).to.equal(hex(byClient(request)));
      expect(BatchAppendReq.deserializeBinary(bytes).getProposedMessagesList()).to.have.length(request.events.length);
    }
  });

  it('of an answer say where the append stands', () => {
    const correlationId = uuid();
    const answer = new BatchAppendResp().setCorrelationId(new shared.UUID().setString(correlationId));
    const bytes = answer.setSuccess(success()).setStreamIdentifier(new shared.StreamIdentifier()).serializeBinary();
    expect(decodeAppended(bytes)).to.deep.equal({
      correlationId,
      revision: Number.MAX_SAFE_INTEGER,
      position: 9_223_372_036_854_775_807n,
    });
    const repeated = success().setNoPosition(new empty.Empty()).setCurrentRevision('0');
    expect(decodeAppended(answer.setSuccess(repeated).serializeBinary())).to.deep.equal({
      correlationId,
      revision: 0,
      position: undefined,
    });
  });

  it('of an answer may have its id in two halves', () => {
    const structured = new shared.UUID.Structured()
      .setMostSignificantBits('-1311768467463790321')
      .setLeastSignificantBits('81985529216486895');
    const answer = new BatchAppendResp()
      .setCorrelationId(new shared.UUID().setStructured(structured))
      .setSuccess(success());
    expect(decodeAppended(answer.serializeBinary()).correlationId).to.equal('edcba987-6543-210f-0123-456789abcdef');
  });

  it('of a failure are kept whole', () => {
    const correlationId = uuid();
    const failed = new BatchAppendResp()
      .setCorrelationId(new shared.UUID().setString(correlationId))
      .setError(new grpcStatus.Status().setMessage('no'))
      .serializeBinary();
    expect(decodeAppended(failed)).to.deep.equal({ correlationId, failure: failed });
  });
});
