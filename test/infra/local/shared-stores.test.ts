import { expect } from 'chai';
import { Redis } from 'ioredis';
import { connected } from '../../../infra/local/postgres/database.ts';
import { sharedStores } from '../../support/stores.ts';

describe('the stores tests share', () => {
  it('give each caller a database of its own, with an owner and a role that serves', async () => {
    const [one, two] = await Promise.all([sharedStores().freshDatabase(), sharedStores().freshDatabase()]);
    await connected(one.ownerUrl, (client) => client.query('create table only_here (id int)'));
    const tables = "select from pg_tables where tablename = 'only_here'";
    expect(await connected(one.url, async (client) => (await client.query(tables)).rowCount)).to.equal(1);
    expect(await connected(two.url, async (client) => (await client.query(tables)).rowCount)).to.equal(0);
  });

  it('give a role that serves, which neither owns nor passes row-level security', async () => {
    const { url } = await sharedStores().freshDatabase();
    const role = await connected(url, async (client) => {
      await client.query('create table t (id int)').then(
        () => expect.fail('the role may create tables'),
        (error: Error) => expect(error.message).to.contain('permission denied'),
      );
      return (
        await client.query('select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user')
      ).rows;
    });
    expect(role).to.deep.equal([{ rolsuper: false, rolbypassrls: false, rolcreatedb: false }]);
  });

  it('give each caller a Redis database of its own', async () => {
    const [one, two] = await Promise.all([sharedStores().redisUrl(), sharedStores().redisUrl()]);
    const clients = [new Redis(one), new Redis(two)] as const;
    try {
      await clients[0].set('key', 'value');
      expect(await clients[0].get('key')).to.equal('value');
      expect(await clients[1].get('key')).to.equal(null);
    } finally {
      for (const client of clients) client.disconnect();
    }
  });
});
