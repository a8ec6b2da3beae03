import { z } from 'zod';
import type { DomainEvent, NamedAggregate } from './aggregate.ts';

/** A success body that is not JSON: an export, a bundle, a document that must not be wrapped. */
export interface FileBody {
  readonly kind: 'file';
  /** With its parameters, such as `text/csv; charset=utf-8`. */
  readonly mediaType: string;
  /** Offered as a download under this name; absent: shown in place. */
  readonly fileName?: string;
  /** Made while it is sent where it is iterable: as fast as the receiver takes it, and never whole in memory. */
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Path of what describes it, such as its manifest. */
  readonly describedBy?: string;
  /** How many entries or rows it has, told before it begins (`X-Total-Count`), so that a receiver can tell how far it is. */
  readonly total?: number;
  /** Of iterable content: a fact about the whole, on the log before the last bytes leave. */
  readonly conclusion?: Conclusion;
  /** Of iterable content that has no end of its own. */
  readonly live?: Live;
}

/** Content that is sent part by part as it comes about. */
export interface Live {
  /** Milliseconds a receiver may take nothing before it is let go. */
  readonly stallMs: number;
  /** What a receiver is told last. */
  readonly farewell: Uint8Array;
}

/** What is appended to a stream that must not exist yet, once all of a file has been made. */
export interface Conclusion {
  readonly aggregate: NamedAggregate;
  /** The aggregate's id within the caller's tenant. */
  readonly id: string;
  readonly events: (whole: Whole) => Promise<readonly DomainEvent[]>;
}

/** All that was made of a streamed file. */
export interface Whole {
  readonly bytes: number;
  /** Of all bytes, in hex. */
  readonly sha256: string;
}

/** A body of a media type: `file('text/csv; charset=utf-8', csv, 'audit.csv')`. */
export function file(
  mediaType: string,
  content: FileBody['content'],
  fileName?: string,
  more: Pick<FileBody, 'conclusion' | 'describedBy' | 'live' | 'total'> = {},
): FileBody {
  return { kind: 'file', mediaType, content, ...(fileName === undefined ? {} : { fileName }), ...more };
}

export function isFile(value: unknown): value is FileBody {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'file';
}

/** Whether the file is made while it is sent. */
export function isStreamed(value: unknown): value is FileBody & { readonly content: AsyncIterable<Uint8Array> } {
  return isFile(value) && typeof value.content === 'object' && Symbol.asyncIterator in value.content;
}

/** Output of an endpoint that answers with a file of one of the media types; alone, or in a union with a JSON shape. */
export function fileOutput(...mediaTypes: readonly string[]): z.ZodCustom<FileBody, FileBody> {
  return z.custom<FileBody>(isFile).meta({ mediaTypes });
}
