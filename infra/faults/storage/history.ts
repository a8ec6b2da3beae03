/** What a process did to a directory, in the order in which it was done. A file has a number, whatever names it has had. */
export type Operation =
  /** `durable`: the call returned once the bytes were on the disk (O_DSYNC). */
  | {
      readonly kind: 'write';
      readonly file: number;
      readonly offset: number;
      readonly bytes: Buffer;
      readonly durable: boolean;
    }
  | { readonly kind: 'length'; readonly file: number; readonly length: number }
  | { readonly kind: 'sync'; readonly file: number }
  /** A name in the directory now leads to a file, or, without one, to nothing; `from` is the name that went away with it. */
  | { readonly kind: 'name'; readonly name: string; readonly file: number | undefined; readonly from?: string }
  /** The directory itself was made. */
  | { readonly kind: 'made' }
  | { readonly kind: 'sync-names' }
  /** The directory that holds the directory was synced. */
  | { readonly kind: 'sync-parent' }
  | { readonly kind: 'mark'; readonly text: string };

/** The record cannot be trusted to hold everything that was written. */
export class BlindRecord extends Error {
  override readonly name = 'BlindRecord';
}
