import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { any, shared, status as statusMessages } from '../proto.ts';
import { DamagedRecord } from '../storage/record.ts';
import { maxAppendBytes, WriteFailed } from '../storage/types.ts';

/** A refusal in the protocol's first form: a gRPC status with an `exception` in its trailing metadata. */
export function rpcError(
  code: status,
  message: string,
  trailers: Readonly<Record<string, string>> = {},
): Partial<ServiceError> {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { code, details: message, message, metadata, name: 'ServiceError' };
}

export const errors = {
  streamDeleted: (stream: string) =>
    rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    }),
  wrongRevision: (stream: string, expected: string, actual: number | undefined) =>
    rpcError(
      status.FAILED_PRECONDITION,
      `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual ?? -1}`,
      {
        exception: 'wrong-expected-version',
        'stream-name': stream,
        'expected-version': expected,
        ...(actual === undefined ? {} : { 'actual-version': String(actual) }),
      },
    ),
  accessDenied: () => rpcError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  tooLarge: () =>
    rpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${maxAppendBytes} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(maxAppendBytes),
    }),
  /** As the server's own authentication answers, before any call is looked at. */
  unauthenticated: () => rpcError(status.UNAUTHENTICATED, 'The user is not known, or the password is wrong'),
  overloaded: (message: string) => rpcError(status.RESOURCE_EXHAUSTED, message),
  stopping: () => rpcError(status.UNAVAILABLE, 'the node is stopping'),
  badRequest: (message: string) => rpcError(status.INVALID_ARGUMENT, message),
  expired: () => rpcError(status.DEADLINE_EXCEEDED, 'Deadline exceeded before the write was committed'),
};

/** Whatever was thrown, in the protocol's terms. A damaged event is said to be so, and never served. */
export function toRpcError(error: unknown): Partial<ServiceError> {
  if (typeof error === 'object' && error !== null && 'code' in error && 'metadata' in error)
    return error as ServiceError;
  if (error instanceof WriteFailed) {
    return rpcError(error.reason === 'overloaded' ? status.RESOURCE_EXHAUSTED : status.UNAVAILABLE, error.message);
  }
  if (error instanceof DamagedRecord) return rpcError(status.DATA_LOSS, error.message);
  if (isDamage(error)) return rpcError(status.DATA_LOSS, `the tables are damaged: ${error.message}`);
  return rpcError(status.INTERNAL, error instanceof Error ? error.message : 'unknown error');
}

/** LMDB's own errors have negative numbers: pages that are not what they should be. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0;
}

export type StatusMessage = InstanceType<typeof statusMessages.Status>;

/** A refusal in the protocol's second form, for batch appends: `google.rpc.Status` with a packed detail. */
export function batchStatus(
  code: status,
  message: string,
  type: string,
  detail: { serializeBinary(): Uint8Array },
): StatusMessage {
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${type}`);
  return new statusMessages.Status()
    .setCode(code as never)
    .setMessage(message)
    .setDetails(packed);
}

export const batchErrors = {
  streamDeleted: (stream: string): StatusMessage => {
    const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
    const detail = new shared.StreamDeleted().setStreamIdentifier(identifier);
    return batchStatus(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'StreamDeleted', detail);
  },
  accessDenied: (): StatusMessage =>
    batchStatus(status.PERMISSION_DENIED, 'Access Denied', 'AccessDenied', new shared.AccessDenied()),
  timeout: (): StatusMessage => batchStatus(status.DEADLINE_EXCEEDED, 'Timeout', 'Timeout', new shared.Timeout()),
  tooLarge: (): StatusMessage => {
    const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes);
    return batchStatus(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', 'MaximumAppendSizeExceeded', detail);
  },
  badRequest: (message: string): StatusMessage =>
    batchStatus(status.INVALID_ARGUMENT, message, 'BadRequest', new shared.BadRequest().setMessage(message)),
  unknown: (message: string): StatusMessage => batchStatus(status.UNKNOWN, message, 'Unknown', new shared.Unknown()),
};
