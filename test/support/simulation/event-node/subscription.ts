import { EventEmitter } from 'node:events';
import { allCursor, type Cursor, type Look } from '../../../../infra/event-node/service/cursor.ts';
import type { EventFilter } from '../../../../infra/event-node/service/filter.ts';
import type { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { WriteFailed } from '../../../../infra/event-node/storage/types.ts';
import { type ClientDeps, unavailable } from './client.ts';

export interface SubscriptionOptions {
  /** A position, exclusive. */
  readonly from: number | 'end';
  readonly filter: EventFilter | undefined;
  readonly checkpoint: ((subscription: unknown, position: { commit: bigint }) => Promise<void>) | undefined;
}

/** Events of one message, which are given in one go. */
const batch = 100;

/** A subscription as the client package gives it. Its connection may break at any time, and not always does anybody say so. */
export class SimulatedSubscription extends EventEmitter {
  readonly #deps: ClientDeps;
  readonly #options: SubscriptionOptions;
  #open = true;
  #caughtUp = false;
  #arrival = 0;
  #leave: () => void = () => undefined;

  constructor(deps: ClientDeps, options: SubscriptionOptions) {
    super();
    this.#deps = deps;
    this.#options = options;
    const { network, process } = deps;
    if (network.lost()) this.#break();
    else process.world.after(network.delay(), () => this.#begin());
    if (network.lost()) process.world.after(process.world.random.between(0, 3_000), () => this.#break());
  }

  resume(): this {
    return this;
  }

  async unsubscribe(): Promise<void> {
    this.#open = false;
    this.#leave();
  }

  #begin(): void {
    const { network, node, process } = this.#deps;
    const { process: server, store } = node;
    if (!this.#open) return;
    if (store === undefined || !server.alive || network.isCut(process.name, 'node')) {
      this.#break();
      return;
    }
    const { filter, from } = this.#options;
    const cursor = allCursor(store, (from === 'end' ? store.durable : from) + 1, 'forwards', filter);
    this.#leave = store.onCommit(() => this.#pull(store, cursor));
    server.onKill(() => this.#break());
    this.#pull(store, cursor);
  }

  /** Sends what is behind the cursor; once there is nothing left, that this is so. */
  #pull(store: EventStore, cursor: Cursor): void {
    const { node, process } = this.#deps;
    if (!process.alive) this.#leave();
    this.#open &&= process.alive;
    for (let end = false; this.#open && !end; ) {
      const look = node.process.run(() => lookOf(cursor));
      if (look === undefined) break;
      const events = look.events.map((event) => node.resolve(event));
      const searched = look.searched;
      end = look.end;
      this.#deliver(() => {
        for (const event of events) this.emit('data', event);
        if (searched !== undefined) void this.#options.checkpoint?.(this, { commit: BigInt(searched) });
      });
    }
    if (!this.#caughtUp) this.#deliver(() => this.emit('caughtUp'));
    this.#caughtUp = true;
    if (store !== node.store) this.#break();
  }

  #deliver(happen: () => void): void {
    const { network, process } = this.#deps;
    const { world } = process;
    this.#arrival = Math.max(world.now + network.streamDelay('node', process.name), this.#arrival);
    world.after(this.#arrival - world.now, () => this.#open && happen(), process);
  }

  #break(): void {
    const { network, process } = this.#deps;
    const { world } = process;
    if (!this.#open) return;
    this.#leave();
    const silentMs = world.random.chance(0.2) ? 10_000 : 0;
    world.after(
      silentMs + network.delay(),
      () => {
        if (!this.#open) return;
        this.#open = false;
        this.emit('error', unavailable());
      },
      process,
    );
  }
}

/** Undefined where the disk has failed: the node is about to end. */
function lookOf(cursor: Cursor): Look | undefined {
  try {
    return cursor.next(batch);
  } catch (error) {
    if (error instanceof WriteFailed) return undefined;
    throw error;
  }
}
