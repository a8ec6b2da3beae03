/** Table sets that are written, or made, at the same time. */
const lanesAtMost = 4;

/** Does something for each, a few at a time, and waits for all; `work` must not reject. */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const lane = async (): Promise<void> => {
    while (rest.length > 0) await work(rest.shift() as T);
  };
  await Promise.all(Array.from({ length: lanesAtMost }, lane));
}
