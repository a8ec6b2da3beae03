import protobuf from 'protobufjs/minimal.js';
import type { NewEvent } from '../../kernel/log.ts';
import { bigint, decodeUuid, eachField, inner, long, whole } from './fields.ts';

/**
 * Appends as the protocol has them (`event_store.client.streams`), written and read without the objects of the client's generated classes, which
 * encode each event twice and by way of base64. A test holds the bytes against those classes.
 */

const { Reader, Writer } = protobuf;

/** One append as the protocol has it. */
export interface AppendRequest {
  /** UUID by which the answer is told. */
  readonly correlationId: string;
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: number | 'none' | 'any';
  /** Milliseconds since the epoch after which the server need not write any more. */
  readonly deadline: number;
}

/** What the server says to one append: where it stands, or that it failed; the position may be left out where it was a repeated one. */
export type AppendAnswer =
  | { readonly correlationId: string; readonly revision: number; readonly position: bigint | undefined }
  | { readonly correlationId: string; readonly failure: Uint8Array };

/** `BatchAppendReq`, all of the append in one. */
export function encodeAppend({ correlationId, deadline, events, expected, stream }: AppendRequest): Uint8Array {
  const writer = Writer.create();
  writer.uint32(long(1)).fork().uint32(long(2)).string(correlationId).ldelim();
  const options = writer.uint32(long(2)).fork();
  options.uint32(long(1)).fork().uint32(long(3)).string(stream).ldelim();
  if (expected === 'none') options.uint32(long(3)).fork().ldelim();
  else if (expected === 'any') options.uint32(long(4)).fork().ldelim();
  else options.uint32(whole(2)).uint64(expected);
  options.uint32(long(6)).fork();
  options.uint32(whole(1)).int64(Math.floor(deadline / 1_000));
  if (deadline % 1_000 !== 0) options.uint32(whole(2)).int32((deadline % 1_000) * 1_000_000);
  options.ldelim().ldelim();
  for (const event of events) encodeProposed(writer.uint32(long(3)).fork(), event).ldelim();
  return writer.uint32(whole(4)).bool(true).finish();
}

function encodeProposed(writer: protobuf.Writer, { data, id, metadata, type }: NewEvent): protobuf.Writer {
  writer.uint32(long(1)).fork().uint32(long(2)).string(id).ldelim();
  encodeEntry(writer, 'content-type', 'application/json');
  encodeEntry(writer, 'type', type);
  return writer.uint32(long(3)).string(JSON.stringify(metadata)).uint32(long(4)).string(JSON.stringify(data));
}

function encodeEntry(writer: protobuf.Writer, key: string, value: string): void {
  writer.uint32(long(2)).fork().uint32(long(1)).string(key).uint32(long(2)).string(value).ldelim();
}

/** `BatchAppendResp`; of a failure, the whole message, for the client's own classes to name it. */
export function decodeAppended(bytes: Uint8Array): AppendAnswer {
  let correlationId = '';
  let success: { readonly revision: number; readonly position: bigint | undefined } | undefined;
  const reader = Reader.create(bytes);
  eachField(reader, (field) => {
    if (field === 1) correlationId = decodeUuid(inner(reader));
    else if (field === 3) success = decodeSuccess(inner(reader));
    else return false;
    return true;
  });
  return success === undefined ? { correlationId, failure: bytes } : { correlationId, ...success };
}

function decodeSuccess(reader: protobuf.Reader): { readonly revision: number; readonly position: bigint | undefined } {
  let revision = -1;
  let position: bigint | undefined;
  eachField(reader, (field) => {
    if (field === 1) revision = Number(reader.uint64());
    else if (field === 3) position = decodeCommit(inner(reader));
    else return false;
    return true;
  });
  return { revision, position };
}

/** `AllStreamPosition` */
function decodeCommit(reader: protobuf.Reader): bigint {
  let commit = 0n;
  eachField(reader, (field) => {
    if (field === 1) commit = bigint(reader);
    return field === 1;
  });
  return commit;
}
