import { status } from '@grpc/grpc-js';
import type { Expected, Proposed } from '../storage/types.ts';
import { rpcError } from './errors.ts';

/** A proposed message of either append, as both generated classes have it. */
interface ProposedMessage {
  getId(): { hasString(): boolean; getString(): string; getStructured(): Structured | undefined } | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

interface Structured {
  getMostSignificantBits(): string;
  getLeastSignificantBits(): string;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Bytes a proposed event counts against the largest append: EventStoreDB's size on disk, which has the type in UTF-16. */
export function proposedBytes(message: ProposedMessage): number {
  const type = message.getMetadataMap().get('type') ?? '';
  return message.getData_asU8().length + message.getCustomMetadata_asU8().length + 2 * type.length;
}

/** Bytes an event takes in memory beside its data and metadata, roughly. */
export const eventOverheadBytes = 512;

const json = 'application/json';

/** A proposed message as the storage takes it; throws a bad-request error where a required property is missing. */
export function proposalOf(message: ProposedMessage): Proposed {
  const map = message.getMetadataMap();
  const type = map.get('type');
  const contentType = map.get('content-type');
  if (type === undefined || contentType === undefined) {
    throw rpcError(
      status.INVALID_ARGUMENT,
      `Required metadata property ${type === undefined ? 'type' : 'content-type'} is missing`,
      {
        exception: 'missing-required-metadata-property',
      },
    );
  }
  if (type === '' || Buffer.byteLength(type) > 1_024)
    throw rpcError(status.INVALID_ARGUMENT, 'an event type has 1 to 1024 bytes');
  return {
    id: uuidOf(message),
    type,
    contentType: contentType === json ? json : 'application/octet-stream',
    // Copies, because the decoded message's are views that keep all of the received bytes in memory.
    data: Buffer.from(message.getData_asU8()),
    metadata: Buffer.from(message.getCustomMetadata_asU8()),
  };
}

function uuidOf(message: ProposedMessage): string {
  const id = message.getId();
  const structured = id?.getStructured();
  const text = structured === undefined ? (id?.getString() ?? '').toLowerCase() : fromHalves(structured);
  if (!uuidPattern.test(text)) throw rpcError(status.INVALID_ARGUMENT, 'an event id is not a UUID');
  return text;
}

function fromHalves(structured: Structured): string {
  const half = (value: string): string => BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A name as the protocol carries it; throws a bad-request error where it is empty or over 1,024 bytes. */
export function streamNameOf(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  const bytes = identifier?.getStreamName_asU8() ?? new Uint8Array();
  if (bytes.length === 0 || bytes.length > 1_024)
    throw rpcError(status.INVALID_ARGUMENT, 'a stream name has 1 to 1024 bytes');
  const name = Buffer.from(bytes).toString('utf8');
  if (name === '$all') throw rpcError(status.INVALID_ARGUMENT, '$all is not a stream that can be written to');
  return name;
}

/** What a writer expects, from the request's oneof; throws a bad-request error where it says nothing. */
export function expectedOf(
  options: {
    hasNoStream(): boolean;
    hasAny(): boolean;
    hasStreamExists(): boolean;
  },
  revision: string | undefined,
): Expected {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  if (revision === undefined) throw rpcError(status.INVALID_ARGUMENT, 'the request does not say what it expects');
  return Number(revision);
}

/** The protocol's numbers for what is expected, as errors show them. */
export function expectedText(expected: Expected): string {
  return typeof expected === 'number'
    ? String(expected)
    : { no_stream: '-1', any: '-2', stream_exists: '-4' }[expected];
}
