import type { Answer } from '../../../src/kernel/pipeline/answer.ts';
import { add } from './domain.ts';
import type { Installation } from './installation.ts';
import type { Server } from './server.ts';

/** What a client wanted, and what it knows of it. */
export interface Operation {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
  readonly events: number;
  /** With an idempotency key, and so asked again until there is an answer. */
  readonly keyed: boolean;
  state: 'open' | 'acknowledged' | 'refused' | 'unknown';
  /** Sent so often. */
  tries: number;
  body: { readonly total: number; readonly entries: number } | undefined;
}

/** Milliseconds an answer is waited for. */
const patienceMs = 4_000;
/** Times a keyed command is asked, at most. */
const mostTries = 12;

/** Callers outside of the system, who write down what they were told. */
export class Clients {
  readonly operations: Operation[] = [];
  readonly #installation: Installation;
  readonly #servers: readonly Server[];

  constructor(installation: Installation, servers: readonly Server[]) {
    this.#installation = installation;
    this.#servers = servers;
  }

  get done(): boolean {
    return this.operations.every(({ state }) => state !== 'open');
  }

  /** Commands at random times up to then, some of them at the same time on the same account. */
  begin(untilMs: number): void {
    const { random } = this.#installation.world;
    const count = random.int(10, 26);
    for (let index = 0; index < count; index++) {
      const operation: Operation = {
        id: `op-${index}`,
        account: `a${random.int(1, 3)}`,
        amount: random.int(1, 9),
        events: random.int(1, 3),
        keyed: random.chance(0.75),
        state: 'open',
        tries: 0,
        body: undefined,
      };
      this.operations.push(operation);
      this.#installation.world.after(random.between(0, untilMs), () => this.#send(operation));
    }
  }

  #send(operation: Operation): void {
    const { network, world } = this.#installation;
    if (operation.state !== 'open') return;
    operation.tries++;
    const attempt = operation.tries;
    this.#deliver(operation, attempt);
    if (operation.keyed && network.doubled()) this.#deliver(operation, attempt);
    world.after(patienceMs, () => {
      if (operation.tries === attempt) this.#unanswered(operation);
    });
  }

  #deliver(operation: Operation, attempt: number): void {
    const { network, world } = this.#installation;
    const server = world.random.pick(this.#servers);
    if (network.lost() || network.isCut('client', server.name)) return;
    world.after(network.delay(), () => {
      const { process } = server;
      if (process.alive && server.pipeline !== undefined) {
        world.after(0, () => this.#execute(operation, attempt, server), process);
      } else world.after(network.delay(), () => operation.tries === attempt && this.#unanswered(operation));
    });
  }

  #execute(operation: Operation, attempt: number, server: Server): void {
    const { network, world } = this.#installation;
    const { account, amount, events, id, keyed } = operation;
    const info = {
      requestId: `${id}.${attempt}`,
      idempotencyKey: keyed ? id : undefined,
      sourceAddress: undefined,
      userAgent: undefined,
      traceparent: undefined,
      waitFor: undefined,
      causationId: undefined,
      correlationId: undefined,
    };
    const input = { account, amount, events, op: id };
    server.pipeline?.execute(add, input, { scheme: 'bearer', value: 'token' }, info).then(
      (answer) => {
        world.trace.add(server.name, `${id}: ${answer.status}`);
        if (!network.lost()) world.after(network.delay(), () => this.#answered(operation, attempt, answer));
      },
      (error: unknown) => world.fail(error),
    );
  }

  #answered(operation: Operation, attempt: number, answer: Answer): void {
    if (operation.state !== 'open') return;
    if (answer.status === 200) {
      operation.state = 'acknowledged';
      operation.body = answer.body as NonNullable<Operation['body']>;
      this.#installation.world.trace.add('client', `${operation.id}: acknowledged`);
    } else if (operation.tries === attempt) {
      if (answer.status === 409 && !operation.keyed) operation.state = 'refused';
      else this.#unanswered(operation);
    }
  }

  /** Asks again where that is safe. */
  #unanswered(operation: Operation): void {
    const { world } = this.#installation;
    if (operation.state !== 'open') return;
    if (!operation.keyed || operation.tries >= mostTries) operation.state = 'unknown';
    else {
      const attempt = operation.tries;
      world.after(world.random.between(50, 1_000), () => operation.tries === attempt && this.#send(operation));
    }
  }
}
