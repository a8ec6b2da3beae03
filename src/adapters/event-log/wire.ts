import protobuf from 'protobufjs/minimal.js';
import type { NewEvent } from '../../kernel/log.ts';

/**
 * The protocol's hot messages (`event_store.client.streams`), written and read without the objects of the client's generated classes, which
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

/** Keys of fields with bytes, text or a message in them, and of those with a whole number. */
const long = (field: number): number => (field << 3) | 2;
const whole = (field: number): number => field << 3;

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
  eachField(Reader.create(bytes), (field, reader) => {
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
    if (field === 1) commit = BigInt(String(reader.uint64()));
    return field === 1;
  });
  return commit;
}

/** As text, or as two halves of 64 bits. */
function decodeUuid(reader: protobuf.Reader): string {
  let id = '';
  eachField(reader, (field) => {
    if (field === 1) id = decodeHalves(inner(reader));
    else if (field === 2) id = reader.string();
    else return false;
    return true;
  });
  return id;
}

function decodeHalves(reader: protobuf.Reader): string {
  const halves = ['', ''];
  eachField(reader, (field) => {
    if (field > 2) return false;
    halves[field - 1] = BigInt.asUintN(64, BigInt(String(reader.int64()))).toString(16);
    return true;
  });
  const hex = halves.map((half) => half.padStart(16, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Of a message within: its own bytes, which the outer one has then passed over. */
function inner(reader: protobuf.Reader): protobuf.Reader {
  return Reader.create(reader.bytes());
}

/** @param take reads a field's value; where it does not know the field, it says so and has read nothing */
function eachField(reader: protobuf.Reader, take: (field: number, reader: protobuf.Reader) => boolean): void {
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (!take(key >>> 3, reader)) reader.skipType(key & 7);
  }
}
