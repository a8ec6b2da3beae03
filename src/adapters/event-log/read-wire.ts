import protobuf from 'protobufjs/minimal.js';
import type { LogEvent } from '../../kernel/log.ts';
import { bigint, decodeUuid, eachField, inner, long, whole } from './fields.ts';

/** Reads of `$all` as the protocol has them (`event_store.client.streams`). A test holds the bytes against the client's generated classes. */

const { Reader, Writer } = protobuf;

/** What a read gave: an event's position, and the event where it is one of ours. */
export interface ReadEvent {
  readonly position: bigint;
  /** Undefined for system events, for links to what is gone, and for what is not JSON. */
  readonly event: LogEvent | undefined;
}

/** `ReadReq`: events of `$all` in commit order, from a position (inclusive), or from the first. */
export function encodeReadAll({ from, max }: { readonly from: bigint | undefined; readonly max: number }): Uint8Array {
  const writer = Writer.create();
  const options = writer.uint32(long(1)).fork();
  const all = options.uint32(long(2)).fork();
  if (from === undefined) all.uint32(long(2)).fork().ldelim();
  else encodePosition(all.uint32(long(1)).fork(), from).ldelim();
  all.ldelim();
  options.uint32(whole(5)).uint64(max);
  options.uint32(long(8)).fork().ldelim();
  options.uint32(long(9)).fork().uint32(long(2)).fork().ldelim().ldelim();
  return writer.ldelim().finish();
}

/** Proto3 leaves out zero. */
function encodePosition(writer: protobuf.Writer, position: bigint): protobuf.Writer {
  if (position === 0n) return writer;
  const text = String(position);
  return writer.uint32(whole(1)).uint64(text).uint32(whole(2)).uint64(text);
}

/** `ReadResp`; undefined for one that tells of no event. */
export function decodeRead(bytes: Uint8Array): ReadEvent | undefined {
  const reader = Reader.create(bytes);
  let read: ReadEvent | undefined;
  eachField(reader, (field) => {
    if (field === 1) read = decodeReadEvent(inner(reader));
    return field === 1;
  });
  return read;
}

function decodeReadEvent(reader: protobuf.Reader): ReadEvent {
  let recorded: ReadEvent | undefined;
  let position: bigint | undefined;
  eachField(reader, (field) => {
    if (field === 1) recorded = decodeRecorded(inner(reader));
    else if (field === 3) position = bigint(reader);
    else return false;
    return true;
  });
  return recorded ?? { position: position ?? 0n, event: undefined };
}

interface Recorded {
  id: string;
  stream: string;
  revision: number;
  position: bigint;
  type: string;
  isJson: boolean;
  metadata: Uint8Array;
  data: Uint8Array;
}

const nothing = new Uint8Array();

function decodeRecorded(reader: protobuf.Reader): ReadEvent {
  const recorded: Recorded = {
    id: '',
    stream: '',
    revision: 0,
    position: 0n,
    type: '',
    isJson: false,
    metadata: nothing,
    data: nothing,
  };
  eachField(reader, (field) => {
    const take = taken[field];
    take?.(recorded, reader);
    return take !== undefined;
  });
  const { data, isJson, metadata, position, ...rest } = recorded;
  if (rest.type.startsWith('$') || !isJson) return { position, event: undefined };
  return { position, event: { ...rest, position, data: parsed(data), metadata: parsed(metadata) } };
}

/** Fields of `RecordedEvent`, by their numbers. */
const taken: Readonly<Record<number, (recorded: Recorded, reader: protobuf.Reader) => void>> = {
  1: (recorded, reader) => {
    recorded.id = decodeUuid(inner(reader));
  },
  2: (recorded, reader) => {
    recorded.stream = decodeName(inner(reader));
  },
  3: (recorded, reader) => {
    recorded.revision = Number(reader.uint64());
  },
  5: (recorded, reader) => {
    recorded.position = bigint(reader);
  },
  6: (recorded, reader) => {
    const [key, value] = decodeEntry(inner(reader));
    if (key === 'type') recorded.type = value;
    else if (key === 'content-type') recorded.isJson = value === 'application/json';
  },
  7: (recorded, reader) => {
    recorded.metadata = reader.bytes();
  },
  8: (recorded, reader) => {
    recorded.data = reader.bytes();
  },
};

function decodeName(reader: protobuf.Reader): string {
  let name = '';
  eachField(reader, (field) => {
    if (field === 3) name = reader.string();
    return field === 3;
  });
  return name;
}

function decodeEntry(reader: protobuf.Reader): readonly [string, string] {
  const entry: [string, string] = ['', ''];
  eachField(reader, (field) => {
    if (field > 2) return false;
    entry[field - 1] = reader.string();
    return true;
  });
  return entry;
}

/** What others have written may be no JSON in spite of what it says. */
function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
