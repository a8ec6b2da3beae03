import type { Agent, Dispatcher } from 'undici';
import { addressRule } from './addresses.ts';
import { createGuard, type Guard, type Resolve, TargetRefused } from './guard.ts';

/** Milliseconds a call may take, from the lookup to the last byte that is read. */
const totalMs = 8_000;
/** Of an answer's body; what follows is not read. */
const keptBytes = 64 * 1024;
/** Of an answer's head. */
const headBytes = 16 * 1024;

export interface OutgoingRequest {
  readonly url: string;
  readonly method: 'POST' | 'GET' | 'OPTIONS';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What a receiver answered. A redirection is an answer like any other: it is never followed. */
export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** At most 64 KiB of it. */
  readonly body: Buffer;
  /** More came, or could have come, than was read. */
  readonly cut: boolean;
}

/** There was no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly kind: 'refused' | 'timeout' | 'unreachable';

  constructor(kind: NoAnswer['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The way to the outside: HTTP by `request`, other protocols over sockets that pass `guard`. */
export interface Outgoing {
  readonly guard: Guard;
  /** @throws {NoAnswer} */
  request(asked: OutgoingRequest): Promise<OutgoingAnswer>;
  close(): Promise<void>;
}

export interface OutgoingOptions {
  /** CIDR ranges that may be connected to although they are not public. */
  readonly allow: readonly string[];
  /** The system's resolver where absent. */
  readonly resolve?: Resolve;
  /** Milliseconds; 8,000 where absent. */
  readonly timeoutMs?: number;
}

/** Opens the way to the outside. Each connection is judged by the address it is made to, at the moment it is made. */
export function createOutgoing(options: OutgoingOptions): Outgoing {
  const guard = createGuard(addressRule(options.allow), options.resolve);
  const timeoutMs = options.timeoutMs ?? totalMs;
  let opened: Promise<Agent> | undefined;
  return {
    guard,
    request: async (asked) => {
      opened ??= openAgent(guard, timeoutMs);
      return ask(await opened, asked, timeoutMs);
    },
    close: async () => (await opened)?.destroy(),
  };
}

/** The client is read when the first call is made: a start need not wait for it. */
async function openAgent(guard: Guard, timeoutMs: number): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici');
  const connect = buildConnector({ lookup: guard.lookup, timeout: timeoutMs });
  return new Agent({
    connect: (target, done) => {
      try {
        guard.checkHost(target.hostname);
      } catch (error) {
        return done(error as Error, null);
      }
      connect(target, done);
    },
    connections: 16,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 10_000,
    maxHeaderSize: headBytes,
  });
}

async function ask(agent: Agent, asked: OutgoingRequest, timeoutMs: number): Promise<OutgoingAnswer> {
  const { request } = await import('undici');
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { body, headers, statusCode } = await request(asked.url, {
      dispatcher: agent,
      signal,
      method: asked.method,
      headers: { ...asked.headers },
      body: asked.body ?? null,
    });
    return { status: statusCode, headers, ...(await read(body, signal)) };
  } catch (error) {
    throw noAnswer(error, asked.url, signal);
  }
}

/** Reads no longer and no more than the limits say; the status counts all the same. */
async function read(
  body: Dispatcher.ResponseData['body'],
  signal: AbortSignal,
): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, keptBytes - length));
      length += chunk.length;
      if (length > keptBytes) return { body: Buffer.concat(chunks), cut: true };
    }
    return { body: Buffer.concat(chunks), cut: false };
  } catch (error) {
    if (signal.aborted || length > 0) return { body: Buffer.concat(chunks), cut: true };
    throw error;
  } finally {
    body.destroy();
  }
}

function noAnswer(error: unknown, url: string, signal: AbortSignal): NoAnswer {
  const { host } = new URL(url);
  if (signal.aborted) return new NoAnswer('timeout', `${host} did not answer in time`, { cause: error });
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each instanceof TargetRefused) return new NoAnswer('refused', each.message, { cause: error });
  }
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return new NoAnswer('unreachable', `${host} cannot be reached: ${code ?? message ?? 'no answer'}`, { cause: error });
}
