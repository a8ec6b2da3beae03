import type { z } from 'zod';
import type { Aggregate, DomainEvent, EventSchemas, NamedAggregate } from './aggregate.ts';
import type { CommandControls, Context, EndpointBase } from './endpoint.ts';
import type { Ports } from './ports.ts';
import type { Accused, Principal } from './principal.ts';
import type { Rejection, Rejections } from './rejection.ts';

/** What happened, as `respond` sees it. */
export interface Decided<E, Prepared> {
  readonly events: readonly E[];
  readonly context: Context;
  readonly prepared: Prepared;
}

type Events<Name extends string, M extends EventSchemas> = {
  [N in keyof M & string]: DomainEvent<Name, N, z.output<M[N]>>;
}[keyof M & string];

type Code<R> = keyof R & string;

export interface CommandDefinition<
  I extends z.ZodType,
  O extends z.ZodType,
  R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
  P,
> extends EndpointBase<I, O, R> {
  readonly controls: CommandControls<z.output<I>>;
  readonly aggregate: Aggregate<Name, M, S>;
  /** Only with `permission: 'public'`: finds out who calls from what was sent; undefined is answered 401. */
  readonly identify?: (input: z.output<I>, ports: Ports) => Promise<Principal | undefined>;
  /** Whose credential it was that was not right, where nobody was identified. */
  readonly accused?: (input: z.output<I>, ports: Ports) => Accused | undefined;
  /** The aggregate's id within the caller's tenant. The tenant itself cannot be chosen. */
  readonly stream: (input: z.output<I>, context: Context) => string;
  /** A cheap refusal before anything slow is asked. */
  readonly validate?: (state: S, input: z.output<I>, context: Context) => Rejection<Code<R>> | undefined;
  /** The slow or outside part (sealing, hashing, an HSM). Runs again when a conflict makes the command decide anew. */
  readonly prepare?: (
    state: S,
    input: z.output<I>,
    context: Context & { readonly ports: Ports },
  ) => Promise<P | Rejection<Code<R>>>;
  /** Pure: events or a declared refusal. An empty list means that nothing needs to change. */
  readonly decide: (
    state: S,
    input: z.output<I>,
    context: Context & { readonly prepared: P },
  ) => readonly Events<Name, M>[] | Rejection<Code<R>>;
  /** The answer, from the state after the events. */
  readonly respond: (state: S, input: z.output<I>, decided: Decided<Events<Name, M>, P>) => z.input<O>;
  /** Adds to the answer what is known only once the events are on the log: the commit position of the last. */
  readonly onLog?: (answer: z.output<O>, position: bigint) => z.output<O>;
  /** The answer holds something shown once and never kept: a retry with the same key is refused instead of answered again. */
  readonly revealsOnce?: boolean;
  /**
   * The answer repeats what must not stand on the log in clear, so it is not kept: a retry with the same key is answered by `respond`
   * again, from the state and the same input, with no events and nothing prepared.
   */
  readonly answersFromState?: boolean;
}

/** A write endpoint of unknown types, as the pipeline handles it. */
export interface AnyCommand extends EndpointBase<z.ZodType, z.ZodType, Rejections> {
  readonly kind: 'command';
  readonly controls: CommandControls<never>;
  readonly aggregate: NamedAggregate;
  readonly revealsOnce?: boolean;
  readonly answersFromState?: boolean;
  identify?(input: unknown, ports: Ports): Promise<Principal | undefined>;
  accused?(input: unknown, ports: Ports): Accused | undefined;
  stream(input: unknown, context: Context): string;
  validate?(state: unknown, input: unknown, context: Context): Rejection | undefined;
  prepare?(state: unknown, input: unknown, context: Context & { readonly ports: Ports }): Promise<unknown>;
  decide(
    state: unknown,
    input: unknown,
    context: Context & { readonly prepared: unknown },
  ): readonly DomainEvent[] | Rejection;
  respond(state: unknown, input: unknown, decided: Decided<DomainEvent, unknown>): unknown;
  onLog?(answer: unknown, position: bigint): unknown;
}

export type Command<
  I extends z.ZodType,
  O extends z.ZodType,
  R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
  P,
> = CommandDefinition<I, O, R, Name, M, S, P> & { readonly kind: 'command' };

/** Declares a write endpoint over one aggregate. The pipeline does everything but decide. */
export function command<
  I extends z.ZodType,
  O extends z.ZodType,
  const R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
  P = undefined,
>(definition: CommandDefinition<I, O, R, Name, M, S, P>): Command<I, O, R, Name, M, S, P> {
  return { kind: 'command', ...definition };
}
