import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { pauseSubscription } from '../../../commands/audit/streaming/pause-subscription.ts';
import { replayDeliveries } from '../../../commands/audit/streaming/replay-deliveries.ts';
import { resumeSubscription } from '../../../commands/audit/streaming/resume-subscription.ts';
import { rotateSubscriptionSecret } from '../../../commands/audit/streaming/rotate-subscription-secret.ts';
import { getSubscription } from '../../../queries/audit/streaming/get-subscription.ts';
import { listDeliveries } from '../../../queries/audit/streaming/list-deliveries.ts';
import { listDeliveryAttempts } from '../../../queries/audit/streaming/list-delivery-attempts.ts';
import type { Resolve } from '../../../src/adapters/outgoing/guard.ts';
import { rawSql } from '../../../src/kernel/sql.ts';
import { type Delivering, startDelivering, until } from '../../support/delivering.ts';
import { type Received, type Receiver, startReceiver } from '../../support/receiver.ts';

const countsOf = (received: readonly Received[], bell: string): readonly number[] =>
  received
    .filter(({ body }) => String(body['partitionkey']).endsWith(`.${bell}`))
    .map(({ body }) => Number(body['sequence']));

describe('deliveries to webhooks', function () {
  this.timeout(60_000);
  let delivering: Delivering;
  let receiver: Receiver;

  before(async () => {
    delivering = await startDelivering();
    delivering.start();
  });
  after(() => delivering.close());
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  const subscribe = (config: object = {}) =>
    delivering.subscribe({ type: 'webhook', config: { url: `${receiver.url}/hook?token=t`, ...config } });

  it('are CloudEvents, signed, with what the audit knows and never what the event holds', async () => {
    const { id, secret } = await subscribe({ headers: { 'X-Team': 'blue' } });
    await delivering.ring('one', 1);
    const [received] = await receiver.count(1);
    const { body, headers, path, text } = received as Received;
    expect(path).to.equal('/hook?token=t');
    expect(headers['content-type']).to.equal('application/cloudevents+json; charset=utf-8');
    expect(headers['x-team']).to.equal('blue');
    expect(headers['webhook-id']).to.equal(body['id']);
    new Webhook(secret).verify(text, headers as Record<string, string>);
    expect(() => new Webhook(secret).verify(`${text} `, headers as Record<string, string>)).to.throw();
    expect(body).to.include({
      specversion: '1.0',
      type: 'demo.Bell.Rung',
      source: `/tenants/${delivering.stack.tenant}/test`,
      sequence: '0000000000',
      severitytext: 'notice',
    });
    expect(body['data']).to.include({ type: 'demo.Bell.Rung', outcome: 'done', severity: 'notice' });
    expect(text).not.to.include('the sealed value');
    const listed = await until(async () => {
      const [first] = await delivering.deliveries(id);
      return first?.['status'] === 'delivered' && first;
    });
    expect(listed).to.include({ eventId: body['id'], attempts: 1, lastStatus: 204, replayId: null });
  });

  it('keep each stream’s order while the receiver fails now and then, and show each attempt', async () => {
    let calls = 0;
    receiver.answer((_, response) => void response.writeHead(++calls % 3 === 0 ? 200 : 500).end('no'));
    const { id } = await subscribe();
    for (let count = 0; count < 6; count++) {
      await delivering.ring('left', count);
      await delivering.ring('right', count);
    }
    const delivered = await until(async () => {
      const all = await delivering.deliveries(id, { status: 'delivered' });
      return all.length === 12 && all;
    });
    for (const bell of ['left', 'right']) {
      const taken = [...new Set(countsOf(receiver.received, bell))];
      expect(taken).to.deep.equal([0, 1, 2, 3, 4, 5]);
      // None is sent before the one ahead of it was taken: numbers never fall.
      const counts = countsOf(receiver.received, bell);
      expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
    }
    const tried = delivered.find(({ attempts }) => (attempts as number) > 1) as Record<string, unknown>;
    const { body } = await delivering.stack.ask(listDeliveryAttempts, {
      subscriptionId: id,
      deliveryId: tried['deliveryId'],
    });
    const { attempts } = body as { attempts: Record<string, unknown>[] };
    expect(attempts.length).to.equal(tried['attempts']);
    expect(attempts[0]).to.include({ attempt: 1, ok: false, status: 500, error: 'answered 500', answer: 'no' });
    expect(attempts.at(-1)).to.include({ ok: true, status: 200 });
    await delivering.stack.ask(pauseSubscription, { subscriptionId: id });
  });

  it('wait while nobody is there, and lose nothing', async () => {
    const port = Number(new URL(receiver.url).port);
    const { id } = await subscribe();
    await receiver.close();
    for (let count = 0; count < 5; count++) await delivering.ring('night', count);
    const [pending] = await until(async () => {
      const open = await delivering.deliveries(id, { status: 'pending' });
      return open.some(({ attempts }) => (attempts as number) > 1) && open;
    });
    expect(pending?.['lastError']).to.match(/cannot be reached: ECONNREFUSED/);
    expect(pending?.['nextAttemptAt']).to.be.a('string');
    receiver = await startReceiver(port);
    await receiver.count(5);
    expect(countsOf(receiver.received, 'night')).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('that nobody takes for as long as the schedule goes disable the subscription, which goes on where it stopped', async () => {
    receiver.answer((_, response) => void response.writeHead(503).end());
    const { id } = await subscribe();
    await delivering.ring('hush', 0);
    const shown = async () => (await delivering.stack.ask(getSubscription, { subscriptionId: id })).body as object;
    const disabled = await until(async () => {
      const subscription = (await shown()) as { status: string; disabled: object };
      return subscription.status === 'disabled' && subscription;
    });
    expect(disabled.disabled).to.deep.equal({ reason: 'unreachable', detail: 'answered 503' });
    const before = receiver.received.length;
    expect(before).to.equal(11);
    await delivering.ring('hush', 1);
    receiver.answer((_, response) => void response.writeHead(200).end());
    await delivering.stack.ask(resumeSubscription, { subscriptionId: id });
    await receiver.count(before + 2);
    expect(countsOf(receiver.received.slice(before), 'hush')).to.deep.equal([0, 1]);
  });

  it('to a receiver that is gone (410) stop at once', async () => {
    receiver.answer((_, response) => void response.writeHead(410).end());
    const { id } = await subscribe();
    await delivering.ring('gone', 0);
    await until(async () => (await delivering.facts(id)).some(({ type }) => type === 'audit.Subscription.Disabled'));
    const disabled = (await delivering.facts(id)).find(({ type }) => type.endsWith('.Disabled'));
    expect(disabled?.data).to.include({ reason: 'gone' });
    expect(receiver.received).to.have.length(1);
  });

  it('give up on one event alone when others are taken, say so, and go on with its stream', async () => {
    receiver.answer(({ body }, response) => {
      const poison = String(body['partitionkey']).endsWith('.cracked') && body['sequence'] === '0000000000';
      response.writeHead(poison ? 422 : 200).end();
    });
    const { id } = await subscribe();
    await delivering.ring('cracked', 0);
    await delivering.ring('cracked', 1);
    await delivering.ring('sound', 0);
    const failed = await until(async () => (await delivering.deliveries(id, { status: 'failed' }))[0]);
    expect(failed).to.include({ attempts: 11, lastStatus: 422, lastError: 'answered 422' });
    await until(async () => (await delivering.deliveries(id, { status: 'delivered' })).length === 2);
    const fact = (await delivering.facts(id)).find(({ type }) => type.endsWith('.DeliveryFailed'));
    expect(fact?.data).to.include({ eventId: failed['eventId'], attempts: 11, reason: 'answered 422' });
  });

  it('follow no redirection', async () => {
    const other = await startReceiver();
    receiver.answer((_, response) => void response.writeHead(307, { location: `${other.url}/` }).end());
    const { id } = await subscribe();
    await delivering.ring('moved', 0);
    const pending = await until(async () => (await delivering.deliveries(id, { status: 'pending' }))[0]);
    expect(pending['lastError']).to.equal('answered 307: redirections are not followed');
    await delivering.stack.ask(pauseSubscription, { subscriptionId: id });
    expect(other.received).to.have.length(0);
    await other.close();
  });

  it('outlast receivers that hang, never end, or reset', async () => {
    let calls = 0;
    receiver.answer((_, response) => {
      const call = ++calls;
      if (call === 1) response.socket?.resetAndDestroy();
      else if (call === 3) {
        const pour = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
          response.once('drain', pour);
        };
        response.writeHead(500);
        pour();
      } else if (call > 3) response.writeHead(200).end();
    });
    const { id } = await subscribe();
    await delivering.ring('odd', 0);
    const done = await until(async () => (await delivering.deliveries(id, { status: 'delivered' }))[0]);
    const { body } = await delivering.stack.ask(listDeliveryAttempts, {
      subscriptionId: id,
      deliveryId: done['deliveryId'],
    });
    const { attempts } = body as { attempts: { error: string | null; answer: string | null }[] };
    expect(attempts.map(({ error }) => error?.replace(/^127\S+ /, '').replace(/: .*/, '') ?? 'ok')).to.deep.equal([
      'cannot be reached',
      'did not answer in time',
      'answered 500',
      'ok',
    ]);
    expect(attempts[2]?.answer).to.have.length(500);
  });

  it('are signed with both secrets for a day after a rotation', async () => {
    const { id, secret: first } = await subscribe();
    const { body } = await delivering.stack.ask(rotateSubscriptionSecret, { subscriptionId: id });
    const { signingSecret: second } = body as { signingSecret: string };
    const { headers, text } = await until(async () => {
      await delivering.ring('keys', 0);
      return receiver.received.find((each) => String(each.headers['webhook-signature']).includes(' '));
    });
    expect(String(headers['webhook-signature']).split(' ')).to.have.length(2);
    for (const secret of [first, second]) new Webhook(secret).verify(text, headers as Record<string, string>);
    const stranger = new Webhook(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
    expect(() => stranger.verify(text, headers as Record<string, string>)).to.throw();
  });

  it('stop while paused and go on where they stopped', async () => {
    const { id } = await subscribe();
    await delivering.ring('pause', 0);
    await receiver.count(1);
    await delivering.stack.ask(pauseSubscription, { subscriptionId: id });
    await delivering.ring('pause', 1);
    await delivering.ring('pause', 2);
    await delivering.stack.ask(resumeSubscription, { subscriptionId: id });
    await receiver.count(3);
    expect(countsOf(receiver.received, 'pause')).to.deep.equal([0, 1, 2]);
  });

  it('end within a window when the subscription is paused, and lose nothing of it', async () => {
    receiver.answer((_, response) => void setTimeout(() => response.writeHead(204).end(), 50));
    const { id } = await subscribe();
    for (let count = 0; count < 20; count++) await delivering.ring('window', count);
    await receiver.count(2);
    await delivering.stack.ask(pauseSubscription, { subscriptionId: id });
    await until(async () => (await delivering.deliveries(id, { status: 'delivered' })).length > 0);
    expect(receiver.received.length).to.be.lessThan(20);
    await delivering.stack.ask(resumeSubscription, { subscriptionId: id });
    await receiver.count(20);
    expect(countsOf(receiver.received, 'window')).to.deep.equal(Array.from({ length: 20 }, (_, count) => count));
  });

  it('of any range are repeated, byte for byte, when asked for', async () => {
    const { id } = await subscribe();
    const positions: bigint[] = [];
    for (let count = 0; count < 4; count++) positions.push(await delivering.ring('echo', count));
    await receiver.count(4);
    const firsts = receiver.received.map(({ text }) => text);
    const asked = { subscriptionId: id, after: String(positions[0]), to: String(positions[2]) };
    const { body } = await delivering.stack.ask(replayDeliveries, asked);
    const { replayId } = body as { replayId: string };
    await receiver.count(6);
    expect(receiver.received.slice(4).map(({ text }) => text)).to.deep.equal(firsts.slice(1, 3));
    const replayed = await until(async () => {
      const all = await delivering.deliveries(id, { replayId, status: 'delivered' });
      return all.length === 2 && all;
    });
    expect(replayed.map(({ position }) => position)).to.deep.equal([String(positions[2]), String(positions[1])]);
    await delivering.ring('echo', 4);
    await receiver.count(7);
    expect(receiver.received).to.have.length(7);
  });

  it('make no connection where a name points inside, even if it did not a moment ago', async () => {
    const addresses = ['93.184.216.34', '127.0.0.1'];
    const resolve: Resolve = (_name, done) => done(null, [{ address: addresses.shift() ?? '127.0.0.1', family: 4 }]);
    const guarded = await startDelivering({ outgoing: { allow: [], resolve } });
    // Whoever looks at the name beforehand sees a public address.
    await new Promise<void>((looked) => resolve('rebound.example', () => looked()));
    guarded.start();
    const port = new URL(receiver.url).port;
    const { id } = await guarded.subscribe({ type: 'webhook', config: { url: `http://rebound.example:${port}/` } });
    await guarded.ring('rebound', 0);
    const pending = await until(async () => (await guarded.deliveries(id, { status: 'pending' }))[0]);
    expect(pending['lastError']).to.match(/^rebound\.example leads to an address that is not public/);
    expect(receiver.received).to.have.length(0);
    await guarded.close();
  });

  it('are shown to their own tenant alone', async () => {
    const { id } = await subscribe();
    await delivering.ring('own', 0);
    const own = await until(async () => (await delivering.deliveries(id))[0]);
    const attempts = { subscriptionId: id, deliveryId: own['deliveryId'] };
    const other = { tenant: 'somebody-else' };
    expect((await delivering.stack.ask(listDeliveryAttempts, attempts)).status).to.equal(200);
    expect((await delivering.stack.ask(listDeliveryAttempts, attempts, other)).status).to.equal(404);
    expect((await delivering.stack.ask(listDeliveries, { subscriptionId: id }, other)).status).to.equal(404);
    expect((await delivering.stack.ask(pauseSubscription, { subscriptionId: id }, other)).status).to.equal(404);
    const { app } = delivering.stack.database;
    for (const table of ['delivery_feeds', 'deliveries', 'delivery_attempts']) {
      expect(await app.run(rawSql(`select 1 from kernel.${table}`))).to.deep.equal([]);
    }
  });
});
