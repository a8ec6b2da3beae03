import { createHash } from 'node:crypto';
import type { AnyAggregate } from '../aggregate.ts';
import { encodeEvent, eventId, streamName } from '../codec.ts';
import { isStreamed, type Whole } from '../file.ts';
import type { AnyEndpoint } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { auditOf, metadataOf, originSealed } from './facts.ts';

type Conclude = (whole: Whole) => Promise<void>;

/**
 * A streamed file whose first bytes have been made, so that what fails at once is still answered as a failure; any other body as it
 * is. What the file concludes with is on the log before its last bytes leave.
 */
export async function begun(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  { body, input }: { readonly input: unknown; readonly body: unknown },
): Promise<unknown> {
  if (!isStreamed(body) || body.live !== undefined) return body;
  const { conclusion, content } = body;
  const conclude: Conclude = async (whole) => {
    if (conclusion === undefined) return;
    const of = conclusion.aggregate as unknown as AnyAggregate;
    const at = contextOf(call, deps.clock.now(), '').now;
    const metadata = metadataOf(await originSealed(deps, call), at, auditOf(endpoint.controls.audit, input));
    const events = (await conclusion.events(whole)).map((event, index) =>
      encodeEvent(of, event, eventId(call.commandId, index), metadata),
    );
    await deps.log.append(streamName(of.name, call.principal.tenant, conclusion.id), events, 'none');
  };
  const flowing = flow(content[Symbol.asyncIterator](), conclude);
  await flowing.next();
  return { ...body, content: flowing };
}

/** Yields nothing first, as soon as there is something; then the content, its last part held back until the conclusion is durable. */
async function* flow(source: AsyncIterator<Uint8Array>, conclude: Conclude): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    let made = await source.next();
    yield Buffer.alloc(0);
    let held = Buffer.alloc(0) as Uint8Array;
    for (; made.done !== true; made = await source.next()) {
      if (held.length > 0) yield held;
      held = made.value;
      hash.update(held);
      bytes += held.length;
    }
    await conclude({ bytes, sha256: hash.digest('hex') });
    yield held;
  } finally {
    await source.return?.();
  }
}
