import { streams } from '../../../../infra/event-node/proto.ts';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import type { StoredEvent } from '../../../../infra/event-node/storage/record.ts';
import { SimulatedProcess, type World } from '../world.ts';
import { Disk } from './disk.ts';

const { RecordedEvent } = streams.ReadResp.ReadEvent;

/** An event as the client package gives it. */
export interface Resolved {
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly isJson: true;
    readonly data: unknown;
    readonly metadata: unknown;
    readonly streamId: string;
    readonly revision: bigint;
    readonly position: { readonly commit: bigint; readonly prepare: bigint };
  };
  readonly commitPosition: bigint;
}

/** The event node as a process: its own storage, group commit and checks of repeated writes, on the simulated disk. */
export class EventNode {
  readonly world: World;
  readonly disk: Disk;
  store: EventStore | undefined;
  process: SimulatedProcess;
  /** Events by position and id, as they were read before. */
  readonly #resolved = new Map<string, Resolved>();

  constructor(world: World, { syncs }: { readonly syncs: boolean }) {
    this.world = world;
    this.disk = new Disk(syncs);
    this.process = new SimulatedProcess(world, 'node');
    this.process.alive = false;
    if (!syncs) this.#syncLater();
  }

  start(): void {
    if (this.process.alive) return;
    this.process = new SimulatedProcess(this.world, 'node');
    const { process } = this;
    try {
      const options = { now: () => process.now(), streamsInMemory: 50 };
      const tables = this.disk.open(() => this.#fail(process));
      this.store = process.run(() => EventStore.over(tables, () => undefined, options));
      this.world.trace.add('node', `up, durable ${this.store.durable}`);
    } catch (error) {
      // It ends with an error, and is started again.
      process.kill();
      this.world.trace.add('node', `cannot start: ${(error as Error).message}`);
      this.world.after(100, () => this.start());
    }
  }

  /** Its disk has failed, and it with it. */
  #fail(process: SimulatedProcess): void {
    this.world.trace.add('node', 'the disk failed');
    this.world.after(0, () => process === this.process && this.crash());
    this.world.after(1_000, () => this.start());
  }

  crash(): void {
    if (!this.process.alive) return;
    this.process.kill();
    this.store = undefined;
    this.world.trace.add('node', `crash, ${this.disk.crash()} commits lost`);
  }

  /** Every event of the log, in order. */
  all(): readonly Resolved[] {
    const events: Resolved[] = [];
    const { store } = this;
    for (let from = 0, end = false; store !== undefined && !end; ) {
      const page = store.readAll(from, false);
      events.push(...page.events.map((event) => this.resolve(event)));
      end = page.end;
      from = (page.events.at(-1)?.position ?? from) + 1;
    }
    return events;
  }

  resolve(stored: StoredEvent): Resolved {
    const key = `${stored.position}:${stored.idHex}`;
    const known = this.#resolved.get(key);
    if (known !== undefined) return known;
    const recorded = RecordedEvent.deserializeBinary(stored.body);
    const position = BigInt(stored.position);
    const resolved: Resolved = {
      event: {
        id: uuid(stored.idHex),
        type: stored.type,
        isJson: true,
        data: JSON.parse(Buffer.from(recorded.getData_asU8()).toString()),
        metadata: JSON.parse(Buffer.from(recorded.getCustomMetadata_asU8()).toString()),
        streamId: stored.streamName,
        revision: BigInt(stored.revision),
        position: { commit: position, prepare: position },
      },
      commitPosition: position,
    };
    this.#resolved.set(key, resolved);
    return resolved;
  }

  #syncLater(): void {
    this.world.after(this.world.random.between(20, 400), () => {
      this.disk.sync();
      this.#syncLater();
    });
  }
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
