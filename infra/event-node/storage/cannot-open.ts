/** The directory cannot be opened as it is; the message says why and what to do. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';

  /** Of LMDB's error, whose own numbers are negative, and the system's positive. */
  static of(what: string, error: unknown, ifDamaged: string): CannotOpen {
    const { code = 0, message } = error as { readonly code?: number; readonly message: string };
    if (code <= 0) return new CannotOpen(`${what} (${message}); ${ifDamaged}.`);
    return new CannotOpen(`${what} (${message.split(':')[0]}); check the disk.`, { cause: error });
  }
}
