const RealDate = Date;
let shiftMs = 0;

/** The clock of this process as its parent says: every `Date` is that many milliseconds off. Timers go on as they did. */
export function shiftClock(ms: number): void {
  shiftMs = ms;
}

/** Puts a `Date` in place that can be shifted. */
export function installClock(): void {
  const now = (): number => RealDate.now() + shiftMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget): object =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}
