import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type NodeOnDisk, startNodeOnDisk } from '../support/disk.ts';
import { type Client, freshStores, type Instance, type Reply, startInstance } from '../support/instance.ts';
import { sharedStores } from '../support/stores.ts';

const secrets = '/vault/v1/versioned-secrets';
const value = 'a value that nobody may see';
/** The issue gives five seconds; a busy machine is given as much again. */
const recoveryMs = 10_000;

describe('a log that cannot be written to', function () {
  this.timeout(180_000);
  let node: NodeOnDisk;
  let instance: Instance;
  let admin: Client;
  let login: { readonly email: string; readonly password: string } | undefined;

  before(async () => {
    node = await startNodeOnDisk(sharedStores().scratch('full-disk'));
    instance = await startInstance({ stores: { ...(await freshStores()), eventStoreUrl: node.url } });
    ({ admin } = instance);
    const { email = '', password = '' } = instance.app.firstStart ?? {};
    login = { email, password };
    expect((await admin('POST', secrets, { secretId: 'kept', value })).status).to.equal(201);
  });
  after(async () => {
    node.free();
    process.kill(node.pid, 'SIGCONT');
    await instance.stop();
    await node.stop();
  });

  const anonymous = (): Client => instance.client();
  const open = (): Promise<Reply> => admin('GET', `${secrets}/kept/versions/1`);

  /** What the audit has to tell of: reads, changes, exports, logins and refusals. */
  const audited: Readonly<Record<string, () => Promise<Reply>>> = {
    'a read': open,
    'a change': () => admin('POST', secrets, { secretId: 'lost', value }),
    'a list of the audit': () => admin('GET', '/api/audit'),
    'an export': () => admin('GET', '/api/audit/export?format=ndjson'),
    'a refusal': () => admin('GET', `${secrets}/none/versions/1`),
    'a login': () => anonymous()('POST', '/auth/login', login),
    'an event of another product': () => admin('POST', '/v1/audit', { action: 'cert.issued' }),
  };

  /** Asks again and again; how long it took until the first answer that is no 503. */
  async function recovered(): Promise<Reply> {
    const end = performance.now() + recoveryMs;
    for (;;) {
      const reply = await open();
      if (reply.status === 200) return reply;
      if (performance.now() > end) throw new Error(`still ${reply.status} after ${recoveryMs} ms`);
      await sleep(50);
    }
  }

  async function answeredNothing(): Promise<void> {
    const replies = await Promise.all(
      Object.entries(audited).map(async ([what, ask]) => ({ what, reply: await ask() })),
    );
    for (const { reply, what } of replies) {
      expect(reply.status, `${what}: ${reply.bytes.toString()}`).to.equal(503);
      expect(Number(reply.headers.get('retry-after')), what).to.be.greaterThan(0);
      expect(reply.bytes.toString(), what).to.match(/away/).and.to.not.include(value);
    }
  }

  it('means no answer to what is audited, nothing done, and recovery when there is room again', async () => {
    await node.fill();
    await answeredNothing();
    for (const path of ['/healthz', '/docs', '/openapi.json', '/metrics']) {
      expect((await anonymous()('GET', path)).status, path).to.equal(200);
    }
    expect((await admin('GET', secrets)).status, 'a list that is no entry').to.equal(200);
    node.free();
    expect((await recovered()).body['value']).to.equal(value);
    expect((await admin('GET', `${secrets}/lost/versions/1`)).status).to.equal(404);
    expect((await admin('POST', secrets, { secretId: 'lost', value })).status).to.equal(201);
  });

  it('keeps nobody waiting longer because many wait', async () => {
    await node.fill();
    const since = performance.now();
    const replies = await Promise.all(Array.from({ length: 300 }, open));
    expect(new Set(replies.map(({ status }) => status))).to.deep.equal(new Set([503]));
    // An append is given up after 8 s: who came during one waits for the next one at most.
    expect(performance.now() - since).to.be.lessThan(30_000);
    node.free();
    await recovered();
  });

  it('means the same while its process stands still', async () => {
    process.kill(node.pid, 'SIGSTOP');
    await answeredNothing();
    expect((await anonymous()('GET', '/healthz')).status).to.equal(200);
    expect((await anonymous()('GET', '/readyz')).status).to.equal(503);
    process.kill(node.pid, 'SIGCONT');
    expect((await recovered()).body['value']).to.equal(value);
  });
});
