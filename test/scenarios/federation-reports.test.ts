import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { oktaLogin } from '../support/controls/federation.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';
import { textOfPdf } from '../support/pdf.ts';

const base = '/auth/federation/audit';
const dayAfter = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const period = { startDate: dayAfter(0), endDate: dayAfter(1) };
const patienceMs = 20_000;

interface Section {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

describe('reports about federated logins', function () {
  this.timeout(120_000);
  let instance: Instance;
  let tenancy: Tenancy;

  before(async () => {
    instance = await startInstance();
    tenancy = await newTenant(instance);
    const events = [
      ...Array.from({ length: 12 }, () => ({ outcome: 'failure', userId: '=cmd|calc' })),
      { userId: '=cmd|calc' },
      { eventType: 'mfa_challenge' },
      {},
      { provider: 'entra', userId: 'two\nlines' },
    ];
    for (const event of events) await sure(tenancy.owner('POST', `${base}/events`, { ...oktaLogin, ...event }));
  });
  after(() => instance.stop());

  const request = (body: object): Promise<Reply> =>
    sure(tenancy.owner('POST', `${base}/reports`, { ...period, ...body }));

  /** Asks until it is no longer pending. */
  async function settled({ body }: Reply): Promise<Record<string, unknown>> {
    for (const end = Date.now() + patienceMs; ; await sleep(100)) {
      const report = await sure(tenancy.owner('GET', `${base}/reports/${String(body['reportId'])}`));
      if (report.body['status'] !== 'pending' || Date.now() > end) return report.body;
    }
  }

  async function download(
    report: Record<string, unknown>,
  ): Promise<{ readonly bytes: Buffer; readonly type: string | null }> {
    const token = await tokenOf(tenancy);
    const response = await fetch(`${instance.url}${String(report['downloadUrl'])}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).to.equal(200);
    return { bytes: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type') };
  }

  async function tokenOf({ id }: Tenancy): Promise<string> {
    const user = { email: `reader@${id}.example`, name: 'Reader', password: 'a password to read', roles: ['owner'] };
    await tenancy.owner('POST', '/auth/v1/users', user);
    const { body } = await sure(
      instance.client()('POST', '/auth/login', { email: user.email, password: user.password }),
    );
    return String(body['accessToken']);
  }

  it('is pending, then completed with its data, and listed', async () => {
    const asked = await request({ reportType: 'security' });
    expect([asked.status, asked.body['status']]).to.deep.equal([202, 'pending']);
    expect(Date.parse(String(asked.body['estimatedCompletionAt']))).to.be.greaterThan(Date.now());
    const pending = await sure(tenancy.owner('GET', `${base}/reports?status=pending`, undefined, seeing(asked)));
    const report = await settled(asked);
    expect(report, JSON.stringify(report)).to.include({ status: 'completed', format: 'json', failure: null });
    expect(Date.parse(String(report['completedAt']))).to.be.at.least(Date.parse(String(report['createdAt'])));
    const { reports } = (await sure(tenancy.owner('GET', `${base}/reports`, undefined, seeing(asked)))).body;
    const [first] = reports as Record<string, unknown>[];
    expect(first).to.include({ reportId: asked.body['reportId'], reportType: 'security', format: 'json' });
    expect(pending.body).to.have.property('reports');
    const sections = Object.fromEntries(
      ((report['data'] as { sections: Section[] }).sections ?? []).map(({ name, rows }) => [name, rows]),
    );
    expect(sections['failures_by_user']?.map(([user, failures]) => [user, failures])).to.deep.equal([
      ['okta/=cmd|calc', 12],
    ]);
    expect(sections['logins_after_failures']?.map(([user, logins, most]) => [user, logins, most])).to.deep.equal([
      ['okta/=cmd|calc', 1, 12],
    ]);
    expect(sections['second_factors']).to.deep.equal([['okta', 1, 0, 1]]);
    expect(sections['latest_failures']).to.have.length(12);
    const { bytes, type } = await download(report);
    expect(type).to.equal('application/json');
    expect(createHash('sha256').update(bytes).digest('hex')).to.equal(report['sha256']);
    expect(JSON.parse(bytes.toString())).to.deep.equal(report['data']);
  });

  it('is CSV that no spreadsheet runs, a line for each value', async () => {
    const report = await settled(await request({ reportType: 'activity', format: 'csv' }));
    expect(report).to.include({ status: 'completed', data: null });
    const { bytes, type } = await download(report);
    const lines = bytes.toString().split('\r\n');
    expect(type).to.equal('text/csv; charset=utf-8');
    expect(lines[0]).to.equal('section,item,measure,value');
    expect(lines).to.include(String.raw`busiest_users,entra/two\u000alines,successes,1`);
    expect(lines.filter((line) => /(^|,)[=+@-]/.test(line))).to.deep.equal([]);
    expect(lines.filter((line) => /^by_day,\d{4}-\d\d-\d\d,failures,12$/.test(line))).to.have.length(1);
  });

  it('is a PDF of the tenant’s own events that a reader of PDFs reads', async () => {
    const report = await settled(
      await request({ reportType: 'compliance', format: 'pdf', providers: ['okta', 'entra'] }),
    );
    const { bytes, type } = await download(report);
    const text = (await textOfPdf(bytes)).replaceAll(/\s+/g, ' ');
    expect(type).to.equal('application/pdf');
    expect(bytes.subarray(0, 5).toString()).to.equal('%PDF-');
    expect(text).to.include('Federated logins: compliance');
    expect(text).to.include('holds no, evidence 2 of 3 users did not');
    expect(text).to.include('No account has more than 10 failed logins in a day: holds no, evidence 12 at most');
    expect(text).to.include('Nobody of another tenant acts in this one: holds no, evidence 2 acts');
    expect(text).to.include(tenancy.id);
  });

  it('says of a period without events that nothing was found', async () => {
    const year = { startDate: '2020-01-01', endDate: '2020-12-31', reportType: 'compliance' };
    const { data } = await settled(await request(year));
    const { sections, summary } = data as { sections: Section[]; summary: object };
    expect(summary).to.deep.equal({ events: 0, successes: 0, failures: 0, users: 0, providers: 0 });
    const [controls, ...others] = sections.map(({ rows }) => rows);
    expect(controls?.map(([, holds]) => holds)).to.deep.equal([true, true, true]);
    expect(others.flat()).to.deep.equal([]);
  });

  it('is another tenant’s nothing, and needs the permission', async () => {
    const asked = await request({ reportType: 'activity' });
    const report = await settled(asked);
    const path = `${base}/reports/${String(asked.body['reportId'])}`;
    const somebody = await tenancy.somebody('identity.user.read');
    const answers = [
      await instance.admin('GET', path),
      await instance.admin('GET', String(report['downloadUrl'])),
      await somebody('GET', path),
      await somebody('POST', `${base}/reports`, { reportType: 'activity', ...period }),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 403, 403]);
  });
});
