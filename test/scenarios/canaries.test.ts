import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectDatabase } from '../../src/adapters/postgres/database.ts';
import type { StoreUrls } from '../../src/app/parts.ts';
import { canary, databaseDump, filesBelow, redisDump, sightings } from '../support/canaries.ts';
import { type Client, clientOf, freshStores, loginAt, type Reply } from '../support/instance.ts';
import { type Served, serve } from '../support/serve.ts';
import { sharedStores } from '../support/stores.ts';

const root = '/vault/v1/versioned-secrets';

describe('secrets sent to every input that takes one', function () {
  this.timeout(120_000);
  let served: Served;
  let stores: StoreUrls;
  let events: string;
  let admin: Client;
  const canaries: string[] = [];
  const replies: Reply[] = [];

  const fresh = (): string => {
    const one = canary();
    canaries.push(one);
    return one;
  };

  before(async () => {
    const node = await sharedStores().freshEventNode();
    events = node.dir;
    stores = { ...(await freshStores()), eventStoreUrl: node.url };
    served = await serve(stores, sharedStores().scratch('canaries'));
    const { email = '', password = '' } = served.administrator ?? {};
    canaries.push(password);
    admin = await loginAt(served.url, email, password);
    await useEverySecretInput();
    // Jobs and read models take in what was written.
    const last = await admin('POST', root, { secretId: 'last', value: fresh() });
    await admin('GET', `${root}/stats`, undefined, { 'x-wait-for-position': last.position ?? '' });
    await sleep(1_000);
  });
  after(() => served.end('SIGTERM'));

  /** Values that are taken; then the same kind of value where it does not belong. Only refusals are looked into. */
  async function useEverySecretInput(): Promise<void> {
    const user = { email: 'canary@example.org', name: 'Canary', password: fresh(), roles: ['owner'] };
    await admin('POST', '/auth/v1/users', user);
    const person = await loginAt(served.url, user.email, user.password);
    await person('PUT', '/auth/v1/me/password', { currentPassword: user.password, newPassword: fresh() });
    for (let n = 0; n < 6; n++)
      await admin('POST', root, { secretId: 'kept', value: fresh() }, { 'idempotency-key': `k${n}` });
    await admin('POST', `${root}/kept/rollback`, { targetVersion: 1 });
    await admin('POST', `${root}/kept/compare`, { version1: 1, version2: 2 });
    await admin('PATCH', `${root}/kept/versions/2/state`, { state: 'destroyed' });
    const anybody = clientOf(served.url);
    replies.push(
      await admin('POST', root, { secretId: 'kept', value: fresh(), expectedVersion: 1 }),
      await admin('POST', root, { secretId: 'kept', value: fresh(), extra: fresh() }),
      await admin('POST', root, { secretId: 'kept', value: { nested: fresh() } }),
      await admin('POST', root, `{"secretId":"kept","value":"${fresh()}"`),
      await admin('POST', root, `{"secretId":"kept","value":"${fresh()}","value":"twice"}`),
      await admin('POST', root, { secretId: 'kept', value: fresh() }, { 'idempotency-key': 'k0' }),
      await admin('POST', '/auth/v1/users', { ...user, password: fresh() }),
      await admin('POST', '/auth/v1/users', { email: 'x', name: 'X', password: fresh() }),
      await anybody('POST', '/auth/login', { email: user.email, password: fresh() }),
      await anybody('POST', '/api/auth/login', { username: user.email, password: fresh() }),
      await anybody('POST', '/api/v1/auth/login', { email: user.email, password: fresh(), otp: fresh() }),
      await clientOf(served.url, fresh())('GET', `${root}/kept`),
    );
  }

  const found = async (parts: ReadonlyMap<string, Buffer>): Promise<readonly string[]> =>
    [...parts].flatMap(([where, bytes]) => sightings(where, bytes, canaries));

  it('are taken or refused as they should be, more than twenty of them', () => {
    expect(canaries.length).to.be.greaterThan(20);
    expect(replies.map(({ status }) => status)).to.deep.equal([
      409, 400, 400, 400, 400, 422, 409, 400, 401, 401, 400, 401,
    ]);
  });

  it('would be found in any spelling, wherever they stand in it', () => {
    const secret = canary();
    const shown = [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(`a${secret}bc`).toString('base64'),
      Buffer.from(`ab${secret}`).toString('base64url'),
      encodeURIComponent(secret).replaceAll(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`),
    ];
    for (const text of shown)
      expect(sightings('a text', Buffer.from(`<${text}>`), [secret]), text).not.to.deep.equal([]);
    expect(sightings('a text', Buffer.from(canary()), [secret])).to.deep.equal([]);
  });

  it('can be read back by who may', async () => {
    const { body } = await admin('GET', `${root}/kept/versions/1`);
    expect(canaries).to.include(body['value']);
  });

  it('are not in the answers that refuse', async () => {
    const bodies = replies.map(({ body, headers }, index) => {
      const text = JSON.stringify([body, [...headers]]);
      return [`reply ${index}`, Buffer.from(text)] as const;
    });
    expect(await found(new Map(bodies))).to.deep.equal([]);
  });

  it('are not in the files of the event log', async () => {
    const files = await filesBelow(events);
    expect([...files.values()].some((bytes) => bytes.includes('vault.Secret.VersionAdded'))).to.equal(true);
    expect(await found(files)).to.deep.equal([]);
  });

  it('are not in the database', async () => {
    const owner = connectDatabase(stores.databaseOwnerUrl);
    const dump = await databaseDump(owner);
    await owner.close();
    expect(dump.includes('kept')).to.equal(true);
    expect(await found(new Map([['the database', dump]]))).to.deep.equal([]);
  });

  it('are not in Redis', async () => {
    const dump = await redisDump(stores.redisUrl);
    expect(dump.length).to.be.greaterThan(0);
    expect(await found(new Map([['Redis', dump]]))).to.deep.equal([]);
  });

  it('are not in what the process says, but for the administrator’s password at the first start', async () => {
    const said = served
      .said()
      .split('\n')
      .filter((line) => !line.includes('"administrator"'));
    expect(said.length).to.be.greaterThan(1);
    expect(await found(new Map([['the logs', Buffer.from(said.join('\n'))]]))).to.deep.equal([]);
  });
});
