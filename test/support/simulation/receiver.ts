import type { Network } from './network.ts';
import type { SimulatedProcess } from './world.ts';

/** Somebody outside whom workers tell of things. He knows what he was told by its effect key, and does each once. */
export class Receiver {
  readonly #network: Network;
  /** How often each effect came, and what it said, by effect key. */
  readonly told = new Map<string, { times: number; readonly said: ReadonlySet<string> }>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Rejects where no answer comes; he may have heard it all the same. */
  tell(process: SimulatedProcess, key: string, what: string): Promise<void> {
    const network = this.#network;
    const { world } = process;
    return new Promise((resolve, reject) => {
      const silence = (): void => world.after(1_500, () => reject(new Error('the receiver gave no answer')), process);
      if (network.lost() || network.isCut(process.name, 'receiver')) {
        silence();
        return;
      }
      world.after(network.delay(), () => {
        this.#hear(key, what);
        if (network.lost()) silence();
        else world.after(network.delay(), resolve, process);
      });
    });
  }

  #hear(key: string, what: string): void {
    const before = this.told.get(key);
    this.told.set(key, { times: (before?.times ?? 0) + 1, said: new Set([...(before?.said ?? []), what]) });
  }
}
