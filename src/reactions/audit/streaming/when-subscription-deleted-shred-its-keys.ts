import { Subscription } from '../../../domain/audit/streaming/subscription.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenSubscriptionDeletedShredItsKeys = reaction({
  name: 'when-subscription-deleted-shred-its-keys',
  on: when(Subscription, {
    Deleted: ({ keyIds }) => (keyIds.length === 0 ? [] : [job('audit.shred-subscription-keys', { keyIds })]),
  }),
});
