import type { z } from 'zod';

/** Event schemas of one aggregate, by the event's past-tense name. */
export type EventSchemas = Readonly<Record<string, z.ZodType>>;

/** A fact about to be written or just read: the aggregate's name, the event's name and its data. */
export interface DomainEvent<A extends string = string, N extends string = string, D = unknown> {
  readonly aggregate: A;
  readonly name: N;
  readonly data: D;
}

/** What the log knows about an event besides its data. */
export interface Fact {
  /** UUID of the event. */
  readonly eventId: string;
  /** `<ctx>.<Aggregate>-<tenantId>.<id>` */
  readonly stream: string;
  /** The aggregate's id: the part of the stream's name behind the tenant. */
  readonly id: string;
  /** Zero-based place in its stream. */
  readonly revision: number;
  /** Commit position in the whole log; 0n for a fact that is not read from a log. */
  readonly position: bigint;
  readonly tenant: string;
  /** ISO 8601, UTC, from the writer's injected clock. */
  readonly at: string;
  readonly actor: Actor;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Who did it. `id` is unique within the tenant and type. */
export interface Actor {
  readonly type: 'user' | 'service' | 'agent' | 'system' | 'anonymous';
  readonly id: string;
}

/** The union of an aggregate's events. */
export type EventOf<A> =
  A extends Aggregate<infer Name, infer M, infer _S>
    ? { [N in keyof M & string]: DomainEvent<Name, N, z.output<M[N]>> }[keyof M & string]
    : never;

/** The state an aggregate folds to. */
export type StateOf<A> = A extends Aggregate<infer _Name, infer _M, infer S> ? S : never;

/** Pure functions from the data of version N to the data of version N + 1, by N. */
export type Upcasts = Readonly<Record<number, (data: Record<string, unknown>) => Record<string, unknown>>>;

export interface AggregateDefinition<A extends string, M extends EventSchemas, S> {
  /** `<ctx>.<Aggregate>` */
  readonly name: A;
  readonly events: M;
  /** Annotate its return type: it is the state's type. */
  readonly initial: () => S;
  readonly evolve: {
    readonly [N in keyof M & string]: (state: NoInfer<S>, data: z.output<M[N]>, fact: Fact) => NoInfer<S>;
  };
  /** Current schema version of each event that has changed; 1 where absent. */
  readonly versions?: { readonly [N in keyof M & string]?: number };
  readonly upcasts?: { readonly [N in keyof M & string]?: Upcasts };
  /** For streams that grow long. Raise `version` when the state's shape changes: older snapshots are discarded. */
  readonly snapshot?: Snapshotting<NoInfer<S>>;
}

export interface Snapshotting<S> {
  readonly version: number;
  /** Events between two snapshots. */
  readonly every: number;
  readonly toJson: (state: S) => unknown;
  readonly fromJson: (json: unknown) => S;
}

export interface Aggregate<A extends string, M extends EventSchemas, S>
  extends Omit<AggregateDefinition<A, M, S>, 'events'> {
  readonly kind: 'aggregate';
  readonly schemas: M;
  /** Constructors of this aggregate's events. */
  readonly events: { readonly [N in keyof M & string]: (data: z.input<M[N]>) => DomainEvent<A, N, z.output<M[N]>> };
}

/** An aggregate whose types are not known, as the kernel handles it. */
export interface AnyAggregate {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly schemas: EventSchemas;
  readonly initial: () => unknown;
  evolve: { readonly [name: string]: { bivariance(state: unknown, data: unknown, fact: Fact): unknown }['bivariance'] };
  readonly versions?: { readonly [name: string]: number | undefined };
  readonly upcasts?: { readonly [name: string]: Upcasts | undefined };
  readonly snapshot?: {
    readonly version: number;
    readonly every: number;
    toJson(state: unknown): unknown;
    fromJson(json: unknown): unknown;
  };
}

/** What an endpoint of unknown types still shows of its aggregate. */
export interface NamedAggregate {
  readonly kind: 'aggregate';
  readonly name: string;
}

/** Declares an aggregate: its events, its state and how the one folds into the other. */
export function aggregate<const A extends string, M extends EventSchemas, const S>(
  definition: AggregateDefinition<A, M, S>,
): Aggregate<A, M, S> {
  const { events: schemas, ...rest } = definition;
  const constructors = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      (data: unknown) => ({ aggregate: definition.name, name, data: schema.parse(data) }),
    ]),
  );
  return { kind: 'aggregate', ...rest, schemas, events: constructors as Aggregate<A, M, S>['events'] };
}

/** `<ctx>.<Aggregate>.<Event>`, the event's type on the log. */
export function eventType(event: { readonly aggregate: string; readonly name: string }): string {
  return `${event.aggregate}.${event.name}`;
}

/** Folds one event; an event the aggregate does not declare is a bug and throws. */
export function evolveOne(of: AnyAggregate, state: unknown, event: DomainEvent, fact: Fact): unknown {
  const step = of.evolve[event.name];
  if (step === undefined || event.aggregate !== of.name) {
    throw new TypeError(`${of.name} has no event ${eventType(event)}`);
  }
  return step(state, event.data, fact);
}
