import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';

export const subscriptionId = '5b5b5b5b-0000-4000-8000-000000000001';
export const everything = { eventTypes: [], services: [], severities: [] };
export const sealedConfig = { keyId: 'key-config', sealed: 'Y29uZmln' };
export const sealedSecret = { keyId: 'key-secret', sealed: 'c2VjcmV0' };

/** A webhook, as first subscribed. */
export const hooked = Subscription.events.Created({
  subscriptionId,
  name: 'SIEM',
  filters: everything,
  destination: { type: 'webhook', target: 'https://siem.example/hook' },
  config: sealedConfig,
  secret: sealedSecret,
});
/** One that is only read over the event stream. */
export const read = Subscription.events.Created({ subscriptionId, name: 'Wall', filters: everything });
export const paused = Subscription.events.Paused({ subscriptionId });
export const resumed = Subscription.events.Resumed({ subscriptionId });
export const disabled = Subscription.events.Disabled({ subscriptionId, reason: 'gone', detail: 'answered 410' });
export const deleted = Subscription.events.Deleted({ subscriptionId, keyIds: ['key-config', 'key-secret'] });

export const shownHook = {
  subscriptionId,
  name: 'SIEM',
  status: 'active',
  filters: everything,
  destination: { type: 'webhook', target: 'https://siem.example/hook' },
  createdAt: '2026-01-01T00:00:00.000Z',
};

const unknown = { subscriptionId };

/** A valid request of each endpoint that needs one, about what is not there. */
export const examples = {
  'audit.createSubscription': { name: 'walked' },
  'audit.deleteSubscription': unknown,
  'audit.getSubscription': unknown,
  'audit.listDeliveries': unknown,
  'audit.listDeliveryAttempts': { ...unknown, deliveryId: '5b5b5b5b-0000-4000-8000-000000000002' },
  'audit.pauseSubscription': unknown,
  'audit.replayDeliveries': unknown,
  'audit.resumeSubscription': unknown,
  'audit.rotateSubscriptionSecret': unknown,
  'audit.streamEvents': unknown,
};
