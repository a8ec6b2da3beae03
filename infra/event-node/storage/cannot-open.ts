/** The directory cannot be opened as it is; the message says why and what to do. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
}
