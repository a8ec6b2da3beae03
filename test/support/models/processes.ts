import type { Scheduler } from 'fast-check';
import { v4 as uuidv4 } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { createSealer } from '../../../src/kernel/crypto/sealer.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { Answer, AnyEndpoint } from '../../../src/kernel/pipeline/answer.ts';
import type { Gates, RequestInfo } from '../../../src/kernel/ports.ts';
import { keyFixture } from '../keys.ts';
import { openGates, requestInfo, stillClock, testPipeline, testPorts } from '../pipeline.ts';
import { sharedStores } from '../stores.ts';

/** Several processes on one log, each with a memory of its own, and a clock that stands still until it is told. */
export interface Processes {
  readonly tenant: string;
  readonly log: EventLog;
  readonly clock: { now(): number; advance(ms: number): void };
  ask(process: number, endpoint: unknown, input: object, info?: Partial<RequestInfo>): Promise<Answer>;
  /** Ends a process and starts another in its place, which remembers nothing. */
  restart(process: number): Promise<void>;
  /** Lets the scheduler decide in which order the processes' reads and writes of the log take place, until `work` is done. */
  inAnyOrder<T>(scheduler: Scheduler, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

type Gate = (label: string) => Promise<unknown>;

/** Starts them. The caller closes them. */
export async function startProcesses(
  count: number,
  gatesOf: (process: number) => Gates = () => openGates,
): Promise<Processes> {
  const [{ url }, keys] = await Promise.all([sharedStores().eventNode(), keyFixture()]);
  const clock = stillClock();
  const log = connectEventLog(url);
  const { keyStore, rootKey } = keys;
  const ports = { ...testPorts(log, clock), sealer: createSealer({ keyStore, rootKey }) };
  let gate: Gate = () => Promise.resolve();
  const start = (process: number): ReturnType<typeof testPipeline> => {
    const own = gated(connectEventLog(url), (label) => gate(label));
    return testPipeline(url, { log: own, clock, ports, gates: gatesOf(process) });
  };
  const running = Array.from({ length: count }, (_, process) => start(process));
  const tenant = uuidv4();
  return {
    tenant,
    log,
    clock,
    ask: (process, endpoint, input, info = {}) => {
      const { pipeline } = running[process % count] as ReturnType<typeof testPipeline>;
      const credential = { scheme: 'bearer', value: `${tenant}/alice/*` } as const;
      return pipeline.execute(endpoint as AnyEndpoint, input, credential, requestInfo(info));
    },
    restart: async (process) => {
      await running[process % count]?.close();
      running[process % count] = start(process % count);
    },
    inAnyOrder: async (scheduler, work) => {
      gate = (label) => scheduler.schedule(Promise.resolve(), label);
      try {
        return await scheduler.waitFor(work());
      } finally {
        gate = () => Promise.resolve();
      }
    },
    close: async () => {
      await Promise.all(running.map((process) => process.close()));
      await log.close();
      await keys.close();
    },
  };
}

/** The log, of which each read and write first waits for its turn. */
function gated(log: EventLog, gate: Gate): EventLog {
  return {
    ...bound(log),
    append: async (stream, events, expected) => {
      await gate(`append to ${stream}`);
      return log.append(stream, events, expected);
    },
    readStream: async function* (stream, options) {
      await gate(`read of ${stream}`);
      yield* log.readStream(stream, options);
    },
  };
}

function bound(log: EventLog): EventLog {
  return new Proxy(log, {
    get: (of, name) => {
      const value: unknown = Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
}
