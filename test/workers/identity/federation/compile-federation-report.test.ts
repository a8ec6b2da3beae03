import { expect } from 'chai';
import { completeFederationReport } from '../../../../commands/identity/federation/complete-federation-report.ts';
import { failFederationReport } from '../../../../commands/identity/federation/fail-federation-report.ts';
import { maxDocumentBytes } from '../../../../src/domain/identity/federation/federation-report.ts';
import type { Ports } from '../../../../src/kernel/ports.ts';
import { StoreUnavailable } from '../../../../src/kernel/unavailable.ts';
import type { WorkerContext } from '../../../../src/kernel/worker.ts';
import { compileFederationReport } from '../../../../src/workers/identity/federation/compile-federation-report.ts';
import { reportId, reportRequested } from '../../../support/controls/federation.ts';
import { rejected } from '../../../support/rejected.ts';

const { estimatedCompletionAt: _, reportId: __, ...terms } = reportRequested.data;
const data = { reportId, terms, requestedAt: '7' };

/** What the worker has executed, with what, under which step. */
async function executed(ports: Partial<Ports>): Promise<readonly (readonly unknown[])[]> {
  const done: unknown[][] = [];
  const context = {
    tenant: 'acme',
    ports: { clock: { now: () => 0 }, haveSeen: async () => true, read: async () => [], ...ports },
    execute: async (...asked: unknown[]) => done.push(asked),
  } as unknown as WorkerContext;
  await compileFederationReport.process(data, context);
  return done;
}

describe('compileFederationReport', () => {
  it('names what it compiled by its hash, so that another try with other rows is another command', async () => {
    const [[command, , first] = []] = await executed({});
    const [[, , again] = []] = await executed({});
    const [[, , other] = []] = await executed({ read: async () => [{ event_type: 'login', events: 1 }] });
    expect(command).to.equal(completeFederationReport);
    expect(first).to.equal(again).and.not.to.equal(other);
  });

  it('is tried again while the read models have not seen the request, or are away', async () => {
    expect(await rejected(executed({ haveSeen: async () => false }))).to.be.instanceOf(StoreUnavailable);
    const away = new StoreUnavailable('away');
    expect(await rejected(executed({ read: () => Promise.reject(away) }))).to.equal(away);
  });

  it('fails a report that no event could hold, that takes too long, or that cannot be written', async () => {
    const failures = [
      await executed({ read: async () => [{ event_type: 'x'.repeat(maxDocumentBytes) }] }),
      await executed({ read: () => Promise.reject(Object.assign(new Error('canceling'), { code: '57014' })) }),
      await executed({ read: () => Promise.reject(new RangeError('secret words')) }),
    ].flat();
    expect(failures.map(([command]) => command)).to.deep.equal(Array(3).fill(failFederationReport));
    expect(failures.map(([, input]) => (input as { reason: string }).reason).join(' ')).to.match(
      /^The document has .* shorter period .* more events than can be counted .* compiled: RangeError\.$/,
    );
  });
});
