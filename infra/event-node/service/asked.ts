import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Direction } from './cursor.ts';
import { errors } from './errors.ts';
import { type EventFilter, filterOf } from './filter.ts';
import type { UuidForm } from './responses.ts';

/** What a request asks for, its oneofs resolved. */
export interface Asked {
  /** Undefined: `$all`. */
  readonly stream: string | undefined;
  readonly direction: Direction;
  /** A revision, or a position of `$all`; undefined where the request says start or end. */
  readonly from: number | undefined;
  readonly atEnd: boolean;
  readonly count: number;
  readonly subscription: boolean;
  readonly resolveLinks: boolean;
  readonly uuids: UuidForm;
  readonly filter: EventFilter | undefined;
}

/** Reads a request; throws a bad-request error for one that names nothing. */
export function askedFor(request: ReadReq): Asked {
  const options = request.getOptions();
  if (options === undefined) throw errors.badRequest('the request has no options');
  const { atEnd, from, stream } = placeOf(options);
  return {
    stream,
    from,
    atEnd,
    direction: options.getReadDirection() === 1 ? 'backwards' : 'forwards',
    count: options.hasCount() ? Number(options.getCount()) : Number.MAX_SAFE_INTEGER,
    subscription: options.hasSubscription(),
    resolveLinks: options.getResolveLinks(),
    uuids: options.getUuidOption()?.hasStructured() === true ? 'structured' : 'string',
    filter: filterOf(options),
  };
}

function placeOf(options: ReadReq.Options): Pick<Asked, 'stream' | 'from' | 'atEnd'> {
  const all = options.getAll();
  if (all !== undefined) {
    return { stream: undefined, from: whole(all.getPosition()?.getCommitPosition()), atEnd: all.hasEnd() };
  }
  const stream = options.getStream();
  const name = stream?.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array();
  if (stream === undefined || name.length === 0) throw errors.badRequest('the request names neither a stream nor $all');
  const from = stream.hasRevision() ? whole(stream.getRevision()) : undefined;
  return { stream: Buffer.from(name).toString('utf8'), from, atEnd: stream.hasEnd() };
}

function whole(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.min(Number(text), Number.MAX_SAFE_INTEGER - 1);
}
