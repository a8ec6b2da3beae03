/** Compressed files that outlive what they tell of. A name is made of small letters, digits, `-` and `.`, and each is written once. */
export interface ArchiveStore {
  /**
   * Durable, and whole or not at all, before it resolves; a file of the name that is there is replaced.
   *
   * @param seal makes of what the compressed content came to what stands behind it, as it is
   */
  put(tenant: string, name: string, content: AsyncIterable<Uint8Array>, seal?: Seal): Promise<ArchivedFile>;
  /** Takes away all that begins with `prefix` but one: what attempts at it left that came to nothing. */
  keepOnly(tenant: string, prefix: string, name: string): Promise<void>;
  /** As it is kept, compressed (gzip). Undefined where there is none. */
  open(tenant: string, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export type Seal = (before: ArchivedFile) => Promise<Uint8Array>;

export interface ArchivedFile {
  readonly bytes: number;
  /** Of the compressed bytes, in hex. */
  readonly sha256: string;
}
