import { expect } from 'chai';
import { createSubscription } from '../../../../commands/audit/streaming/create-subscription.ts';
import { Subscription } from '../../../../src/domain/audit/streaming/subscription.ts';
import { everything, sealedConfig, sealedSecret } from '../../../support/controls/audit-streaming.ts';
import { given, testContext } from '../../../support/scenario.ts';

const webhook = { type: 'webhook', config: { url: 'https://siem.example/hook?token=hidden' } };
const input = { name: ' SIEM ', destination: webhook };
const created = {
  subscriptionId: testContext.newId('subscription'),
  name: 'SIEM',
  filters: everything,
  destination: { type: 'webhook' as const, target: 'https://siem.example/hook' },
};

describe('create subscription', () => {
  it('keeps where it leads, and all else sealed; a secret made here is shown once', () => {
    const prepared = { config: sealedConfig, secret: sealedSecret, made: 'whsec_new' };
    const asked = given([]).when(createSubscription, input, { prepared });
    asked.then([Subscription.events.Created({ ...created, config: sealedConfig, secret: sealedSecret })]);
    asked.thenAnswered({ ...created, status: 'active', createdAt: testContext.now, signingSecret: 'whsec_new' });
    expect(createSubscription.revealsOnce).to.equal(true);
  });

  it('needs no destination to be read over the event stream', () => {
    const filters = {
      eventTypes: ['vault.*', 'vault.Secret.*', 'vault.Secret.VersionAdded'],
      services: ['vault'],
      severities: ['critical' as const],
    };
    const { subscriptionId } = created;
    given([])
      .when(createSubscription, { name: 'Wall', filters })
      .then([Subscription.events.Created({ subscriptionId, name: 'Wall', filters })]);
  });

  const wrong: Readonly<Record<string, object>> = {
    'a url with a password': { destination: { type: 'webhook', config: { url: 'https://a:b@siem.example/' } } },
    'another protocol': { destination: { type: 'webhook', config: { url: 'file:///etc/passwd' } } },
    'a header of the signature': {
      destination: { type: 'webhook', config: { ...webhook.config, headers: { 'Webhook-Id': 'a' } } },
    },
    'a header with a line break': {
      destination: { type: 'webhook', config: { ...webhook.config, headers: { a: 'b\r\nc: d' } } },
    },
    'a short secret': { destination: { type: 'webhook', config: { ...webhook.config, secret: 'whsec_c2hvcnQ=' } } },
    'a broker without a port': {
      destination: { type: 'kafka', config: { brokers: ['kafka.example'], topic: 'audit' } },
    },
    'a broker of a port that cannot be': {
      destination: { type: 'kafka', config: { brokers: ['kafka.example:65536'], topic: 'audit' } },
    },
    'a broker of an IPv6 address': {
      destination: { type: 'kafka', config: { brokers: ['[2001:db8::1]:9092'], topic: 'audit' } },
    },
    'no destination of ours': { destination: { type: 'carrier pigeon', config: {} } },
    'an event type that is none': { filters: { eventTypes: ['*'] } },
    'a severity that is none': { filters: { severities: ['bad'] } },
  };
  for (const [what, other] of Object.entries(wrong)) {
    it(`takes no ${what.replace(/^(?:a|an|no) /, '')}`, () => {
      expect(createSubscription.input.safeParse({ ...input, ...other }).success).to.equal(false);
    });
  }
});
