import { z } from 'zod';

/** A success body that is not JSON: an export, a bundle, a document that must not be wrapped. */
export interface FileBody {
  readonly kind: 'file';
  /** With its parameters, such as `text/csv; charset=utf-8`. */
  readonly mediaType: string;
  /** Offered as a download under this name; absent: shown in place. */
  readonly fileName?: string;
  readonly content: string | Uint8Array;
}

/** A body of a media type: `file('text/csv; charset=utf-8', csv, 'audit.csv')`. */
export function file(mediaType: string, content: string | Uint8Array, fileName?: string): FileBody {
  return { kind: 'file', mediaType, content, ...(fileName === undefined ? {} : { fileName }) };
}

export function isFile(value: unknown): value is FileBody {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'file';
}

/** Output of an endpoint that answers with a file of one of the media types; alone, or in a union with a JSON shape. */
export function fileOutput(...mediaTypes: readonly string[]): z.ZodCustom<FileBody, FileBody> {
  return z.custom<FileBody>(isFile).meta({ mediaTypes });
}
