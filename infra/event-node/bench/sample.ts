/** Data of every event the bench writes: 411 bytes as JSON. */
export const sample = { note: 'x'.repeat(400) };

/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
