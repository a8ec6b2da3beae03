import { Erasure } from '../../../domain/audit/retention/erasure.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenPersonalDataErasedDestroyDocuments = reaction({
  name: 'when-personal-data-erased-destroy-documents',
  on: when(Erasure, {
    Completed: (_, { position }) => [job('identity.destroy-security-reports', { erasedAt: String(position) })],
  }),
});
