import { z } from 'zod';
import { FederationEvent } from '../../../src/domain/identity/federation/federation-event.ts';
import {
  EventMetadata,
  EventType,
  localProvider,
  Outcome,
  Provider,
  ProviderUserId,
} from '../../../src/domain/identity/federation/fields.ts';
import { command } from '../../../src/kernel/command.ts';
import { type SealedPayload, sealPayload } from '../../../src/kernel/payload.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const recordFederationEvent = command({
  name: 'identity.recordFederationEvent',
  summary: 'Records what an identity provider says happened there, as a claim of the caller.',
  route: 'POST /auth/federation/audit/events',
  status: 201,
  input: z.strictObject({
    eventType: EventType,
    provider: Provider,
    userId: ProviderUserId,
    outcome: Outcome,
    metadata: EventMetadata.default({}),
  }),
  output: z.object({ eventId: z.string(), recordedAt: z.string() }),
  controls: {
    effect: 'create',
    permission: 'identity.federation.record',
    audit: { action: 'identity.federation.record', subject: ({ userId }) => userId },
  },
  aggregate: FederationEvent,
  stream: (_input, { newId }) => newId('event'),
  rejections: { ProviderReserved: 422 },
  validate: (_, { provider }) =>
    provider.toLowerCase() === localProvider
      ? reject('ProviderReserved', `The provider ${localProvider} stands for this installation’s own logins.`)
      : undefined,
  prepare: (_, { metadata }, { ports, tenant }) => sealPayload(ports.sealer, tenant, metadata),
  decide: (_, event, { prepared: payload }: { readonly prepared: SealedPayload | undefined }) => [
    FederationEvent.events.Recorded({ ...event, metadata: {}, ...(payload && { payload }) }),
  ],
  respond: ({ eventId, recordedAt }) => ({ eventId, recordedAt }),
});
