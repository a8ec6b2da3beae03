import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf } from '../../../infra/local/process-table.ts';
import { type GivenStores, type Stores, startStores } from '../../../infra/local/stores.ts';
import { sharedStores } from '../../support/stores.ts';

const none: GivenStores = {
  eventStoreUrl: undefined,
  databaseUrl: undefined,
  databaseOwnerUrl: undefined,
  redisUrl: undefined,
};

describe('stores of an instance', () => {
  let dir: string;
  let stores: Stores | undefined;
  beforeEach(() => {
    dir = join(sharedStores().scratch('instance'), '.data');
  });
  afterEach(async () => {
    await stores?.stop();
    stores = undefined;
  });

  async function started(given: Partial<GivenStores> = {}, at = dir): Promise<Stores> {
    stores = await startStores({ dir: at, given: { ...none, ...given }, log: () => undefined });
    return stores;
  }

  it('are all embedded when none is given, and end together', async () => {
    const { embedded, eventStoreUrl, databaseUrl, databaseOwnerUrl, redisUrl, stop } = await started();
    expect(embedded.map(({ name }) => name)).to.have.members(['Redis', 'PostgreSQL', 'event node']);
    expect(eventStoreUrl).to.match(/^esdb:\/\/127\.0\.0\.1:\d+/);
    expect(databaseUrl).to.match(/^postgres:\/\/keyledger_app:/);
    expect(databaseOwnerUrl).to.match(/^postgres:\/\/keyledger_owner:/);
    expect(redisUrl).to.match(/^redis:\/\/:/);
    await stop();
    expect(embedded.map(({ pid }) => identityOf(pid))).to.deep.equal([undefined, undefined, undefined]);
  });

  it('start nothing and write nothing when all are given', async () => {
    const { embedded, ...urls } = await started({
      eventStoreUrl: 'esdb://e',
      databaseUrl: 'postgres://d',
      redisUrl: 'redis://r',
    });
    expect(embedded).to.deep.equal([]);
    expect(urls).to.include({ databaseUrl: 'postgres://d', databaseOwnerUrl: 'postgres://d', redisUrl: 'redis://r' });
    expect(existsSync(dir)).to.equal(false);
  });

  it('are each replaced by the one that is given', async () => {
    const { embedded, databaseOwnerUrl, databaseUrl } = await started({
      eventStoreUrl: 'esdb://e',
      databaseUrl: 'postgres://app@d',
      databaseOwnerUrl: 'postgres://owner@d',
    });
    expect(embedded.map(({ name }) => name)).to.deep.equal(['Redis']);
    expect([databaseUrl, databaseOwnerUrl]).to.deep.equal(['postgres://app@d', 'postgres://owner@d']);
    expect(readdirSync(dir)).not.to.include('postgres');
  });

  it('tell which of them ended by itself', async () => {
    const { lost, embedded } = await started({ databaseUrl: 'postgres://d' });
    const redis = embedded.find(({ name }) => name === 'Redis');
    process.kill(redis?.pid ?? 0, 'SIGKILL');
    expect((await lost).name).to.equal('Redis');
  });

  it('are stopped again when one of them cannot start, which is named', async () => {
    await (await started()).stop();
    writeFileSync(join(dir, 'postgres', 'cluster', 'PG_VERSION'), '9\n');
    const error = await started().catch((reason: Error) => reason);
    expect((error as Error).message).to.match(
      /^The data was made by PostgreSQL 9, and here is only \d+.*DATABASE_URL\.$/,
    );
    expect((await started({ databaseUrl: 'postgres://d' })).embedded).to.have.length(2);
  });

  it('are refused to a second instance on the same data, in a sentence', async () => {
    const first = await started();
    const error = await startStores({ dir, given: none, log: () => undefined }).catch((reason: Error) => reason);
    expect((error as Error).message).to.equal(
      `The data in ${dir} is in use by process ${process.pid}. Stop that one first, or choose another directory.`,
    );
    expect(first.embedded.every(({ pid }) => identityOf(pid) !== undefined)).to.equal(true);
  });

  it('say that the data directory cannot be used', async () => {
    const file = join(sharedStores().scratch('instance'), 'file');
    writeFileSync(file, '');
    const error = await started({}, join(file, 'data')).catch((reason: Error) => reason);
    expect((error as Error).message)
      .to.contain(join(file, 'data'))
      .and.contain('KEYLEDGER_DATA_DIR');
  });
});
