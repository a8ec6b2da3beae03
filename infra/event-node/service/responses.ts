import { shared, streams } from '../proto.ts';
import type { StoredEvent } from '../storage/record.ts';
import { tombstoneRevision } from '../storage/types.ts';
import { encodeReadEvent } from '../wire.ts';

const { ReadResp } = streams;
type RecordedEvent = InstanceType<typeof ReadResp.ReadEvent.RecordedEvent>;

/** How a client wants event ids. */
export type UuidForm = 'string' | 'structured';

/** An event as one message of a read, with its link where it was found through one. */
export function eventMessage(event: StoredEvent | undefined, link: StoredEvent | undefined, uuids: UuidForm): Buffer {
  if (event !== undefined && link === undefined && uuids === 'string') return event.message;
  const position = (link ?? event)?.position ?? 0;
  const body = (stored: StoredEvent | undefined): Buffer | undefined =>
    stored === undefined ? undefined : uuids === 'string' ? stored.body : restructured(stored.body);
  return encodeReadEvent(body(event), body(link), position);
}

/** The same event with its id as two 64-bit numbers. */
function restructured(body: Buffer): Buffer {
  const event: RecordedEvent = ReadResp.ReadEvent.RecordedEvent.deserializeBinary(body);
  const hex = (event.getId()?.getString() ?? '').replaceAll('-', '');
  const half = (from: number): string => BigInt.asIntN(64, BigInt(`0x${hex.slice(from, from + 16)}`)).toString();
  const structured = new shared.UUID.Structured().setMostSignificantBits(half(0)).setLeastSignificantBits(half(16));
  return Buffer.from(event.setId(new shared.UUID().setStructured(structured)).serializeBinary());
}

function message(build: (response: InstanceType<typeof ReadResp>) => unknown): Buffer {
  const response = new ReadResp();
  build(response);
  return Buffer.from(response.serializeBinary());
}

export function confirmation(id: string): Buffer {
  return message((response) => response.setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(id)));
}

export const caughtUp: Buffer = message((response) => response.setCaughtUp(new ReadResp.CaughtUp()));

export function checkpoint(position: number): Buffer {
  const at = String(position);
  return message((response) =>
    response.setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(at).setPreparePosition(at)),
  );
}

export function streamNotFound(stream: string): Buffer {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return message((response) =>
    response.setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier)),
  );
}

/** A revision in the protocol's numbers. */
export function revisionText(revision: number): string {
  return revision === tombstoneRevision ? '9223372036854775807' : String(revision);
}
