import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { currentProcess, type SimulatedProcess } from './world.ts';

/**
 * Gives code that runs in a simulated process the world's time, timers and chance in place of the machine's, and leaves all other code
 * alone: the product need not know that it is simulated. What goes past this shows as a run that does not repeat.
 */
export function takeOverAmbient(): void {
  if (taken) return;
  taken = true;
  takeTimers();
  takePromisedTimers();
  takeClocks();
  takeChance();
  takeSignals();
  syncBuiltinESMExports();
}

let taken = false;

class Timer {
  cancelled = false;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

type Callback = (...given: unknown[]) => void;

function takeTimers(): void {
  const { setTimeout: realTimeout, setInterval: realInterval, setImmediate: realImmediate } = globalThis;
  const timeout = (callback: Callback, ms = 0, ...given: unknown[]): unknown => {
    const process = currentProcess();
    if (process === undefined) return realTimeout(callback, ms, ...given);
    return startTimer(process, ms, () => callback(...given));
  };
  const interval = (callback: Callback, ms = 0, ...given: unknown[]): unknown => {
    const process = currentProcess();
    if (process === undefined) return realInterval(callback, ms, ...given);
    const timer = new Timer();
    repeat(process, timer, ms, () => callback(...given));
    return timer;
  };
  const immediate = (callback: Callback, ...given: unknown[]): unknown => {
    const process = currentProcess();
    if (process === undefined) return realImmediate(callback, ...given);
    return startTimer(process, 0, () => callback(...given));
  };
  Object.assign(globalThis, { setTimeout: timeout, setInterval: interval, setImmediate: immediate });
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const) {
    const real = globalThis[name] as (timer: unknown) => void;
    Object.assign(globalThis, { [name]: (timer: unknown) => (timer instanceof Timer ? cancel(timer) : real(timer)) });
  }
}

function cancel(timer: Timer): void {
  timer.cancelled = true;
}

function startTimer(process: SimulatedProcess, ms: number, happen: () => void): Timer {
  const timer = new Timer();
  // Timers fire late, never early.
  const late = ms === 0 ? 0 : process.world.random.unit();
  process.world.after(ms + late, () => timer.cancelled || happen(), process);
  return timer;
}

function repeat(process: SimulatedProcess, timer: Timer, ms: number, happen: () => void): void {
  process.world.after(
    ms,
    () => {
      if (timer.cancelled) return;
      repeat(process, timer, ms, happen);
      happen();
    },
    process,
  );
}

function takePromisedTimers(): void {
  const real = timersPromises.setTimeout;
  const simulated = (ms = 1, value?: unknown, options: { readonly signal?: AbortSignal } = {}): Promise<unknown> => {
    const process = currentProcess();
    if (process === undefined) return real(ms, value, options);
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        timer.cancelled = true;
        reject(signal?.reason);
      };
      const timer = startTimer(process, ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve(value);
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  };
  Object.assign(timersPromises, { setTimeout: simulated });
}

function takeClocks(): void {
  const { Date: RealDate, performance } = globalThis;
  const now = (): number => currentProcess()?.now() ?? RealDate.now();
  globalThis.Date = new Proxy(RealDate, {
    get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  });
  const monotonic = performance.now.bind(performance);
  performance.now = () => currentProcess()?.world.now ?? monotonic();
}

function takeChance(): void {
  const { random } = Math;
  Math.random = () => currentProcess()?.world.random.unit() ?? random();
  const { randomBytes, randomUUID } = crypto;
  const bytes = (size: number, callback?: (error: Error | null, bytes: Buffer) => void): Buffer | undefined => {
    const process = currentProcess();
    if (callback !== undefined) randomBytes(size, callback);
    else return process === undefined ? randomBytes(size) : process.world.random.bytes(size);
    return undefined;
  };
  Object.assign(crypto, {
    randomUUID: (options?: crypto.RandomUUIDOptions) => currentProcess()?.world.random.uuid() ?? randomUUID(options),
    randomBytes: bytes,
  });
}

/** Node keeps a signal that follows others for as long as somebody listens to it: of a process that was killed, for ever. */
function takeSignals(): void {
  const any = AbortSignal.any.bind(AbortSignal);
  AbortSignal.any = (signals) => {
    if (currentProcess() === undefined) return any(signals);
    const following = new AbortController();
    for (const signal of signals) {
      if (signal.aborted) following.abort(signal.reason);
      else signal.addEventListener('abort', () => following.abort(signal.reason), { once: true });
    }
    return following.signal;
  };
}
