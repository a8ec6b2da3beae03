import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openTools, type Tools } from '../../src/app/tools.ts';
import { type Client, freshStores, loginAt } from '../support/instance.ts';
import { type Served, serve } from '../support/serve.ts';
import { sharedStores } from '../support/stores.ts';

const root = '/vault/v1/versioned-secrets';

describe('two servers on the same stores', function () {
  this.timeout(120_000);
  let first: Served;
  let second: Served;
  let tools: Tools;
  let clients: readonly [Client, Client];

  before(async () => {
    const stores = await freshStores();
    const dataDir = sharedStores().scratch('two-servers');
    first = await serve(stores, dataDir);
    second = await serve(stores, dataDir);
    tools = await openTools(stores);
    const { email = '', password = '' } = first.administrator ?? {};
    clients = [await loginAt(first.url, email, password), await loginAt(second.url, email, password)];
  });
  after(async () => {
    await tools.close();
    await Promise.all([first.end('SIGKILL'), second.end('SIGTERM')]);
  });

  const owners = async (): Promise<ReadonlySet<string | undefined>> =>
    new Set((await tools.projections.status()).map(({ live }) => live?.owner));

  it('give out the first administrator once', () => {
    expect(first.administrator).not.to.equal(undefined);
    expect(second.administrator).to.equal(undefined);
  });

  it('take each other’s tokens and see each other’s writes', async () => {
    const written = await clients[0]('POST', root, { secretId: 'shared', value: 'one' });
    const read = await clients[1]('GET', `${root}/shared/versions/1`);
    expect([written.status, read.status, read.body['value']]).to.deep.equal([201, 200, 'one']);
    const wait = { 'x-wait-for-position': written.position ?? '' };
    const history = await clients[1]('GET', `${root}/shared/history`, undefined, wait);
    expect(history.body['versions']).to.have.length(1);
  });

  it('have one owner for each read model; killing it moves it, with nothing lost or doubled', async () => {
    expect([...(await owners())].every((owner) => owner?.includes(`:${first.pid}:`))).to.equal(true);
    let acknowledged = 0;
    let unknown = 0;
    let stopped = false;
    const writer = async (client: Client, secretId: string): Promise<void> => {
      while (!stopped) {
        const status = await client('POST', root, { secretId, value: 'x' }).then(
          (reply) => reply.status,
          () => 0,
        );
        if (status === 201) acknowledged++;
        else unknown++;
      }
    };
    const writers = [writer(clients[0], 'killed'), writer(clients[1], 'stays'), writer(clients[1], 'killed')];
    await sleep(1_000);
    await first.end('SIGKILL');
    const killedAt = performance.now();
    while ([...(await owners())].some((owner) => !owner?.includes(`:${second.pid}:`))) await sleep(100);
    const movedMs = performance.now() - killedAt;
    stopped = true;
    await Promise.all(writers);
    const last = await clients[1]('POST', root, { secretId: 'last', value: 'x' });
    const wait = { 'x-wait-for-position': last.position ?? '' };
    const stats = await clients[1]('GET', `${root}/stats`, undefined, wait);
    const versions = Number(stats.body['totalVersions']) - 2;
    // What was on its way to the killed server may or may not have been written.
    expect(versions).to.be.within(acknowledged, acknowledged + unknown);
    for (const name of tools.projections.names) {
      expect((await tools.projections.verify(name)).differences, name).to.equal(0);
    }
    // Leases expire after three seconds; how long it took is for a person to read.
    console.log(`      the read models moved in ${Math.round(movedMs)} ms, ${acknowledged} writes acknowledged`);
  });
});
