import type { z } from 'zod';
import type { Aggregate, EventSchemas, NamedAggregate } from './aggregate.ts';
import type { Context, EndpointBase, OperationControls } from './endpoint.ts';
import type { Ports } from './ports.ts';
import type { Accused, Principal } from './principal.ts';
import type { Rejection, Rejections } from './rejection.ts';

export interface OperationDefinition<
  I extends z.ZodType,
  O extends z.ZodType,
  R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
> extends EndpointBase<I, O, R> {
  readonly controls: OperationControls<z.output<I>>;
  /** Present where the operation looks at one aggregate's current state, straight from the log. */
  readonly aggregate?: Aggregate<Name, M, S>;
  readonly stream?: (input: z.output<I>, context: Context) => string;
  /** The read models it reads through `ports.read`, for waiting on a position. */
  readonly reads?: string | readonly string[];
  /** Only with `permission: 'public'`: finds out who calls from what was sent; undefined is answered 401. */
  readonly identify?: (input: z.output<I>, ports: Ports) => Promise<Principal | undefined>;
  /** Whose credential it was that was not right, where nobody was identified. */
  readonly accused?: (input: z.output<I>, ports: Ports) => Accused | undefined;
  readonly perform: (
    state: S,
    input: z.output<I>,
    context: Context & { readonly ports: Ports; readonly principal: Principal },
  ) => Promise<z.input<O> | Rejection<keyof R & string>>;
}

export type Operation<
  I extends z.ZodType,
  O extends z.ZodType,
  R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
> = OperationDefinition<I, O, R, Name, M, S> & { readonly kind: 'operation' };

/** An operation of unknown types, as the pipeline handles it. */
export interface AnyOperation extends EndpointBase<z.ZodType, z.ZodType, Rejections> {
  readonly kind: 'operation';
  readonly controls: OperationControls<never>;
  readonly aggregate?: NamedAggregate;
  readonly reads?: string | readonly string[];
  stream?(input: unknown, context: Context): string;
  identify?(input: unknown, ports: Ports): Promise<Principal | undefined>;
  accused?(input: unknown, ports: Ports): Accused | undefined;
  perform(
    state: unknown,
    input: unknown,
    context: Context & { readonly ports: Ports; readonly principal: Principal },
  ): Promise<unknown>;
}

/**
 * Declares an endpoint that changes no aggregate but must still be authorised, metered and audited: open, encrypt, sign, check,
 * simulate. What it did is appended to the log before its answer leaves.
 */
export function operation<
  I extends z.ZodType,
  O extends z.ZodType,
  const R extends Rejections,
  Name extends string,
  M extends EventSchemas,
  S,
>(definition: OperationDefinition<I, O, R, Name, M, S>): Operation<I, O, R, Name, M, S> {
  return { kind: 'operation', ...definition };
}
