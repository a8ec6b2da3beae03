import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { changeSecretVersionState } from '../../commands/vault/versioned-secrets/change-secret-version-state.ts';
import { compareSecretVersions } from '../../commands/vault/versioned-secrets/compare-secret-versions.ts';
import { enforceSecretRetention } from '../../commands/vault/versioned-secrets/enforce-secret-retention.ts';
import { getDestructionCertificate } from '../../commands/vault/versioned-secrets/get-destruction-certificate.ts';
import { openSecretVersion } from '../../commands/vault/versioned-secrets/open-secret-version.ts';
import { recordSecretDestruction } from '../../commands/vault/versioned-secrets/record-secret-destruction.ts';
import { rollBackSecret } from '../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { setSecretRetentionPolicy } from '../../commands/vault/versioned-secrets/set-secret-retention-policy.ts';
import { getSecretHistory } from '../../queries/vault/versioned-secrets/get-secret-history.ts';
import { runSchedule } from '../../src/adapters/effects/schedule-run.ts';
import { verifyProjection } from '../../src/adapters/projector/verify.ts';
import { streamName } from '../../src/kernel/codec.ts';
import { verifyDestruction } from '../../src/kernel/crypto/certificate.ts';
import type { LogEvent } from '../../src/kernel/log.ts';
import type { Answer } from '../../src/kernel/pipeline/answer.ts';
import { systemPrincipal } from '../../src/kernel/principal.ts';
import { sql } from '../../src/kernel/sql.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import { applyRetention } from '../../src/workers/vault/versioned-secrets/apply-retention.ts';
import { requestInfo } from '../support/pipeline.ts';
import { rejected } from '../support/rejected.ts';
import type { Stack } from '../support/stack.ts';
import { startVaultStack, vaultProjections } from '../support/vault-stack.ts';

const bodyOf = <T>({ body }: Answer): T => body as T;
const canary = 'canary-5f2c0d7ab1e94c6d';

interface Certified {
  readonly certificate: Readonly<Record<string, unknown>>;
  readonly signature: Readonly<Record<string, unknown>>;
}

describe('destruction and retention of secret versions', () => {
  let stack: Stack;
  before(async () => {
    stack = await startVaultStack();
  });
  after(() => stack.close());

  async function write(secretId: string, count: number): Promise<void> {
    for (let n = 1; n <= count; n++) await stack.ask(addSecretVersion, { secretId, value: `${canary} ${n}` });
  }

  async function certificateOf(secretId: string, version: string): Promise<Certified> {
    for (;;) {
      const answer = await stack.ask(getDestructionCertificate, { secretId, version });
      if (answer.status === 200) return bodyOf<Certified>(answer);
      expect(answer.rejection?.code).to.equal('CertificateNotFound');
      await sleep(20);
    }
  }

  async function eventsOf(secretId: string): Promise<readonly LogEvent[]> {
    const events: LogEvent[] = [];
    for await (const event of stack.log.readStream(streamName('vault.Secret', stack.tenant, secretId))) {
      events.push(event);
    }
    return events;
  }

  it('is 410 at once, shreds the key, and is certified for anybody to verify', async () => {
    await write('gone', 2);
    const destroy = { secretId: 'gone', version: '1', state: 'destroyed', reason: 'leaked' };
    expect((await stack.ask(changeSecretVersionState, destroy)).status).to.equal(200);
    const wanted = { secretId: 'gone', version: '1' };
    expect((await stack.ask(openSecretVersion, wanted)).rejection?.code).to.equal('VersionDestroyed');
    const comparing = { secretId: 'gone', version1: 1, version2: 2 };
    expect((await stack.ask(compareSecretVersions, comparing)).status).to.equal(410);
    expect((await stack.ask(rollBackSecret, { secretId: 'gone', targetVersion: 1 })).status).to.equal(410);

    const signed = await certificateOf('gone', '1');
    const publicKeys = await stack.ports.signer.publicKeys();
    expect(verifyDestruction(signed, publicKeys).valid).to.equal(true);
    const forged = { ...signed, certificate: { ...signed.certificate, subjectVersion: 2 } };
    expect(verifyDestruction(forged, publicKeys).valid).to.equal(false);
    expect(signed.certificate).to.deep.include({ subjectId: 'gone', subjectVersion: 1, tenant: stack.tenant });
    expect(signed.certificate['evidence']).to.include({ destroyedBy: 'user/alice', reason: 'leaked' });

    const [added] = await eventsOf('gone');
    const sealed = added?.data['sealed'] as { keyId: string; sealed: string };
    const context = { tenant: stack.tenant, type: 'vault.secret', id: 'gone', version: 1, purpose: 'value' };
    expect((await rejected(stack.ports.sealer.open(context, sealed))).name).to.equal('KeyDestroyed');
    expect(bodyOf<object>(await stack.ask(openSecretVersion, { ...wanted, version: '2' }))).to.include({
      value: `${canary} 2`,
    });
  });

  it('is recorded once, however often the job is done', async () => {
    await write('twice', 2);
    await stack.ask(changeSecretVersionState, { secretId: 'twice', version: '1', state: 'destroyed' });
    await certificateOf('twice', '1');
    const system = systemPrincipal(stack.tenant, 'test');
    const input = { secretId: 'twice', version: 1 };
    const again = await stack.pipeline.executeAs(recordSecretDestruction as never, input, system, requestInfo());
    expect(again.status).to.equal(200);
    const recorded = (await eventsOf('twice')).filter(({ type }) => type.endsWith('DestructionRecorded'));
    expect(recorded).to.have.length(1);
  });

  it('enforces a policy by call', async () => {
    await write('kept', 5);
    await stack.ask(setSecretRetentionPolicy, { secretId: 'kept', maxVersions: 2 });
    const answer = await stack.ask(enforceSecretRetention, { secretId: 'kept' });
    expect(answer.body).to.deep.equal({
      secretId: 'kept',
      versionsDeleted: 3,
      versionsRetained: 2,
      versionsRemaining: 0,
    });
    const history = bodyOf<{ versions: { state: string }[] }>(await stack.ask(getSecretHistory, { secretId: 'kept' }));
    const states = history.versions.map(({ state }) => state);
    expect(states).to.deep.equal(['active', 'active', 'destroyed', 'destroyed', 'destroyed']);
  });

  it('enforces a policy by the clock, where it says so', async () => {
    const run = async (): Promise<number> => {
      const { owner } = stack.database;
      const { executeAs } = stack.pipeline;
      const now = new Date(stack.clock.now()).toISOString();
      return (await runSchedule({ owner, executeAs, telemetry: silent }, applyRetention, now)).done;
    };
    const live = async (secretId: string): Promise<number> => {
      // What the schedule wrote is on the log, but was not asked through here.
      const info = { waitFor: await stack.log.head() };
      const answer = await stack.ask(getSecretHistory, { secretId }, { info });
      const { versions } = bodyOf<{ versions: { state: string }[] }>(answer);
      return versions.filter(({ state }) => state !== 'destroyed').length;
    };
    for (const secretId of ['aged', 'asked', 'many']) await write(secretId, 2);
    await stack.ask(setSecretRetentionPolicy, { secretId: 'aged', deleteAfter: 'P30D', autoDestroy: true });
    await stack.ask(setSecretRetentionPolicy, { secretId: 'asked', deleteAfter: 'P30D' });
    await stack.ask(setSecretRetentionPolicy, { secretId: 'many', maxVersions: 1, autoDestroy: true });
    expect([await live('aged'), await live('asked'), await live('many')]).to.deep.equal([2, 2, 2]);
    expect(await run()).to.equal(1);
    expect([await live('aged'), await live('asked'), await live('many')]).to.deep.equal([2, 2, 1]);
    stack.clock.advance(30 * 86_400_000);
    expect(await run()).to.equal(1);
    expect([await live('aged'), await live('asked'), await live('many')]).to.deep.equal([1, 2, 1]);
    expect(await run()).to.equal(0);
  });

  it('gives the same rows when the log is replayed', async () => {
    const { owner, app } = stack.database;
    for (const model of vaultProjections) {
      const verified = await verifyProjection({ log: stack.log, owner, appRole: app.role, telemetry: silent }, model);
      expect(verified, model.name).to.include({ differences: 0, parkedStreams: 0, first: undefined });
      expect(verified.rows, model.name).to.be.above(0);
    }
  });

  it('leaves no value in clear on the log or in the database', async () => {
    const forms = [canary, Buffer.from(canary).toString('hex'), Buffer.from(canary).toString('base64').slice(0, -4)];
    const found = (text: string): boolean => forms.some((form) => text.includes(form));
    let after: bigint | undefined;
    for (;;) {
      const page = await stack.log.readAll({ after, max: 1_000, typePrefixes: ['vault.', 'audit.'] });
      for (const { type, data, metadata } of page.events) {
        expect(found(JSON.stringify([data, metadata])), type).to.equal(false);
      }
      if (page.caughtUp) break;
      after = page.next;
    }
    const { owner } = stack.database;
    const tables = await owner.run(sql`
      select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
      where table_schema in ('kernel', 'read_models')`);
    expect(tables).to.have.length.above(5);
    for (const { name } of tables) {
      const rows = await owner.run({
        kind: 'sql',
        text: `select t::text as row from ${String(name)} as t`,
        values: [],
      });
      for (const { row } of rows) expect(found(String(row)), String(name)).to.equal(false);
    }
  });
});
