/** A place in a process where it can be made to die, and at the how-manieth time. */
export interface Armed {
  readonly point: PointName;
  readonly times: number;
}

/** By the part of the system that comes by them. */
export const points = {
  node: ['write.before', 'write.after', 'fsync.after', 'acknowledgement.before', 'acknowledgement.after'],
  api: [
    'append.before',
    'append.after',
    'key.before',
    'key.after',
    'quota.before',
    'quota.after',
    'answer.before',
    'answer.after',
  ],
  projector: ['row.before', 'row.after', 'checkpoint.before', 'checkpoint.after', 'commit.before', 'commit.after'],
  worker: [
    'effect.before',
    'effect.after',
    'commit.before',
    'commit.after',
    'enqueue.before',
    'enqueue.after',
    'append.before',
    'append.after',
    'send.before',
    'send.after',
  ],
} as const;

export type PointName = (typeof points)[keyof typeof points][number];

/** What a parent tells a process that was started with the preload. */
export type Order = { readonly die: Armed } | { readonly clockMs: number };

let armed: { readonly point: PointName; left: number } | undefined;

export function arm({ point, times }: Armed): void {
  armed = { point, left: times };
}

/** Comes by a point: where the process is to die here, it does, before the next line runs. */
export function at(point: PointName): void {
  if (armed?.point !== point) return;
  armed.left--;
  if (armed.left <= 0) process.kill(process.pid, 'SIGKILL');
}

type Method = (this: unknown, ...args: never[]) => unknown;

/** Puts points before and after a method of a library, of a class by its prototype or of one object. After: once its promise is fulfilled, or it has returned. */
export function around(
  prototype: object,
  name: string,
  pointsOf: (args: readonly unknown[]) => { readonly before?: PointName; readonly after?: PointName } | undefined,
): void {
  const methods = prototype as Record<string, Method>;
  const method = methods[name];
  if (method === undefined) throw new TypeError(`there is no method ${name} to put a point around`);
  const value = function pointed(this: unknown, ...args: never[]): unknown {
    const { after, before } = pointsOf(args) ?? {};
    if (before !== undefined) at(before);
    const result = method.apply(this, args);
    if (after === undefined) return result;
    if (result instanceof Promise) {
      result.then(
        () => at(after),
        () => undefined,
      );
    } else at(after);
    return result;
  };
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}
