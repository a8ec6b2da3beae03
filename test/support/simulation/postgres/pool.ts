import type {
  ConnectionPool,
  PooledConnection,
  PooledStatement,
} from '../../../../src/adapters/postgres/transactions.ts';
import type { Network } from '../network.ts';
import type { SimulatedProcess } from '../world.ts';
import type { PostgresServer, Session } from './server.ts';
import type { SqlError, Value, Values } from './storage.ts';

/** Connections of one process at most. */
const most = 8;
/** Milliseconds a connection is waited for. */
const connectMs = 3_000;

/** What a planted bug does to a process's statements. */
export interface Tampering {
  readonly rewrite?: (text: string) => string;
  /** Statements that are committed by themselves, ahead of their transaction. */
  readonly apart?: RegExp;
}

export interface PoolDeps {
  readonly server: PostgresServer;
  readonly network: Network;
  readonly process: SimulatedProcess;
  readonly tampering?: Tampering | undefined;
}

interface Waiting {
  readonly take: (connection: Connection) => void;
  readonly giveUp: (error: Error) => void;
}

/** A pool as pg's is, over the simulated network. */
export class SimulatedPool implements ConnectionPool {
  readonly #deps: PoolDeps;
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  #open = 0;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  async connect(): Promise<PooledConnection> {
    const connection = await this.#take();
    return {
      query: (statement) => this.#query(connection, statement),
      sendTogether: () => undefined,
      release: (broken) => this.#giveBack(connection, broken),
    };
  }

  async query(statement: PooledStatement): Promise<{ readonly rows: unknown[] }> {
    const connection = await this.connect();
    try {
      const result = await connection.query(statement);
      connection.release();
      return result;
    } catch (error) {
      connection.release(error as Error);
      throw error;
    }
  }

  async end(): Promise<void> {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  async #query(connection: Connection, given: Parameters<PooledConnection['query']>[0]): Promise<{ rows: Values[] }> {
    const { apart, rewrite = (same: string) => same } = this.#deps.tampering ?? {};
    const { text, values = [] } = typeof given === 'string' ? { text: given } : given;
    const asked = { text: rewrite(text), values: values as Value[] };
    if (apart?.test(text) !== true) return { rows: [...(await connection.ask(asked))] };
    const other = await this.#take();
    try {
      return { rows: [...(await other.ask(asked))] };
    } finally {
      this.#giveBack(other, undefined);
    }
  }

  #take(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined && !idle.broken) return Promise.resolve(idle);
    if (idle !== undefined) this.#open--;
    if (this.#open < most) return this.#connect();
    return new Promise((resolve, reject) => {
      const waiting = { take: resolve, giveUp: reject };
      this.#waiting.push(waiting);
      const { process } = this.#deps;
      process.world.after(connectMs, () => this.#forget(waiting), process);
    });
  }

  #forget(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    waiting.giveUp(new Error('timeout exceeded when trying to connect'));
  }

  #connect(): Promise<Connection> {
    const { network, process, server } = this.#deps;
    this.#open++;
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => {
        this.#open--;
        reject(error);
      };
      if (network.isCut(process.name, 'postgres')) {
        process.world.after(connectMs, () => refuse(new Error('timeout exceeded when trying to connect')), process);
        return;
      }
      process.world.after(
        2 * network.delay(),
        () => {
          if (server.up) resolve(new Connection(this.#deps, server.session(process.id)));
          else refuse(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
        },
        process,
      );
    });
  }

  #giveBack(connection: Connection, broken: Error | undefined): void {
    if (broken !== undefined || connection.broken) {
      connection.close();
      this.#open--;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#connect().then(next.take, next.giveUp);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next.take(connection);
  }
}

/** One connection, on the client's side. Statements arrive in order, and so do their answers. */
class Connection {
  broken = false;
  readonly #deps: PoolDeps;
  readonly #session: Session;
  readonly #pending = new Set<(error: Error) => void>();
  #arrival = 0;
  #return = 0;
  /** Something was lost on the way, and nothing that was sent behind it arrives. */
  #cut = false;

  constructor(deps: PoolDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
    const { process } = deps;
    const { world } = process;
    session.onEnd = () => world.after(deps.network.delay(), () => this.#fail(), process);
    process.onKill(() => world.after(silenceMs(deps), () => session.end()));
  }

  ask(asked: { readonly text: string; readonly values: readonly Value[] }): Promise<readonly Values[]> {
    const { network, process } = this.#deps;
    const { world } = process;
    return new Promise((resolve, reject) => {
      if (this.broken) {
        reject(terminated());
        return;
      }
      this.#pending.add(reject);
      const fate = network.lost() ? world.random.pick(['request lost', 'answer lost'] as const) : undefined;
      this.#arrival = Math.max(world.now + network.streamDelay(process.name, 'postgres'), this.#arrival);
      world.after(this.#arrival - world.now, () => {
        this.#cut ||= fate === 'request lost';
        if (this.#cut || !this.#session.open) this.#break(asked.text, fate);
        else {
          this.#session.ask(asked, (error, rows) => {
            world.trace.add(process.name, `sql ${label(asked.text)}: ${error?.code ?? rows.length}`);
            if (fate !== undefined) this.#break(asked.text, fate);
            else this.#answer(() => this.#settle({ error, rows, resolve, reject }));
          });
        }
      });
    });
  }

  /** The client goes; the server hears of it. */
  close(): void {
    this.broken = true;
    this.#session.end();
  }

  #settle({
    error,
    reject,
    resolve,
    rows,
  }: {
    readonly error: SqlError | undefined;
    readonly rows: readonly Values[];
    readonly resolve: (rows: readonly Values[]) => void;
    readonly reject: (error: Error) => void;
  }): void {
    this.#pending.delete(reject);
    if (error === undefined) resolve(rows);
    else reject(error);
  }

  #answer(happen: () => void): void {
    const { network, process } = this.#deps;
    const { world } = process;
    this.#return = Math.max(world.now + network.streamDelay(process.name, 'postgres'), this.#return);
    world.after(this.#return - world.now, happen, process);
  }

  /** The connection breaks: the client hears of it, and the server a while later. */
  #break(text: string, fate: string | undefined): void {
    const { network, process } = this.#deps;
    const { world } = process;
    world.trace.add(process.name, `sql ${label(text)}: ${fate ?? 'closed'}`);
    world.after(network.delay(), () => this.#fail(), process);
    world.after(silenceMs(this.#deps), () => this.#session.end());
  }

  #fail(): void {
    this.broken = true;
    for (const reject of this.#pending) reject(terminated());
    this.#pending.clear();
  }
}

function terminated(): Error {
  return new Error('Connection terminated unexpectedly');
}

/** Milliseconds until the server notices that a client is gone. */
function silenceMs({ process }: PoolDeps): number {
  const { random } = process.world;
  return random.chance(0.2) ? random.between(100, 6_000) : random.between(0, 20);
}

const labels = new Map<string, string>();

/** The first words of a statement. */
function label(text: string): string {
  let found = labels.get(text);
  if (found === undefined) {
    found = text.replaceAll(/\s+/g, ' ').trim().slice(0, 70);
    labels.set(text, found);
  }
  return found;
}
