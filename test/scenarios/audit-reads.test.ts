import { expect } from 'chai';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';

type Body = Readonly<Record<string, unknown>>;
const listed = (reply: Reply, field: string): readonly Body[] => reply.body[field] as readonly Body[];
const project = '7b0c4a52-51a5-4a2f-8d1e-000000000001';

describe('the audit over HTTP', function () {
  this.timeout(60_000);
  let instance: Instance;
  let acme: Tenancy;
  let other: Tenancy;
  let written: Reply;

  before(async () => {
    instance = await startInstance();
    [acme, other] = [await newTenant(instance), await newTenant(instance)];
    await sure(acme.owner('POST', '/vault/v1/versioned-secrets', { secretId: 'db/password', value: 'one' }));
    await sure(acme.owner('GET', '/vault/v1/versioned-secrets/db%2Fpassword/versions/1'));
    expect((await acme.owner('GET', '/vault/v1/versioned-secrets/absent/versions/1')).status).to.equal(404);
    await sure(other.owner('POST', '/vault/v1/versioned-secrets', { secretId: 'theirs', value: 'two' }));
    written = await sure(
      acme.owner('PATCH', '/vault/v1/versioned-secrets/db%2Fpassword/versions/1/state', { state: 'destroyed' }),
    );
  });
  after(() => instance.stop());

  const read = (path: string, after: Reply = written): Promise<Reply> =>
    acme.owner('GET', path, undefined, seeing(after));

  it('lists entries newest first, by cursor, and each read is an entry', async () => {
    const first = await sure(read('/api/audit?limit=3'));
    const entries = [...listed(first, 'entries')];
    let page = first;
    while (page.body['nextCursor'] !== undefined) {
      page = await sure(read(`/api/audit?limit=3&cursor=${String(page.body['nextCursor'])}`));
      entries.push(...listed(page, 'entries'));
    }
    const indexes = entries.map(({ index }) => Number(index));
    expect(indexes).to.deep.equal(indexes.map((_, place) => indexes.length - 1 - place));
    const again = await sure(read('/api/audit?action=audit.read', page));
    expect(listed(again, 'entries').length).to.be.at.least(2);
    expect(listed(again, 'entries')[0]).to.include({ type: 'audit.Request.Answered', operation: 'audit.listEntries' });
  });

  it('filters as entries say it', async () => {
    const cases: readonly (readonly [string, Body])[] = [
      ['severity=critical', { severity: 'critical', type: 'vault.Secret.VersionDestroyed', outcome: 'done' }],
      ['outcome=denied&service=vault', { outcome: 'denied', severity: 'warning', status: 404, subject: 'absent' }],
      ['subject=db%2Fpassword&type=audit.Request.Answered', { subject: 'db/password', outcome: 'answered' }],
    ];
    for (const [filter, expected] of cases) {
      const entries = listed(await sure(read(`/api/audit?${filter}`)), 'entries');
      expect(entries.length, filter).to.be.at.least(1);
      for (const entry of entries) expect(entry, filter).to.include(expected);
    }
    expect(listed(await sure(read('/api/audit?since=2030-01-01T00:00:00%2B01:00')), 'entries')).to.deep.equal([]);
    expect((await read('/api/audit?since=yesterday')).status).to.equal(400);
    expect((await read('/api/audit?actor=%00')).status).to.equal(400);
  });

  it('counts in all, today, by severity and by outcome', async () => {
    const { body } = await sure(read('/api/audit/stats'));
    const { bySeverity, byOutcome, today, total } = body as unknown as {
      readonly [counts in 'bySeverity' | 'byOutcome']: Record<string, number>;
    } & { readonly today: number; readonly total: number };
    const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
    expect(sum(bySeverity)).to.equal(total);
    expect(sum(byOutcome)).to.equal(total);
    expect(today).to.be.at.most(total).and.at.least(1);
    expect(bySeverity).to.include({ critical: 1 });
  });

  it('lists events by actor, resource and correlation, in the secret broker’s spelling', async () => {
    const headers = { ...seeing(written) };
    const [event] = listed(
      await sure(acme.owner('GET', '/api/v1/audit-events?resource=absent', undefined, headers)),
      'events',
    );
    expect(event).to.include({ resource: 'absent', outcome: 'denied', status: 404 });
    const correlated = await sure(read(`/api/v1/audit-events?correlation_id=${String(event?.['correlation_id'])}`));
    expect(listed(correlated, 'events')[0]).to.include({ id: event?.['id'] });
    const two = await sure(read(`/api/v1/audit-events?actor=${String(event?.['actor'])}&limit=2`));
    expect(listed(two, 'events')).to.have.length(2);
    expect(two.body).to.have.property('next_cursor').that.is.a('string');
  });

  it('takes events of other products, with their actor as claimed and the teller from the credential', async () => {
    const said = {
      tenant_id: acme.id,
      project_id: project,
      action: 'invoice.sent',
      product: 'billing-app',
      actor_id: 'carol',
      actor_name: 'Carol\r\n\u001b[31m\u0000\u2028',
      target_id: '=HYPERLINK("x")',
      metadata: { lines: 3, note: 'a\u0000b' },
    };
    const created = await sure(acme.owner('POST', '/v1/audit', said));
    expect(created.status).to.equal(201);
    expect(created.body).to.deep.include({ ...said, id: Number(created.position) });
    const keyed = { 'idempotency-key': 'once' };
    const once = await sure(acme.owner('POST', '/v1/audit', { action: 'a.b' }, keyed));
    expect((await sure(acme.owner('POST', '/v1/audit', { action: 'a.b' }, keyed))).body).to.deep.equal(once.body);
    const items = listed(
      await sure(read('/v1/audit?product=billing-app&actor_id=carol&action=invoice.sent', once)),
      'items',
    );
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({
      ...said,
      id: created.body['id'],
      actor_name: 'Carol\r\n\u001b[31m\ufffd\u2028',
    });
    expect(items[0]?.['recorded_by']).to.deep.equal(created.body['recorded_by']);
    expect(items[0]?.['recorded_by']).to.not.include({ id: 'carol' });
    expect((await acme.owner('POST', '/v1/audit', { action: 'x', tenant_id: other.id })).status).to.equal(403);
    expect((await acme.owner('POST', '/v1/audit', { tenant_id: acme.id })).status).to.equal(400);
  });

  it('pages them by an integer that is good for this list alone', async () => {
    const first = await sure(read('/v1/audit?limit=2'));
    const cursor = first.body['next_cursor'];
    expect(cursor).to.be.a('number');
    const second = await sure(read(`/v1/audit?limit=2&cursor=${String(cursor)}`));
    const ids = [...listed(first, 'items'), ...listed(second, 'items')].map(({ id }) => Number(id));
    expect(ids).to.deep.equal([...new Set(ids)].sort((a, b) => b - a));
    for (const bad of [Number(cursor) + 1, 7, '-1', 'x']) {
      expect((await read(`/v1/audit?limit=2&cursor=${bad}`)).status, String(bad)).to.equal(400);
    }
    expect((await read(`/v1/audit?action=vault.secret.read&cursor=${String(cursor)}`)).status).to.equal(400);
    expect((await other.owner('GET', `/v1/audit?cursor=${String(cursor)}`)).status).to.equal(400);
    expect((await read('/v1/audit?limit=501')).status).to.equal(400);
  });

  it('shows another tenant’s to nobody but the platform’s operators', async () => {
    expect((await read(`/v1/audit?tenant_id=${other.id}`)).status).to.equal(403);
    const asked = await sure(instance.admin('GET', `/v1/audit?tenant_id=${other.id}`, undefined, seeing(written)));
    const targets = listed(asked, 'items').map((item) => item['target_id']);
    expect(targets).to.include('theirs').and.not.include('db/password');
    for (const path of ['/api/audit', '/api/v1/audit-events', '/v1/audit', '/api/audit/stats']) {
      const { body, status } = await read(path);
      expect(status, path).to.equal(200);
      expect(JSON.stringify(body), path).to.not.include('theirs').and.not.include(other.id);
    }
  });

  it('is for those who may read it', async () => {
    const reader = await acme.somebody('audit.read');
    const nobody = await acme.somebody();
    for (const path of ['/api/audit', '/api/audit/stats', '/api/v1/audit-events', '/v1/audit']) {
      expect((await reader('GET', path)).status, path).to.equal(200);
      expect((await nobody('GET', path)).status, path).to.equal(403);
    }
    expect((await reader('POST', '/v1/audit', { action: 'x' })).status).to.equal(403);
  });
});
