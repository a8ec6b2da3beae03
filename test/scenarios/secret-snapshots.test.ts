import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { openSecretVersion } from '../../commands/vault/versioned-secrets/open-secret-version.ts';
import { createSnapshotStore } from '../../src/adapters/postgres/snapshots.ts';
import { Secret } from '../../src/domain/vault/versioned-secrets/secret.ts';
import { streamName } from '../../src/kernel/codec.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import type { AnyEndpoint } from '../../src/kernel/pipeline/answer.ts';
import { sealedAs } from '../support/controls/vault.ts';
import { write } from '../support/events.ts';
import { requestInfo, testPipeline } from '../support/pipeline.ts';
import type { Stack } from '../support/stack.ts';
import { sharedStores } from '../support/stores.ts';
import { startVaultStack } from '../support/vault-stack.ts';

describe('a long secret in a process that has just started', () => {
  let stack: Stack;
  before(async () => {
    stack = await startVaultStack();
  });
  after(() => stack.close());

  it('goes on from the snapshot, reading only what came since', async () => {
    const secretId = 'long';
    const { tenant, log, clock, ports, database } = stack;
    await stack.ask(addSecretVersion, { secretId, value: 'first' });
    const origin = { kind: 'written' as const };
    const older = Array.from({ length: 260 }, (_, n) =>
      Secret.events.VersionAdded({ secretId, version: n + 2, ...sealedAs('none'), metadata: {}, origin }),
    );
    await write(log, Secret, older, { tenant, id: secretId, at: new Date(clock.now()).toISOString() });
    await stack.ask(addSecretVersion, { secretId, value: 'last', expectedVersion: 261 });
    const snapshots = createSnapshotStore(database.app);
    const stream = streamName(Secret.name, tenant, secretId);
    while ((await snapshots.load(stream, Secret.snapshot?.version ?? 0)) === undefined) await sleep(20);

    const reads: { from: number; max: number }[] = [];
    const watched: EventLog = {
      ...log,
      append: (...appending) => log.append(...appending),
      readStream: (name, { from = 0, max = Number.POSITIVE_INFINITY } = {}) => {
        reads.push({ from, max });
        return log.readStream(name, { from, ...(Number.isFinite(max) ? { max } : {}) });
      },
    };
    const { url } = await sharedStores().eventNode();
    const { pipeline } = testPipeline(url, { log: watched, clock, ports, snapshots });
    const credential = { scheme: 'bearer', value: `${tenant}/alice/*` } as const;
    for (const [version, value] of [
      ['latest', 'last'],
      ['1', 'first'],
    ]) {
      const input = { secretId, version };
      const answer = await pipeline.execute(
        openSecretVersion as unknown as AnyEndpoint,
        input,
        credential,
        requestInfo(),
      );
      expect(answer.body).to.include({ value });
    }
    // The first look finds that the stream is no short one.
    const before = reads.filter(({ from }) => from < 261);
    expect(before).to.deep.equal([{ from: 0, max: 32 }]);
    await pipeline.close();
  });
});
