import { expect } from 'chai';
import fc from 'fast-check';
import { shared, streams } from '../../../../infra/event-node/proto.ts';
import { encodeBatchWritten, encodeReadEvent, encodeRecordedEvent } from '../../../../infra/event-node/wire.ts';

const { ReadResp } = streams;

interface Sample {
  readonly position: number;
  readonly streamName: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly createdMs: number;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

const sample: fc.Arbitrary<Sample> = fc.record({
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  streamName: fc.string({ unit: 'grapheme', minLength: 1 }),
  revision: fc.oneof(
    fc.nat(),
    fc.maxSafeNat().filter((n) => n < Number.MAX_SAFE_INTEGER),
  ),
  id: fc.uuid(),
  type: fc.string({ unit: 'grapheme', minLength: 1 }),
  contentType: fc.constantFrom('application/json', 'application/octet-stream'),
  createdMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  data: fc.uint8Array({ maxLength: 400 }),
  metadata: fc.uint8Array({ maxLength: 400 }),
});

/** The same event by the generated classes. */
function generated(event: Sample): InstanceType<typeof ReadResp.ReadEvent.RecordedEvent> {
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.streamName)))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(String(event.position))
    .setCommitPosition(String(event.position))
    .setCustomMetadata(event.metadata)
    .setData(event.data);
  recorded.getMetadataMap().set('type', event.type);
  recorded.getMetadataMap().set('content-type', event.contentType);
  recorded.getMetadataMap().set('created', String(BigInt(event.createdMs) * 10_000n));
  return recorded;
}

describe('event node: bytes encoded by hand', () => {
  it('are those of the generated classes, for any event', () => {
    fc.assert(
      fc.property(sample, (event) => {
        const { bytes, nameLength, nameOffset, typeLength, typeOffset } = encodeRecordedEvent(event);
        expect(bytes.equals(generated(event).serializeBinary())).to.equal(true);
        expect(bytes.toString('utf8', nameOffset, nameOffset + nameLength)).to.equal(event.streamName);
        expect(bytes.toString('utf8', typeOffset, typeOffset + typeLength)).to.equal(event.type);
      }),
    );
  });

  it('wrap events and links as the generated classes do', () => {
    fc.assert(
      fc.property(sample, fc.option(sample), (event, link) => {
        const message = new ReadResp.ReadEvent().setEvent(generated(event)).setCommitPosition(String(event.position));
        if (link !== null) message.setLink(generated(link));
        const expected = new ReadResp().setEvent(message).serializeBinary();
        const linkBytes = link === null ? undefined : encodeRecordedEvent(link).bytes;
        const actual = encodeReadEvent(encodeRecordedEvent(event).bytes, linkBytes, event.position);
        expect(actual.equals(expected)).to.equal(true);
      }),
    );
  });

  it('answer a batch append as the generated classes do', () => {
    const number = fc.oneof(fc.nat(), fc.maxSafeNat());
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        number,
        number,
        (id, name, revision, at) => {
          const [correlation, stream, position] = [id, Buffer.from(name), at + 1];
          const places = new shared.AllStreamPosition()
            .setCommitPosition(String(position))
            .setPreparePosition(String(position));
          const success = new streams.BatchAppendResp.Success()
            .setCurrentRevision(String(revision))
            .setPosition(places);
          const expected = new streams.BatchAppendResp()
            .setCorrelationId(new shared.UUID().setString(correlation))
            .setSuccess(success)
            .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(stream));
          const actual = encodeBatchWritten({ correlation, stream, revision, position });
          expect(actual.equals(expected.serializeBinary())).to.equal(true);
        },
      ),
    );
  });

  it("carry a tombstone's revision as the largest signed 64-bit number", () => {
    const event = { ...fc.sample(sample, 1)[0], revision: Number.MAX_SAFE_INTEGER } as Sample;
    const decoded = ReadResp.ReadEvent.RecordedEvent.deserializeBinary(encodeRecordedEvent(event).bytes);
    expect(decoded.getStreamRevision()).to.equal('9223372036854775807');
  });
});
