import { Erasure } from '../../../domain/audit/retention/erasure.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenErasureRequestedShredTheKeys = reaction({
  name: 'when-erasure-requested-shred-the-keys',
  on: when(Erasure, {
    Requested: ({ subjectId, subjectType }, { eventId }) => [
      job('audit.erase-personal-data', { subjectId, subjectType, requestId: eventId }),
    ],
  }),
});
