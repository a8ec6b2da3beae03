import { expect } from 'chai';
import fc from 'fast-check';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import type { Hold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { count } from '../../../src/domain/audit/retention/lookups.ts';
import { pruningOf, selectIndexes } from '../../../src/domain/audit/retention/pages.ts';
import {
  type Candidate,
  isExpired,
  isHeld,
  isSelected,
  type Selection,
} from '../../../src/domain/audit/retention/selection.ts';
import type { Ports } from '../../../src/kernel/ports.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { sharedStores } from '../../support/stores.ts';

const words = [
  'vault.secret.open',
  'vault.secret.write',
  'vault.secretive',
  'identity.User.Locked',
  'audit.LegalHold.Placed',
  'audit.Request.Denied',
];
const word = fc.constantFrom(...words);
const pattern = fc.constantFrom(...words, 'vault.secret.*', 'vault.*', 'audit.*', 'identity.User.*');
const name = fc.constantFrom('alice', 'bob', 'db', 'case-7', "o'brien", '%');
const day = fc.integer({ min: 1, max: 9 }).map((n) => `2026-01-0${n}T00:00:00.000Z`);
const entry = fc.record({
  type: word,
  action: word,
  subject: name,
  actor: name,
  service: fc.constantFrom('vault', 'identity', 'audit'),
  at: fc.oneof({ weight: 9, arbitrary: day }, { weight: 1, arbitrary: fc.constant('') }),
});
const few = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 2 });
const hold: fc.Arbitrary<Hold> = fc.record({
  holdId: fc.uuid(),
  name: fc.constant('case'),
  scope: fc.record(
    { subjects: few(name), eventTypes: few(pattern), from: day, until: day },
    { requiredKeys: ['subjects', 'eventTypes'] },
  ),
});
const asked = fc.record({
  scope: fc.record({ eventTypes: few(pattern), services: few(fc.constantFrom('vault', 'identity')) }),
  cutoff: day,
  size: fc.integer({ min: 0, max: 30 }),
  holds: fc.array(hold, { maxLength: 3 }),
});

describe('what retention selects', () => {
  let database: Database;
  before(async () => {
    database = connectDatabase((await sharedStores().freshDatabase()).ownerUrl);
    await database.run(rawSql(auditLog.table));
  });
  after(() => database.close());

  async function fill(entries: readonly Candidate[]): Promise<void> {
    await database.run(rawSql('truncate audit_entries'));
    const column = (of: keyof Candidate): string[] => entries.map((each) => String(each[of]));
    for (const tenant of ['acme', 'globex']) {
      await database.run(sql`
        insert into audit_entries (tenant_id, event_id, stream, revision, position, actor_type, operation, request_id,
          correlation_id, causation_id, payload, leaf, chain, outcome, severity, data_commitment, salt, index, type, action,
          subject, actor_id, service, at)
        select ${tenant}, gen_random_uuid(), 's', 0, 0, 'user', 'o', 'r', 'c', 'c', '', '', '', 'done', 'info', '', 's',
          index::bigint, type, action, subject, actor, service, at
        from unnest(${column('index')}::text[], ${column('type')}::text[], ${column('action')}::text[],
          ${column('subject')}::text[], ${column('actor')}::text[], ${column('service')}::text[], ${column('at')}::text[])
          as e (index, type, action, subject, actor, service, at)`);
    }
  }

  it('is one set: what the preview counts is what the execution takes, and what the rule says entry by entry', async () => {
    const reading = {
      read: (_: string, statement: Parameters<Database['run']>[0]) => database.run(statement),
    } as unknown as Ports;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 30 }), asked, async (made, wanted) => {
        const entries = made.map((each, index) => ({ ...each, index }));
        const selection: Selection = { tenant: 'acme', ...wanted };
        await fill(entries);
        const taken = entries.filter((each) => isSelected(each, selection)).map(({ index }) => index);
        const rows = await database.run(selectIndexes(selection, 0, 100));
        expect(rows.map(({ index }) => Number(index))).to.deep.equal(taken);
        const preview = await count(reading, selection);
        expect(preview.selected).to.equal(taken.length);
        expect(preview.expired).to.equal(entries.filter((each) => isExpired(each, selection)).length);
        const { bytes, entries: pruned, ranges } = pruningOf(rows);
        expect({ pruned, bytes }).to.deep.equal({ pruned: preview.selected, bytes: preview.bytes });
        const covered = ranges.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, n) => first + n),
        );
        expect(covered).to.deep.equal(taken);
        for (const index of taken) expect(isHeld(entries[index] as Candidate, selection.holds)).to.equal(false);
      }),
      { numRuns: 150 },
    );
  }).timeout(60_000);

  it('keeps for ever what tells of the keeping itself', () => {
    const own = { index: 0, action: 'x', subject: 'x', actor: 'x', service: 'audit', at: '2020-01-01T00:00:00.000Z' };
    const all: Selection = {
      tenant: 'acme',
      scope: { eventTypes: [], services: [] },
      cutoff: '2026',
      size: 9,
      holds: [],
    };
    for (const type of ['audit.RetentionRun.Started', 'audit.LegalHold.Placed', 'audit.Checkpoint.Signed']) {
      expect(isSelected({ ...own, type }, all), type).to.equal(false);
    }
    expect(isSelected({ ...own, type: 'audit.Request.Answered' }, all)).to.equal(true);
  });

  it('is held by subject, by actor, by type, by action and by time, and by a hold on everything', () => {
    const one = {
      index: 0,
      type: 'audit.Request.Answered',
      action: 'vault.secret.open',
      subject: 'db',
      actor: 'alice',
      service: 'vault',
      at: '2026-01-05T00:00:00.000Z',
    };
    const holding = (scope: Partial<Hold['scope']>): boolean =>
      isHeld(one, [{ holdId: 'h', name: 'h', scope: { subjects: [], eventTypes: [], ...scope } }]);
    const held = [
      {},
      { subjects: ['db'] },
      { subjects: ['x', 'alice'] },
      { eventTypes: ['audit.Request.*'] },
      { eventTypes: ['vault.secret.open'] },
      { from: one.at },
      { until: '2026-01-05T00:00:00.001Z' },
      { subjects: ['db'], from: one.at },
    ];
    for (const scope of held) expect(holding(scope), JSON.stringify(scope)).to.equal(true);
    const free = [
      { subjects: ['x'] },
      { eventTypes: ['vault.secret'] },
      { until: one.at },
      { from: '2026-01-05T00:00:00.001Z' },
      { subjects: ['db'], until: one.at },
    ];
    for (const scope of free) expect(holding(scope), JSON.stringify(scope)).to.equal(false);
  });
});
