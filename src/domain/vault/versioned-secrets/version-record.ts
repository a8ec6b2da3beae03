/** What decisions need of a version; the value stays in its event. Events are named by their revision. */
export interface VersionRecord {
  readonly state: 'active' | 'deprecated' | 'destroyed';
  readonly keyId: string;
  readonly createdAt: string;
  readonly addedRevision: number;
  readonly destroyedRevision?: number;
  readonly certifiedRevision?: number;
}

/** A record in a snapshot, of which there may be tens of thousands: state, key, milliseconds, and the revisions. */
export type CompactRecord = readonly [VersionRecord['state'], string, number, number, number?, number?];

export function toCompact(record: VersionRecord): CompactRecord {
  const { state, keyId, createdAt, addedRevision, destroyedRevision, certifiedRevision } = record;
  const compact = [state, keyId, Date.parse(createdAt), addedRevision] as const;
  if (destroyedRevision === undefined) return compact;
  return certifiedRevision === undefined
    ? [...compact, destroyedRevision]
    : [...compact, destroyedRevision, certifiedRevision];
}

export function fromCompact(compact: CompactRecord): VersionRecord {
  const [state, keyId, created, addedRevision, destroyedRevision, certifiedRevision] = compact;
  return {
    state,
    keyId,
    createdAt: new Date(created).toISOString(),
    addedRevision,
    ...(destroyedRevision === undefined ? {} : { destroyedRevision }),
    ...(certifiedRevision === undefined ? {} : { certifiedRevision }),
  };
}
