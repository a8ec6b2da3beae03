import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { streamEvents } from '../../../../commands/audit/streaming/stream-events.ts';
import { connectEventLog } from '../../../../src/adapters/event-log/event-log.ts';
import { createEventStreams } from '../../../../src/adapters/streaming/event-streams.ts';
import { Subscription, type SubscriptionState } from '../../../../src/domain/audit/streaming/subscription.ts';
import { createCursorCodec } from '../../../../src/kernel/crypto/cursor.ts';
import type { EventStreams } from '../../../../src/kernel/event-streams.ts';
import { isFile } from '../../../../src/kernel/file.ts';
import type { EventLog } from '../../../../src/kernel/log.ts';
import type { Ports } from '../../../../src/kernel/ports.ts';
import { systemPrincipal } from '../../../../src/kernel/principal.ts';
import { isRejection } from '../../../../src/kernel/rejection.ts';
import { silent } from '../../../../src/kernel/telemetry.ts';
import { subscriptionId } from '../../../support/controls/audit-streaming.ts';
import { testContext } from '../../../support/scenario.ts';
import { sharedStores } from '../../../support/stores.ts';

describe('stream events', function () {
  this.timeout(30_000);
  const active: SubscriptionState = { ...Subscription.initial(), status: 'active', subscriptionId };
  let log: EventLog;
  let streams: EventStreams & { stop(): Promise<void> };

  before(async () => {
    log = connectEventLog((await sharedStores().eventNode()).url);
    streams = createEventStreams({
      log,
      cursors: createCursorCodec(randomBytes(32)),
      clock: { now: Date.now },
      telemetry: silent,
      standing: () => 'good',
    });
  });
  after(async () => {
    await streams.stop();
    await log.close();
  });

  const ask = (state: SubscriptionState, more: object = {}) =>
    streamEvents.perform(
      state,
      { subscriptionId, ...more },
      {
        ...testContext,
        ports: { streams } as unknown as Ports,
        principal: systemPrincipal(testContext.tenant, 'test'),
      },
    );

  async function rejection(state: SubscriptionState, more: object = {}): Promise<unknown> {
    const answer = await ask(state, more);
    return isRejection(answer) ? answer.code : answer;
  }

  it('refuses a subscription that is not there or not active, and a cursor that is none', async () => {
    expect(await rejection(Subscription.initial())).to.equal('SubscriptionNotFound');
    expect(await rejection({ ...active, status: 'paused' })).to.equal('SubscriptionNotActive');
    expect(await rejection(active, { lastEventId: 'forged' })).to.equal('CursorInvalid');
  });

  it('refuses more streams than a tenant may have open', async () => {
    const open: AsyncIterator<Uint8Array>[] = [];
    while (streams.hasRoom(testContext.tenant)) {
      const answer = await ask(active);
      if (!isFile(answer)) throw new Error('not a stream');
      const source = (answer.content as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      await source.next();
      open.push(source);
    }
    expect(open).to.have.length(500);
    expect(await rejection(active)).to.equal('StreamsExhausted');
    await open.pop()?.return?.();
    expect(isFile(await ask(active))).to.equal(true);
    for (const source of open) await source.return?.();
  });
});
