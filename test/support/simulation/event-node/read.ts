import type { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { WriteFailed } from '../../../../infra/event-node/storage/types.ts';
import { type ClientDeps, unavailable } from './client.ts';
import type { Resolved } from './node.ts';

/** A read as the client package gives it: to be iterated once. It may break in the middle, or never say anything. */
export class SimulatedRead implements AsyncIterable<Resolved> {
  readonly #deps: ClientDeps;
  readonly #look: (store: EventStore) => readonly Resolved[];
  #end: (error: Error) => void = () => undefined;

  constructor(deps: ClientDeps, look: (store: EventStore) => readonly Resolved[]) {
    this.#deps = deps;
    this.#look = look;
  }

  async cancel(): Promise<void> {
    return undefined;
  }

  resume(): this {
    return this;
  }

  iterator(): this {
    return this;
  }

  destroy(error?: Error): this {
    if (error !== undefined) this.#end(error);
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Resolved> {
    const { broken, events } = await this.#fetch();
    yield* events;
    if (broken) throw unavailable();
  }

  #fetch(): Promise<{ readonly events: readonly Resolved[]; readonly broken: boolean }> {
    const { network, node, process } = this.#deps;
    const { world } = process;
    return new Promise((resolve, reject) => {
      this.#end = reject;
      const back = (happen: () => void): void =>
        world.after(network.streamDelay('node', process.name), happen, process);
      const fail = (): void => {
        if (world.random.chance(0.7)) back(() => reject(unavailable()));
      };
      if (network.lost()) {
        fail();
        return;
      }
      world.after(network.delay(), () => {
        const { process: server, store } = node;
        if (store === undefined || !server.alive || network.isCut(process.name, 'node')) fail();
        else {
          const found = this.#found(store);
          const broken = network.lost();
          if ('error' in found) back(() => reject(found.error));
          else {
            const events = broken ? found.events.slice(0, world.random.int(0, found.events.length)) : found.events;
            back(() => resolve({ events, broken }));
          }
        }
      });
    });
  }

  #found(store: EventStore): { readonly events: readonly Resolved[] } | { readonly error: Error } {
    try {
      return { events: this.#deps.node.process.run(() => this.#look(store)) };
    } catch (error) {
      return { error: error instanceof WriteFailed ? unavailable() : (error as Error) };
    }
  }
}
