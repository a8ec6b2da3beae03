import { z } from 'zod';
import { ClaimedEvent, ExternalEvent, freeWords } from '../../src/domain/audit/external-event.ts';
import { TenantId } from '../../src/domain/audit/fields.ts';
import { RegistryEvent } from '../../src/domain/audit/registry-event.ts';
import { command } from '../../src/kernel/command.ts';
import { type SealedPayload, sealPayload } from '../../src/kernel/payload.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const recordExternalEvent = command({
  name: 'audit.recordExternalEvent',
  summary: 'Appends what happened in another product. Its actor is kept as claimed, beside who told of it.',
  route: 'POST /v1/audit',
  status: 201,
  input: z.strictObject({ tenant_id: TenantId.optional(), ...ClaimedEvent }),
  output: RegistryEvent,
  controls: {
    effect: 'create',
    permission: 'audit.append',
    audit: { action: 'audit.append', subject: ({ target_id: target = '' }) => target },
  },
  rejections: { TenantMismatch: 403 },
  maxBodyBytes: 65_536,
  aggregate: ExternalEvent,
  stream: (_, { newId }) => newId('external event'),
  validate: (_, { tenant_id: named }, { tenant }) =>
    named !== undefined && named !== tenant
      ? reject('TenantMismatch', 'tenant_id is not the tenant of your credential.')
      : undefined,
  prepare: (_, { tenant_id: _named, ...claimed }, { ports, tenant }) =>
    sealPayload(ports.sealer, tenant, freeWords(claimed).content),
  decide: (
    _,
    { tenant_id: _named, ...claimed },
    { prepared: payload }: { readonly prepared: SealedPayload | undefined },
  ) => [ExternalEvent.events.Recorded({ ...freeWords(claimed).asked, ...(payload && { payload }) })],
  answersFromState: true,
  respond: ({ recordedAt }, { tenant_id: _named, ...claimed }, { context: { actor, tenant } }) => ({
    // The place on the log is known when it is there.
    id: 0,
    tenant_id: tenant,
    ...claimed,
    actor_id: claimed.actor_id ?? actor.id,
    recorded_by: { ...actor },
    created_at: recordedAt,
  }),
  onLog: (event, position) => ({ ...event, id: Number(position) }),
});
