import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, UnavailableError, UnknownError } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: a full disk', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
  });
  afterEach(() => {
    // Elsewhere than where mounting is allowed there is nothing to unmount.
    spawnSync('umount', [join(dir.path, 'small')]);
    dir.remove();
  });

  it('fails the append and not itself when the disk is full', async function () {
    this.timeout(60_000);
    const mounted = mountSmallDisk(dir.path);
    const target = mounted ?? data;
    const node = await startNodeProcess(target, [], mounted === undefined ? { fileBlocks: 16_384 } : {});
    const client = EventStoreDBClient.connectionString(node.url);
    const large = (n: number) => jsonEvent({ type: 'Large', data: { n, text: 'y'.repeat(500_000) } });
    let written = 0;
    const refused = await errorOf(
      (async () => {
        for (; written < 200; written++) await client.appendToStream('large', large(written), { deadline: 5_000 });
      })(),
    );
    expect(refused).to.satisfy((error: Error) => error instanceof UnknownError || error instanceof UnavailableError);
    expect(written).to.be.greaterThan(2).and.lessThan(200);
    expect(await collect(client.readStream('large'))).to.have.length(written);
    expect(node.child.exitCode).to.equal(null);
    await client.dispose();
    await node.stop();
  });
});

/** A disk of 16 MiB where mounting is allowed; elsewhere a limit on the file's size stands in for it. */
function mountSmallDisk(base: string): string | undefined {
  const path = join(base, 'small');
  mkdirSync(path);
  const result = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]);
  return result.status === 0 ? path : undefined;
}
