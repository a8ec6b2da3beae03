import { WriteFailed } from './types.ts';

/** Whether the disk still does. Once it has failed, LMDB reads empty tables and would take up writes again: nothing is served any more. */
export class Health {
  #failure: WriteFailed | undefined;
  readonly #told: (failure: WriteFailed) => void;

  constructor(told: (failure: WriteFailed) => void = () => undefined) {
    this.#told = told;
  }

  /** For good. */
  fail(reason: string): WriteFailed {
    const failure = new WriteFailed('disk', reason);
    this.#failure ??= failure;
    this.#told(this.#failure);
    return this.#failure;
  }

  /** @throws {WriteFailed} the disk has failed */
  prove(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
