import type { z } from 'zod';
import type { Aggregate, AnyAggregate, DomainEvent, EventSchemas, Fact } from './aggregate.ts';

/** Handlers of some of an aggregate's events. An event the aggregate does not declare does not compile. */
export interface Subscription<R> {
  readonly aggregate: AnyAggregate;
  readonly names: readonly string[];
  handle(event: DomainEvent, fact: Fact): R | undefined;
}

/** Declares what to do with some events of one aggregate; used by projections, reactions and live views. */
export function when<A extends string, M extends EventSchemas, S, R>(
  of: Aggregate<A, M, S>,
  handlers: { readonly [N in keyof M & string]?: (data: z.output<M[N]>, fact: Fact) => R },
): Subscription<R> {
  const table = handlers as Readonly<Record<string, ((data: unknown, fact: Fact) => R) | undefined>>;
  return {
    aggregate: of as unknown as AnyAggregate,
    names: Object.keys(table),
    handle: (event, fact) => table[event.name]?.(event.data, fact),
  };
}

/** Stands for every aggregate: a subscription to it sees each event of the log, undecoded and not upcast. */
export const everyAggregate: AnyAggregate = {
  kind: 'aggregate',
  name: '*',
  schemas: {},
  initial: () => undefined,
  evolve: {},
};

/** Declares what to do with every event, whatever its aggregate: for what reads the metadata alone, such as metering and audit. */
export function whenever<R>(handle: (event: DomainEvent, fact: Fact) => R | undefined): Subscription<R> {
  return { aggregate: everyAggregate, names: ['*'], handle };
}
