import { expect } from 'chai';
import { recordFederationEvent } from '../../../../commands/identity/federation/record-federation-event.ts';
import { FederationEvent } from '../../../../src/domain/identity/federation/federation-event.ts';
import { eventId } from '../../../../src/kernel/codec.ts';
import { oktaLogin } from '../../../support/controls/federation.ts';
import { given, testContext } from '../../../support/scenario.ts';

describe('recordFederationEvent', () => {
  it('records what is claimed, and answers with the event’s id on the log', () => {
    const payload = { sealed: 'pl1.sealed', commitment: 'of it' };
    const decided = given([]).when(recordFederationEvent, oktaLogin, { prepared: payload });
    decided.then([FederationEvent.events.Recorded({ ...oktaLogin, metadata: {}, payload })]);
    decided.thenAnswered({ eventId: eventId(testContext.commandId, 0), recordedAt: testContext.now });
  });

  it('lets nobody claim an event of our own', () => {
    for (const provider of ['local', 'Local']) {
      given([])
        .when(recordFederationEvent, { ...oktaLogin, provider })
        .thenRejected('ProviderReserved');
    }
  });

  it('takes metadata within bounds, of text that a database can hold', () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : { below: deep(levels - 1) });
    const accepts = (metadata: unknown): boolean =>
      recordFederationEvent.input.safeParse({ ...oktaLogin, metadata }).success;
    expect(accepts({ ip: '192.0.2.1', tries: 3, path: ['a', { b: null }] })).to.equal(true);
    expect(accepts(deep(6))).to.equal(true);
    for (const metadata of [
      deep(7),
      { text: 'x'.repeat(8 * 1024) },
      { text: 'a\0b' },
      { list: ['\ud800'] },
      { ['\0']: 1 },
      ['list'],
    ]) {
      expect(accepts(metadata), JSON.stringify(metadata).slice(0, 40)).to.equal(false);
    }
  });
});
