const grammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const longest = 400;

/** The end of the number (RFC 8259 §6) that begins at a byte, or why it is refused. */
export function numberAt(bytes: Buffer, start: number): { readonly end: number } | { readonly refusal: string } {
  let end = start;
  const last = Math.min(bytes.length, start + longest + 1);
  while (end < last && isNumeric(bytes[end] as number)) end++;
  if (end - start > longest) return { refusal: `is a number of more than ${longest} characters` };
  const text = bytes.toString('latin1', start, end);
  if (!grammar.test(text)) return { refusal: 'is not valid JSON' };
  const value = Number(text);
  if (!Number.isFinite(value)) return { refusal: 'is a number that is not finite' };
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? { refusal: 'is an integer beyond 2^53; send it as a string' }
    : { end };
}

function isNumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d || byte === 0x2b || (byte | 0x20) === 0x65;
}
