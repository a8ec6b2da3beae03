import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findRedis } from '../../../infra/local/redis/find.ts';
import { sharedStores } from '../../support/stores.ts';

describe('search for Redis', () => {
  let dir: string;
  const quiet = (): void => undefined;
  beforeEach(() => {
    dir = sharedStores().scratch('redis-find');
  });

  function server(path: string, version: string): string {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), `#!/bin/sh\necho "Redis server v=${version} sha=0"\n`);
    chmodSync(join(dir, path), 0o755);
    return join(dir, path);
  }

  it('takes the one on the PATH first', async () => {
    const installed = server('bin/redis-server', '7.0.15');
    server('cache/root/usr/bin/redis-server', '7.0.15');
    const { command } = await findRedis(quiet, { path: ['/nowhere', join(dir, 'bin')], caches: [join(dir, 'cache')] });
    expect(command).to.equal(installed);
  });

  it('takes Valkey too', async () => {
    const installed = server('bin/valkey-server', '8.1.1');
    expect((await findRedis(quiet, { path: [join(dir, 'bin')], caches: [] })).command).to.equal(installed);
  });

  it('passes over one that is too old, and takes the unpacked one, with its libraries', async () => {
    server('bin/redis-server', '6.0.16');
    const kept = server('cache/root/usr/bin/redis-server', '7.0.15');
    mkdirSync(join(dir, 'cache/root/usr/lib/x86_64-linux-gnu'), { recursive: true });
    const found = await findRedis(quiet, { path: [join(dir, 'bin')], caches: [join(dir, 'cache')] });
    expect(found.command).to.equal(kept);
    expect(found.env['LD_LIBRARY_PATH']).to.contain(join(dir, 'cache/root/usr/lib/x86_64-linux-gnu'));
  });

  it('says in a sentence what is missing and what to do', async () => {
    const error = await findRedis(quiet, { path: [], caches: ['/dev/null/nowhere'] }).catch((reason: Error) => reason);
    expect(error).to.include({ name: 'MissingComponent' });
    expect((error as Error).message)
      .to.contain('Redis is missing')
      .and.contain('/dev/null/nowhere')
      .and.match(/"(sudo apt-get install redis-server|brew install redis)"/)
      .and.contain('REDIS_URL');
  });
});
