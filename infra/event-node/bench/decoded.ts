import { sample } from '../../bench/event-log.ts';
import { perSecond } from '../../bench/figures.ts';
import { streams } from '../proto.ts';
import { encodeReadEvent, encodeRecordedEvent } from '../wire.ts';

/** Events a second that the client's own message classes decode, with nothing on the wire. */
export function decodedEvents(seconds: number): number {
  const { bytes } = encodeRecordedEvent({
    position: 1_000_000,
    streamName: 'bench-1',
    revision: 1_000,
    id: '6a2f41a3-c54c-4bd9-95a9-b0a5b2b6d4f1',
    type: 'Benched',
    contentType: 'application/json',
    createdMs: 1_700_000_000_000,
    data: Buffer.from(JSON.stringify(sample)),
    metadata: new Uint8Array(),
  });
  const message = encodeReadEvent(bytes, undefined, 1_000_000);
  return perSecond(seconds, () => {
    const event = streams.ReadResp.deserializeBinary(message).getEvent()?.getEvent();
    JSON.parse(Buffer.from(event?.getData_asU8() ?? []).toString('utf8'));
  });
}
