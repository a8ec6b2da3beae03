import { createHash, randomUUID } from 'node:crypto';
import { recordCheckpoint } from '../../commands/audit/record-checkpoint.ts';
import type { Config } from '../config.ts';
import { checkpointKeys, SigningKey } from '../domain/audit/signing-key.ts';
import { noteFrom, selectCheckpoint } from '../domain/audit/tree-reads.ts';
import type { EventMetadata } from '../kernel/codec.ts';
import type { InstallationKeys } from '../kernel/crypto/installation-keys.ts';
import type { AnyEndpoint } from '../kernel/pipeline/answer.ts';
import type { ReadModels } from '../kernel/pipeline/deps.ts';
import type { Pipeline } from '../kernel/pipeline/pipeline.ts';
import type { Ports, RequestInfo } from '../kernel/ports.ts';
import { platformTenant, systemPrincipal } from '../kernel/principal.ts';
import { StoreUnavailable } from '../kernel/unavailable.ts';

/** Milliseconds a read model may be behind. */
const patienceMs = 10_000;

/** Where clients reach it, without the scheme; else a name of its own. A log keeps the name it had at its first checkpoint. */
export function installationName(
  { publicUrl }: Pick<Config, 'publicUrl'>,
  { documents }: Pick<InstallationKeys, 'documents'>,
): string {
  if (publicUrl !== undefined) return publicUrl.replace(/^https?:\/\//, '');
  return `keyledger-${createHash('sha256').update('installation').update(documents).digest('hex').slice(0, 12)}`;
}

/** When the nth rotation of the checkpoints' key was: each is one event of one stream. */
export function rotationsFrom(readEvent: Ports['readEvent']): (nth: number) => Promise<string | undefined> {
  return async (nth) => {
    const event = await readEvent(SigningKey.name, platformTenant, checkpointKeys, nth);
    return (event?.metadata as Partial<EventMetadata> | undefined)?.at;
  };
}

/** @param pipelineOf asked at the first call, since the pipeline is made of the ports */
export function checkpointNow(readModels: ReadModels, pipelineOf: () => Promise<Pipeline>): Ports['checkpointNow'] {
  const seen = async (projection: string, position: bigint | undefined): Promise<void> => {
    if (position === undefined || (await readModels.waitFor([projection], position, patienceMs))) return;
    throw new StoreUnavailable(`${projection} is too far behind`);
  };
  return async (tenant, position) => {
    await seen('audit_log', position);
    const { executeAs } = await pipelineOf();
    const command = recordCheckpoint as unknown as AnyEndpoint;
    const answer = await executeAs(command, {}, systemPrincipal(tenant, 'checkpoints'), infoOf());
    if (answer.rejection !== undefined)
      throw new StoreUnavailable(`no checkpoint was signed: ${answer.rejection.code}`);
    if ((answer.body as { readonly outcome?: unknown }).outcome === 'refused')
      throw new StoreUnavailable('the read model of the audit is not the one that was signed: rebuild audit_log');
    await seen('audit_checkpoints', answer.position);
    const [row] = await readModels.run(tenant, selectCheckpoint('log', tenant));
    if (row === undefined) throw new StoreUnavailable('no checkpoint was signed yet');
    return { size: Number(row['size']), root: String(row['root']), note: noteFrom(row) };
  };
}

function infoOf(): RequestInfo {
  return {
    requestId: randomUUID(),
    idempotencyKey: undefined,
    sourceAddress: undefined,
    userAgent: undefined,
    traceparent: undefined,
    waitFor: undefined,
    causationId: undefined,
    correlationId: undefined,
  };
}
