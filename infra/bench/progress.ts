/** Milliseconds between two lines. */
const everyMs = 10_000;

/**
 * Tells, every ten seconds, how much of something long is done and how long the rest will take at this pace.
 *
 * @param what such as "writing events"
 * @returns to be called with how much is done, as often as wanted
 */
export function progress(say: (text: string) => void, what: string, total: number): (done: number) => void {
  const began = performance.now();
  let next = began + everyMs;
  return (done) => {
    const now = performance.now();
    if (now < next || done === 0) return;
    next = now + everyMs;
    const perSecond = done / ((now - began) / 1_000);
    const percent = Math.floor((done / total) * 100);
    const left = duration((total - done) / perSecond);
    const rate = Math.round(perSecond).toLocaleString('en');
    say(`${what}: ${percent} % of ${total.toLocaleString('en')}, ${rate}/s, ${left} left`);
  };
}

/** Seconds as a person says them. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
