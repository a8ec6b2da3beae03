import { randomUUID } from 'node:crypto';
import { convertToCommandError } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { type AppendAnswer, type AppendRequest, encodeAppend } from './append-wire.ts';
import { type AppendCall, batchAppendPath, type Connection, Streams, withoutDeadline } from './connection.ts';
import { StalledCall } from './stalled-call.ts';

/** Where an append stands. The server may leave out the position of one that it had already. */
export interface Written {
  readonly revision: number;
  readonly position: bigint | undefined;
}

export type Appending = Omit<AppendRequest, 'correlationId'>;

/** Of one message. The client cuts larger appends into several, so that none is refused for its size alone. */
const mostBytes = 1024 * 1024;

/** Appends over one call of the client's connection, each told by its correlation id. */
export class BatchAppends {
  readonly #connection: Connection;
  readonly #open: () => Promise<AppendCall>;
  /** Of each call, what waits for its answers. */
  readonly #waiting = new WeakMap<AppendCall, Waiting>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#open = connection.GRPCStreamCreator(
      Streams,
      'appendToStream',
      (client) => this.#begin(client.batchAppend(...connection.callArguments({}, withoutDeadline))),
      new WeakMap(),
    );
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
    if (bytes.length > mostBytes || !(await this.#isServed())) {
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

  /** The client keeps a failed look at what its server serves until it connects anew, which only some failures make it do. */
  async #isServed(): Promise<boolean> {
    try {
      return await this.#connection.supports({ path: batchAppendPath });
    } catch (error) {
      const failed = await this.#connection.getGRPCClient(Streams, 'appendToStream');
      await this.#connection.handleError(failed, ended(error as Error));
      throw error;
    }
  }

  #begin(call: AppendCall): AppendCall {
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
