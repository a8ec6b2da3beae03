import { expect } from 'chai';
import { auditLogOfLogs } from '../../../projections/audit/audit-log-of-logs.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { logLeafText } from '../../../src/domain/audit/log-leaf.ts';
import { leafHash, rangeRoots } from '../../../src/kernel/crypto/merkle.ts';
import type { Applied } from '../../../src/kernel/projection.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { signedHead, storedEvent } from '../../support/controls/checkpoints.ts';
import { sharedStores } from '../../support/stores.ts';
import { testTree } from '../../support/trees.ts';

const origin = (tenant: string): string => `keyledger.example/audit/${tenant}`;

/** A signed head as the projection is given it. */
function signed(tenant: string, id: string, size: number): Applied {
  const event = signedHead({ origin: origin(tenant), size, root: testTree(size).root });
  const fact = {
    ...{ eventId: storedEvent.id, stream: '', id, revision: size, position: BigInt(size), tenant, at: '' },
    ...{ actor: { type: 'system', id: 'x' } as const, metadata: {} },
  };
  return { stored: storedEvent, event, fact };
}

describe('audit_log_of_logs', () => {
  it('has a leaf for each signed head of a tenant’s log, and none for its own', async () => {
    const database = connectDatabase((await sharedStores().freshDatabase()).ownerUrl);
    await database.run(rawSql(auditLogOfLogs.table));
    const batches = [
      [signed('acme', 'log', 3), signed('globex', 'log', 5)],
      [signed('platform', 'logs', 2)],
      [signed('platform', 'log', 7), signed('platform', 'logs', 3), signed('acme', 'log', 9)],
    ];
    const memory = new Map<string, unknown>();
    for (const events of batches) {
      await database.transaction(async (run) => {
        for (const write of (await auditLogOfLogs.apply?.(events, run, memory)) ?? []) await run(write);
      });
    }
    const entries = await database.run(sql`select * from audit_log_of_logs_entries order by index`);
    expect(entries.map((row) => [row['tenant_id'], row['log_tenant'], Number(row['size'])])).to.deep.equal([
      ['platform', 'acme', 3],
      ['platform', 'globex', 5],
      ['platform', 'platform', 7],
      ['platform', 'acme', 9],
    ]);
    const leaves = entries.map((row) => {
      const [tenant, size] = [String(row['log_tenant']), Number(row['size'])];
      const root = testTree(size).root.toString('base64');
      return leafHash(Buffer.from(logLeafText({ tenant, origin: origin(tenant), size, root })));
    });
    const [head] = await database.run(sql`select size, root, notable, position from audit_log_of_logs_heads`);
    expect(head).to.deep.equal({ size: 4n, root: rangeRoots(leaves)(0, 4), notable: 4n, position: 9n });
    await database.close();
  });
});
