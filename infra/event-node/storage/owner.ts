import { randomBytes } from 'node:crypto';
import { writeStamp } from './stamp.ts';
import type { Tables } from './tables.ts';
import { WriteFailed } from './types.ts';

const key = Buffer.from('writer');

/**
 * One writer a directory, where the lock file cannot tell as well: in two containers, after a hand has removed the file. Who opened the
 * directory last owns it, and every commit proves that within its transaction.
 */
export class Owner {
  readonly #table: Tables['state'];
  readonly #id = randomBytes(16);

  constructor({ env, state }: Tables) {
    this.#table = state;
    env.transactionSync(() => {
      this.#table.putSync(key, this.#id);
      writeStamp({ env, state });
    });
  }

  /** Whether any process owns the directory, as one always does. */
  isNamed(): boolean {
    return this.#table.get(key) !== undefined;
  }

  /** Throws where another process has taken the directory; inside a transaction. */
  prove(): void {
    if (this.#table.get(key)?.equals(this.#id) === true) return;
    throw new WriteFailed('lost', 'another process has taken the directory; this node must be stopped');
  }
}
