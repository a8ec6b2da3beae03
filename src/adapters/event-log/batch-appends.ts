import { randomUUID } from 'node:crypto';
import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type CallOptions, Client, type ClientDuplexStream, type Metadata, status } from '@grpc/grpc-js';
import { StalledCall } from './stalled-call.ts';
import { type AppendAnswer, type AppendRequest, decodeAppended, encodeAppend } from './wire.ts';

/** Where an append stands. The server may leave out the position of one that it had already. */
export interface Written {
  readonly revision: number;
  readonly position: bigint | undefined;
}

export type Appending = Omit<AppendRequest, 'correlationId'>;

type Call = ClientDuplexStream<Uint8Array, AppendAnswer>;

/** The client's own connection, as its own calls use it: credentials, discovery, reconnection and disposal are the client's. */
interface Connected {
  readonly supports: (method: { readonly path: string }) => Promise<boolean>;
  readonly callArguments: (options: object, call: CallOptions) => [Metadata, CallOptions];
  readonly GRPCStreamCreator: (
    client: typeof Streams,
    name: string,
    create: (client: Streams) => Call,
    cache: WeakMap<Streams, Call | Promise<Call>>,
  ) => () => Promise<Call>;
}

/** Of one message. The client cuts larger appends into several, so that none is refused for its size alone. */
const mostBytes = 1024 * 1024;
const path = '/event_store.client.streams.Streams/BatchAppend';

class Streams extends Client {
  batchAppend(metadata: Metadata, options: CallOptions): Call {
    return this.makeBidiStreamRequest(path, (bytes: Uint8Array) => bytes as Buffer, decodeAppended, metadata, options);
  }
}

/** Appends over one call of the client's connection, each told by its correlation id. */
export class BatchAppends {
  readonly #connected: Connected;
  readonly #open: () => Promise<Call>;
  /** Of each call, what waits for its answers. */
  readonly #waiting = new WeakMap<Call, Waiting>();

  private constructor(connected: Connected) {
    this.#connected = connected;
    this.#open = connected.GRPCStreamCreator(
      Streams,
      'appendToStream',
      (client) =>
        this.#begin(client.batchAppend(...connected.callArguments({}, { deadline: Number.POSITIVE_INFINITY }))),
      new WeakMap(),
    );
  }

  /** Undefined for a client that has no such connection: then its own appends serve. */
  static over(client: EventStoreDBClient): BatchAppends | undefined {
    const connected = client as unknown as Partial<Connected>;
    const has = connected.GRPCStreamCreator && connected.callArguments && connected.supports;
    return has === undefined ? undefined : new BatchAppends(connected as Connected);
  }

  /**
   * One append, all of it within `ms`.
   *
   * @returns undefined for what does not go this way: the server does not take it, or it is too large for one message
   * @throws the client's own errors
   */
  append(request: Appending, ms: number): Promise<Written | undefined> {
    return new Promise((resolve, reject) => {
      const pending = new Pending(ms, resolve, reject);
      this.#send(request, pending).catch(pending.reject);
    });
  }

  async #send(request: Appending, pending: Pending): Promise<void> {
    const correlationId = randomUUID();
    const bytes = encodeAppend({ ...request, correlationId });
    if (bytes.length > mostBytes || !(await this.#connected.supports({ path }))) {
      pending.resolve(undefined);
      return;
    }
    const call = await this.#open();
    const waiting = this.#waiting.get(call);
    // Meanwhile its time was over, or the call.
    if (pending.isOver || waiting === undefined) return pending.reject(ended());
    waiting.add(correlationId, pending);
    call.write(bytes, (error: Error | null | undefined) => {
      if (error) pending.reject(ended(error));
    });
  }

  #begin(call: Call): Call {
    const waiting = new Waiting();
    this.#waiting.set(call, waiting);
    call.on('data', (answer: AppendAnswer) => waiting.answer(answer));
    call.on('error', (error) => waiting.fail(convertToCommandError(error)));
    call.on('close', () => waiting.fail(ended()));
    return call;
  }
}

/** An append that has no answer yet; settled once. */
class Pending {
  readonly #timer: NodeJS.Timeout;
  readonly #resolve: (written: Written | undefined) => void;
  readonly #reject: (error: Error) => void;
  isOver = false;
  /** Told as soon as it is settled, by an answer or without. */
  onOver: () => void = () => undefined;

  constructor(ms: number, resolve: (written: Written | undefined) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(() => this.reject(new StalledCall(ms)), ms);
  }

  readonly resolve = (written: Written | undefined): void => {
    this.#end();
    this.#resolve(written);
  };

  readonly reject = (error: Error): void => {
    this.#end();
    this.#reject(error);
  };

  #end(): void {
    clearTimeout(this.#timer);
    this.isOver = true;
    this.onOver();
  }
}

/** Appends of one call that have no answer yet, by their correlation ids. */
class Waiting {
  readonly #pending = new Map<string, Pending>();

  add(id: string, pending: Pending): void {
    this.#pending.set(id, pending);
    pending.onOver = () => this.#pending.delete(id);
  }

  answer(answer: AppendAnswer): void {
    const pending = this.#pending.get(answer.correlationId);
    if ('failure' in answer) pending?.reject(errorOf(answer.failure));
    else pending?.resolve(answer);
  }

  /** Nothing more is answered: what was asked may or may not have been written. */
  fail(error: Error): void {
    for (const pending of [...this.#pending.values()]) pending.reject(error);
  }
}

function errorOf(answer: Uint8Array): Error {
  const response = streams.BatchAppendResp.deserializeBinary(answer);
  const name = Buffer.from(response.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
  const error = response.getError();
  return error === undefined ? new Error(`${name}: an answer without a result`) : unpackToCommandError(error, name);
}

/** The call is over without an answer; asked again, another one is opened. */
function ended(cause?: Error): Error {
  return Object.assign(new Error('the call of appends has ended', { cause }), { code: status.UNAVAILABLE });
}
