/** Stream metadata as EventStoreDB defines it, as far as the node itself acts on it; other keys are the users'. */
export interface StreamMetadata {
  readonly $maxCount?: number;
  /** Seconds. */
  readonly $maxAge?: number;
  /** Events below this revision are gone; `deletedMark` or more for a deleted stream. */
  readonly $tb?: number;
  /** Roles by right. */
  readonly $acl?: Readonly<Record<string, readonly string[]>>;
}

/** `$tb` of a deleted stream: the largest signed 64-bit number, as a JavaScript number has it. */
const deletedMark = 2 ** 63;

/** Of a metadata stream only the newest event is ever read. */
export const metadataOfMetadata: StreamMetadata = { $maxCount: 1 };

export function marksDeleted({ $tb }: StreamMetadata): boolean {
  return ($tb ?? 0) >= deletedMark;
}

/** What a `$metadata` event says, values that are none left out: users write these events, and a stream must stay readable. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  const { $acl, $maxAge, $maxCount, $tb } = parseObject(data) ?? {};
  return {
    ...(isWhole($maxAge) && $maxAge > 0 && { $maxAge }),
    ...(isWhole($maxCount) && $maxCount > 0 && { $maxCount }),
    ...(isWhole($tb) && { $tb }),
    ...(typeof $acl === 'object' && $acl !== null && { $acl: rolesOf($acl) }),
  };
}

/** Metadata of a stream that is deleted. As EventStoreDB has it, all other metadata goes. */
export const deletedMetadata: Buffer = Buffer.from('{"$tb":9223372036854775807}');

/** The same metadata with another first revision; undefined where it is no JSON object. */
export function metadataFrom(data: Uint8Array, firstRevision: number): Buffer | undefined {
  const parsed = parseObject(data);
  return parsed === undefined ? undefined : Buffer.from(JSON.stringify({ ...parsed, $tb: firstRevision }));
}

function parseObject(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function rolesOf(acl: object): Readonly<Record<string, readonly string[]>> {
  const roles = Object.entries(acl).map(([right, stated]: [string, unknown]) => {
    const list = Array.isArray(stated) ? stated : [stated];
    return [right, list.filter((role) => typeof role === 'string')];
  });
  return Object.fromEntries(roles);
}
