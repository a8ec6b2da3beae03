import protobuf from 'protobufjs/minimal.js';

const { Reader } = protobuf;

/** The key of a field that holds bytes, text or a message. */
export const long = (field: number): number => (field << 3) | 2;
/** The key of a field that holds a whole number. */
export const whole = (field: number): number => field << 3;

/**
 * Reads a message of the protocol.
 *
 * @param take reads a field's value; where it does not know the field, it says so and has read nothing
 */
export function eachField(reader: protobuf.Reader, take: (field: number) => boolean): void {
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (!take(key >>> 3)) reader.skipType(key & 7);
  }
}

/** A reader of the message within, which the outer one has then passed over. */
export function inner(reader: protobuf.Reader): protobuf.Reader {
  return Reader.create(reader.bytes());
}

/** A whole number of 64 bits. */
export function bigint(reader: protobuf.Reader): bigint {
  return BigInt(String(reader.uint64()));
}

/** `UUID`: as text, or as two halves of 64 bits. */
export function decodeUuid(reader: protobuf.Reader): string {
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
