/** A store gave no answer in time, or cannot be reached. The process lives on and asks again; a caller is told to come back. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}
