import type { z } from 'zod';
import type { AnyAggregate, Fact } from '../../../kernel/aggregate.ts';
import { decodeEvent } from '../../../kernel/codec.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { Secret } from './secret.ts';

type Schemas = typeof Secret.schemas;

export type ReadingPorts = Pick<Ports, 'readEvent'>;

/** One event of a secret, as its state remembers it. */
export interface Remembered<N extends keyof Schemas> {
  readonly name: N;
  readonly revision: number | undefined;
}

/**
 * Reads back an event that the state says is there.
 *
 * @throws {Error} it is not, or is another: the state does not belong to this stream
 */
export async function readStored<N extends keyof Schemas>(
  ports: ReadingPorts,
  { tenant, secretId }: { readonly tenant: string; readonly secretId: string },
  { name, revision = -1 }: Remembered<N>,
): Promise<{ readonly data: z.output<Schemas[N]>; readonly fact: Fact }> {
  const stored = revision < 0 ? undefined : await ports.readEvent(Secret.name, tenant, secretId, revision);
  const decoded = stored && decodeEvent(Secret as unknown as AnyAggregate, stored);
  if (decoded?.event.name !== name) throw new Error(`a secret's stream has no ${name} at revision ${revision}`);
  return { data: decoded.event.data as z.output<Schemas[N]>, fact: decoded.fact };
}
