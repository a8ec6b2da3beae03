import { expect } from 'chai';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { changeSecretVersionState } from '../../commands/vault/versioned-secrets/change-secret-version-state.ts';
import { compareSecretVersions } from '../../commands/vault/versioned-secrets/compare-secret-versions.ts';
import { openSecretVersion } from '../../commands/vault/versioned-secrets/open-secret-version.ts';
import { rollBackSecret } from '../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { getSecret } from '../../queries/vault/versioned-secrets/get-secret.ts';
import { getSecretAudit } from '../../queries/vault/versioned-secrets/get-secret-audit.ts';
import { getSecretHistory } from '../../queries/vault/versioned-secrets/get-secret-history.ts';
import { getSecretStats } from '../../queries/vault/versioned-secrets/get-secret-stats.ts';
import { listSecrets } from '../../queries/vault/versioned-secrets/list-secrets.ts';
import type { Answer } from '../../src/kernel/pipeline/answer.ts';
import type { Stack } from '../support/stack.ts';
import { startVaultStack } from '../support/vault-stack.ts';

const bodyOf = <T>({ body }: Answer): T => body as T;

describe('versioned secrets, from the command to the read model', () => {
  let stack: Stack;
  before(async () => {
    stack = await startVaultStack();
  });
  after(() => stack.close());

  const write = (secretId: string, value: string, more: object = {}): Promise<Answer> =>
    stack.ask(addSecretVersion, { secretId, value, ...more });
  const open = (secretId: string, version: string): Promise<Answer> =>
    stack.ask(openSecretVersion, { secretId, version });

  it('gives back what was written, by number and as latest', async () => {
    const first = await write('db/password', 'one', { metadata: { reason: 'first', changedBy: 'alice' } });
    expect(first.status).to.equal(201);
    expect(first.body).to.deep.equal({ secretId: 'db/password', version: 1, createdAt: '2026-01-01T00:00:00.000Z' });
    await write('db/password', 'zwei 🔑', { metadata: { custom: { ticket: 'OPS-7' } } });
    expect(bodyOf<object>(await open('db/password', '1'))).to.deep.equal({
      secretId: 'db/password',
      version: 1,
      value: 'one',
      state: 'active',
      createdAt: '2026-01-01T00:00:00.000Z',
      metadata: { reason: 'first', changedBy: 'alice' },
    });
    expect(bodyOf<object>(await open('db/password', 'latest'))).to.deep.include({
      version: 2,
      value: 'zwei 🔑',
      metadata: { changedBy: 'alice', custom: { ticket: 'OPS-7' } },
    });
  });

  it('takes a value of 512 KiB', async () => {
    const value = 'é"\n'.repeat(131_072);
    expect((await write('large', value)).status).to.equal(201);
    expect(bodyOf<{ value: string }>(await open('large', '1')).value).to.equal(value);
  });

  it('lets one of many creators win, and tells the others the current version', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => write('race', `value ${n}`, { expectedVersion: 0 })),
    );
    const [won, ...lost] = answers.sort((a, b) => a.status - b.status);
    expect(won?.status).to.equal(201);
    for (const { status, rejection } of lost) {
      expect(status).to.equal(409);
      expect(rejection).to.deep.include({ code: 'VersionMismatch', facts: { currentVersion: 1 } });
    }
  });

  it('answers a repeated write as the first time, and writes once', async () => {
    const info = { idempotencyKey: 'again' };
    const input = { secretId: 'keyed', value: 'v' };
    const first = await stack.ask(addSecretVersion, input, { info });
    const second = await stack.ask(addSecretVersion, input, { info });
    expect(second.body).to.deep.equal(first.body);
    expect(bodyOf<object>(await open('keyed', 'latest'))).to.include({ version: 1 });
    const other = await stack.ask(addSecretVersion, { ...input, value: 'w' }, { info });
    expect(other.status).to.equal(422);
  });

  it('rolls back by a new version with the old value', async () => {
    for (const value of ['one', 'two', 'three']) await write('rolled', value);
    const answer = await stack.ask(rollBackSecret, { secretId: 'rolled', targetVersion: 1, reason: 'it broke' });
    expect(answer.body).to.deep.equal({ secretId: 'rolled', newVersion: 4, rolledBackFrom: 3, rolledBackTo: 1 });
    const latest = bodyOf<object>(await open('rolled', 'latest'));
    expect(latest).to.deep.include({
      value: 'one',
      metadata: { reason: 'it broke', changedBy: 'alice', rolledBackTo: 1 },
    });
  });

  it('compares by a keyed hash', async () => {
    interface Compared {
      readonly version1: { readonly hash: string };
      readonly version2: { readonly hash: string };
      readonly different: boolean;
    }
    const compare = async (secretId: string, version1: number, version2: number): Promise<Compared> =>
      bodyOf<Compared>(await stack.ask(compareSecretVersions, { secretId, version1, version2 }));
    await write('twin', 'one');
    await write('twin', 'one');
    await write('twin', 'two');
    const same = await compare('twin', 1, 2);
    expect(same.different).to.equal(false);
    expect(same.version1.hash)
      .to.match(/^[0-9a-f]{64}$/)
      .and.to.equal(same.version2.hash);
    const other = await compare('twin', 2, 3);
    expect(other.different).to.equal(true);
    expect(other.version1.hash).to.equal(same.version1.hash);
    await write('stranger', 'one');
    expect((await compare('stranger', 1, 1)).version1.hash).not.to.equal(same.version1.hash);
  });

  it('lists, tells and counts, now and as of before', async () => {
    const tenant = 'as-of-tenant';
    const asked = { tenant };
    const earlier = new Date(stack.clock.now()).toISOString();
    await stack.ask(addSecretVersion, { secretId: 'a', value: '1' }, asked);
    await stack.ask(addSecretVersion, { secretId: 'b/c', value: '1' }, asked);
    stack.clock.advance(60_000);
    await stack.ask(addSecretVersion, { secretId: 'a', value: '2' }, asked);
    await stack.ask(changeSecretVersionState, { secretId: 'a', version: '1', state: 'deprecated' }, asked);
    const list = bodyOf<{ secrets: { secretId: string }[] }>(await stack.ask(listSecrets, { prefix: 'b/' }, asked));
    expect(list.secrets.map(({ secretId }) => secretId)).to.deep.equal(['b/c']);
    const now = bodyOf<object>(await stack.ask(getSecret, { secretId: 'a' }, asked));
    expect(now).to.deep.include({ currentVersion: 2, versions: { active: 1, deprecated: 1, destroyed: 0 } });
    const past = bodyOf<object>(await stack.ask(getSecret, { secretId: 'a', asOf: earlier }, asked));
    expect(past).to.deep.include({
      currentVersion: 1,
      versions: { active: 1, deprecated: 0, destroyed: 0 },
      updatedAt: earlier,
      createdBy: 'alice',
    });
    expect((await stack.ask(getSecretStats, {}, asked)).body).to.deep.equal({
      totalSecrets: 2,
      totalVersions: 3,
      averageVersionsPerSecret: 1.5,
      byState: { active: 2, deprecated: 1, destroyed: 0 },
    });
    expect(bodyOf<object>(await stack.ask(getSecretStats, { asOf: earlier }, asked))).to.deep.include({
      totalVersions: 2,
      byState: { active: 2, deprecated: 0, destroyed: 0 },
    });
    const history = await stack.ask(getSecretHistory, { secretId: 'a', asOf: earlier }, asked);
    expect(bodyOf<{ versions: object[] }>(history).versions).to.deep.equal([
      {
        version: 1,
        state: 'active',
        createdAt: earlier,
        createdBy: 'alice',
        metadata: { changedBy: 'alice' },
        bytes: 1,
        deprecatedAt: null,
        destroyedAt: null,
        destructionCertifiedAt: null,
      },
    ]);
    const before = new Date(Date.parse(earlier) - 1).toISOString();
    expect((await stack.ask(getSecret, { secretId: 'a', asOf: before }, asked)).status).to.equal(404);
    const elsewhere = `${earlier.slice(0, 11)}05:00:00.000+05:00`;
    expect((await stack.ask(getSecret, { secretId: 'a', asOf: elsewhere }, asked)).body).to.deep.equal(past);
    for (const asOf of ['yesterday', '0000-01-01T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01']) {
      expect((await stack.ask(getSecret, { secretId: 'a', asOf }, asked)).status, asOf).to.equal(400);
    }
  });

  it('pages a history by cursor and by offset', async () => {
    for (let n = 0; n < 7; n++) await write('paged', `value ${n}`);
    interface Page {
      readonly versions: readonly { readonly version: number }[];
      readonly nextCursor?: string;
    }
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const input = { secretId: 'paged', limit: '3', ...(cursor === undefined ? {} : { cursor }) };
      const page = bodyOf<Page>(await stack.ask(getSecretHistory, input));
      seen.push(...page.versions.map(({ version }) => version));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).to.deep.equal([7, 6, 5, 4, 3, 2, 1]);
    const second = bodyOf<Page>(await stack.ask(getSecretHistory, { secretId: 'paged', limit: '3', offset: '5' }));
    expect(second.versions.map(({ version }) => version)).to.deep.equal([2, 1]);
    const beyond = await stack.ask(getSecretHistory, { secretId: 'paged', offset: '50' });
    expect(bodyOf<Page>(beyond).versions).to.deep.equal([]);
  });

  it("answers for another tenant's secret as for one that is not there", async () => {
    await write('mine', 'v');
    const other = { tenant: 'other-tenant' };
    const asked = [
      [openSecretVersion, { version: 'latest' }],
      [rollBackSecret, { targetVersion: 1 }],
      [compareSecretVersions, { version1: 1, version2: 1 }],
      [changeSecretVersionState, { version: '1', state: 'destroyed' }],
      [getSecret, {}],
      [getSecretHistory, {}],
      [getSecretAudit, {}],
    ] as const;
    for (const [endpoint, input] of asked) {
      const theirs = await stack.ask(endpoint, { secretId: 'mine', ...input }, other);
      expect(theirs.status, endpoint.name).to.equal(404);
      const nobodys = await stack.ask(endpoint, { secretId: 'mine', ...input }, { tenant: 'empty-tenant' });
      expect(theirs.rejection, endpoint.name).to.deep.equal(nobodys.rejection);
    }
  });

  it('keeps a trail of changes, reads, refusals and denials', async () => {
    await write('trail', 'one', { metadata: { reason: 'new' } });
    await write('trail', 'two');
    await stack.ask(openSecretVersion, { secretId: 'trail', version: 'latest' }, { user: 'bob' });
    await stack.ask(openSecretVersion, { secretId: 'trail', version: '1' }, { user: 'eve', permissions: ['kms.*'] });
    await stack.ask(rollBackSecret, { secretId: 'trail', targetVersion: 1 });
    await stack.ask(rollBackSecret, { secretId: 'trail', targetVersion: 3 });
    interface Entry {
      readonly action: string;
      readonly version: number | null;
      readonly actor: string;
      readonly details: object;
    }
    const trail = bodyOf<{ events: Entry[] }>(await stack.ask(getSecretAudit, { secretId: 'trail' }));
    expect(trail.events.map(({ action, version, actor, details }) => [action, version, actor, details])).to.deep.equal([
      ['refused', 3, 'alice', { attempted: 'rollback', code: 'AlreadyCurrent', status: 409 }],
      ['rollback', 3, 'alice', { rolledBackFrom: 2, rolledBackTo: 1 }],
      ['denied', 1, 'eve', { attempted: 'read', code: 'PermissionDenied', status: 403 }],
      ['read', 2, 'bob', {}],
      ['created', 2, 'alice', {}],
      ['created', 1, 'alice', { reason: 'new' }],
    ]);
    const reads = await stack.ask(getSecretAudit, { secretId: 'trail', action: 'read', actor: 'bob' });
    expect(bodyOf<{ events: Entry[] }>(reads).events).to.have.length(1);
  });
});
