import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSubscription } from '../../../commands/audit/streaming/create-subscription.ts';
import { deleteSubscription } from '../../../commands/audit/streaming/delete-subscription.ts';
import { pauseSubscription } from '../../../commands/audit/streaming/pause-subscription.ts';
import { replayDeliveries } from '../../../commands/audit/streaming/replay-deliveries.ts';
import { resumeSubscription } from '../../../commands/audit/streaming/resume-subscription.ts';
import type { Database } from '../../../src/adapters/postgres/database.ts';
import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { Bell, type Delivering, startDelivering } from '../delivering.ts';
import { write } from '../events.ts';
import { type Receiver, startReceiver } from '../receiver.ts';
import type { Range, Received, Rung } from './subscription-model.ts';

/** How the receiver meets an event: takes it, refuses it, takes it and its answer is lost, or says that it is gone for good. */
export type Meeting = 'take' | 'refuse' | 'lose the answer' | 'gone';
/** What befalls the next transaction of the engines: its connection breaks before it commits, or behind that. */
export type Break = 'before' | 'behind';

/** The engine, which may be several, its database, which may break, and the receiver. */
export interface DeliveryWorld {
  readonly delivering: Delivering;
  readonly receiver: Receiver;
  /** Ends the engines and starts as many. */
  engines(count: number): Promise<void>;
  breakNext(how: Break): void;
  close(): Promise<void>;
}

export async function startDeliveryWorld(): Promise<DeliveryWorld> {
  const breaks: Break[] = [];
  const receiver = await startReceiver();
  const delivering = await startDelivering({
    // As often as it takes: what is given up on is another matter.
    schedule: { delaysMs: Array.from({ length: 500 }, () => 120), jitter: 0.5 },
    ownerAs: (owner) => breaking(owner, breaks),
  });
  let engines: readonly { stop(): Promise<void> }[] = [];
  return {
    delivering,
    receiver,
    engines: async (count) => {
      const before = engines;
      engines = Array.from({ length: count }, () => delivering.start());
      await Promise.all(before.map((engine) => engine.stop()));
    },
    breakNext: (how) => {
      breaks.push(how);
    },
    close: async () => {
      await delivering.close();
      await receiver.close();
    },
  };
}

function breaking(owner: Database, breaks: Break[]): Database {
  return {
    ...owner,
    transaction: async (work) => {
      const how = breaks.shift();
      const done = await owner.transaction(async (run, commit) => {
        const result = await work(run, commit);
        if (how === 'before') throw new Error('the connection broke before the commit');
        return result;
      });
      if (how === 'behind') throw new Error('the connection broke behind the commit');
      return done;
    },
  };
}

/** A subscription of a tenant of its own to the ringing of bells, and what its receiver got. */
export class Subscriber {
  readonly received: Received[] = [];
  readonly rung: Rung[] = [];
  readonly replays: Range[] = [];
  readonly #world: DeliveryWorld;
  readonly #tenant = randomUUID();
  readonly #meetings: Meeting[] = [];
  #id = '';

  private constructor(world: DeliveryWorld) {
    this.#world = world;
  }

  /** Some bells have rung before. */
  static async after(world: DeliveryWorld, bells: readonly string[]): Promise<Subscriber> {
    const subscriber = new Subscriber(world);
    for (const bell of bells) await subscriber.ring(bell, true);
    subscriber.#receive();
    const config = { url: `${world.receiver.url}/${subscriber.#tenant}` };
    const filters = { eventTypes: ['demo.Bell.Rung'] };
    const body = await subscriber.#ask(createSubscription, {
      name: 'model',
      filters,
      destination: { type: 'webhook', config },
    });
    subscriber.#id = String(body?.['subscriptionId']);
    return subscriber;
  }

  #receive(): void {
    this.#world.receiver.answer(({ body, path }, response) => {
      if (path !== `/${this.#tenant}`) return void response.writeHead(204).end();
      const how = this.#meetings.shift() ?? 'take';
      const bell = String(body['partitionkey']).split('.').at(-1) ?? '';
      const taken = how === 'take' || how === 'lose the answer';
      this.received.push({ bell, revision: Number(body['sequence']), taken });
      if (how === 'lose the answer') response.destroy();
      else response.writeHead({ take: 204, refuse: 500, gone: 410 }[how]).end();
    });
  }

  /** One ring; and beside it something that is not wanted. */
  async ring(bell: string, before = false): Promise<void> {
    const { log } = this.#world.delivering.stack;
    const events = [Bell.events.Broken({}), Bell.events.Rung({ count: 1, secret: '' })];
    const { position, revision } = await write(log, Bell, events, { tenant: this.#tenant, id: bell });
    this.rung.push({ bell, revision, position, before });
  }

  meet(how: Meeting): void {
    this.#meetings.push(how);
  }

  async pause(): Promise<void> {
    await this.#ask(pauseSubscription, { subscriptionId: this.#id });
  }

  async resume(): Promise<void> {
    await this.#ask(resumeSubscription, { subscriptionId: this.#id });
  }

  /** From behind one ring, or the start, up to another, or the end; where the subscription takes replays now. */
  async replay(from: number | undefined, to: number | undefined): Promise<void> {
    const at = (index: number): bigint => this.rung[index % Math.max(1, this.rung.length)]?.position ?? 0n;
    const [after, until] = [from === undefined ? 0n : at(from), to === undefined ? undefined : at(to)];
    const range = { after: String(after), ...(until === undefined ? {} : { to: String(until) }) };
    const known = this.rung.length;
    const body = await this.#ask(replayDeliveries, { subscriptionId: this.#id, ...range });
    if (body === undefined) return;
    this.replays.push({ after, to: until ?? this.rung[known - 1]?.position ?? 0n });
  }

  /** Nothing stands in the way any more, and all that is to be delivered has been put on record. */
  async settled(): Promise<boolean> {
    this.#meetings.length = 0;
    await this.resume();
    const { database } = this.#world.delivering.stack;
    const [row] = await database.owner.run(sql`
      select count(*) filter (where status = 'delivered')::int as delivered, count(*)::int as known from kernel.deliveries
      where tenant_id = ${this.#tenant} and subscription_id = ${this.#id}`);
    await sleep(20);
    return row?.['known'] === row?.['delivered'];
  }

  async end(): Promise<void> {
    await this.#ask(deleteSubscription, { subscriptionId: this.#id });
  }

  /** What has become of the subscription, in words of its own stream: for a failure to be understood. */
  async story(): Promise<readonly string[]> {
    const types: string[] = [];
    const { log } = this.#world.delivering.stack;
    for await (const { type } of log.readStream(streamName(Subscription.name, this.#tenant, this.#id)))
      types.push(type);
    return types;
  }

  async #ask(endpoint: unknown, input: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { body, rejection, status } = await this.#world.delivering.stack.ask(endpoint, input, {
      tenant: this.#tenant,
    });
    if (rejection !== undefined && status !== 409 && status !== 422)
      throw new Error(`answered ${status} ${rejection.code}`);
    return rejection === undefined ? (body as Readonly<Record<string, unknown>>) : undefined;
  }
}
