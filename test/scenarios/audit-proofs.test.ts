import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { connectDatabase } from '../../src/adapters/postgres/database.ts';
import { sql } from '../../src/kernel/sql.ts';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';
import { plainConsistency, plainInclusion, plainLeaf, plainNote, plainSigners } from '../support/plain-proofs.ts';
import { testWitness } from '../support/witness.ts';

type Body = Readonly<Record<string, unknown>>;

const texts = (value: unknown): readonly string[] => value as readonly string[];

function refused({ body, status }: Reply, expected: number, code: string): void {
  expect(status).to.equal(expected);
  expect(JSON.stringify(body)).to.include(code);
}

describe('proofs of the audit over HTTP, checked in plain code', function () {
  this.timeout(30_000);
  let instance: Instance;
  let acme: Tenancy;
  let other: Tenancy;

  before(async () => {
    instance = await startInstance();
    [acme, other] = [await newTenant(instance), await newTenant(instance)];
  });
  after(() => instance.stop());

  const write = async (tenancy: Tenancy, secretId: string): Promise<Reply> =>
    sure(tenancy.owner('POST', '/vault/v1/versioned-secrets', { secretId, value: 'v' }));
  const text = async (tenancy: Tenancy, path: string): Promise<string> =>
    String((await sure(tenancy.owner('GET', path))).body['text']);
  const get = async (tenancy: Tenancy, path: string, after?: Reply): Promise<Body> =>
    (await sure(tenancy.owner('GET', path, undefined, after === undefined ? {} : seeing(after)))).body;
  const vkeys = async (of: 'checkpoints' | 'logOfLogs'): Promise<readonly (readonly string[])[]> => {
    const listed = (await get(acme, '/audit/v1/signing-keys'))[of] as { keys: { vkeys: string[] }[] };
    return listed.keys.map((key) => key.vkeys);
  };
  /** A checkpoint over all that the reply wrote. */
  const signed = async (tenancy: Tenancy, after: Reply): Promise<string> => {
    const { index } = await entry(tenancy, after);
    for (;;) {
      await instance.app.runSchedule?.('audit.sign-checkpoints');
      const { body, status } = await tenancy.owner('GET', '/audit/v1/checkpoint');
      if (status === 200 && plainNote(String(body['text'])).size > Number(index)) return String(body['text']);
      await sleep(50);
    }
  };
  const entry = async (tenancy: Tenancy, after: Reply): Promise<Body> => {
    const body = await get(tenancy, '/api/audit?type=vault.Secret.VersionAdded&limit=1', after);
    return (body['entries'] as readonly Body[])[0] as Body;
  };

  it('signs a head that three kinds of keys verify, and proves an entry to be under it', async () => {
    const wrote = await write(acme, 'one');
    const { eventId, index } = await entry(acme, wrote);
    const note = await signed(acme, wrote);
    expect(plainSigners(note, (await vkeys('checkpoints')).flat())).to.deep.equal([
      'Ed25519',
      'ML-DSA-44 cosignature',
      'ML-DSA-65',
    ]);
    const { origin, root, size } = plainNote(note);
    expect(origin).to.match(new RegExp(`/audit/${acme.id}$`));
    for (const query of [`eventId=${String(eventId)}`, `index=${String(index)}&size=${size}`]) {
      const proof = await get(acme, `/v1/proofs/inclusion?${query}`);
      const shown = String(proof['entry']);
      expect(JSON.parse(shown)).to.deep.include({ eventId, tenant: acme.id, type: 'vault.Secret.VersionAdded' });
      const claim = { index: Number(index), size: Number(proof['size']), leaf: plainLeaf(shown) };
      expect(plainInclusion({ ...claim, proof: texts(proof['proof']) })).to.equal(proof['root']);
      expect(plainNote(String(proof['checkpoint'])).root).to.equal(proof['root']);
    }
    const foreign = await other.owner('GET', `/audit/v1/proofs/inclusion?eventId=${String(eventId)}`);
    expect(foreign.status).to.equal(404);
    expect(root).not.to.equal('');
  });

  it('proves each head to begin with the one before', async () => {
    const first = plainNote(await signed(acme, await write(acme, 'two')));
    const second = plainNote(await signed(acme, await write(acme, 'three')));
    expect(second.size).to.be.greaterThan(first.size);
    const proof = await get(acme, `/audit/v1/proofs/consistency?first=${first.size}&second=${second.size}`);
    const roots = plainConsistency(first.size, second.size, texts(proof['proof']), first.root);
    expect(roots).to.deep.equal([first.root, second.root]);
    const tooLarge = await acme.owner('GET', '/audit/v1/proofs/consistency?first=1&second=100000');
    refused(tooLarge, 422, 'TreeTooSmall');
    expect((await acme.owner('GET', '/audit/v1/proofs/consistency?first=3&second=2')).status).to.equal(400);
  });

  it('serves the tree as tiles, and the entries they hash', async () => {
    const { root, size } = plainNote(await signed(acme, await write(acme, 'four')));
    expect(size).to.be.lessThan(256);
    const { bytes: tile } = await sure(acme.owner('GET', `/audit/v1/tile/0/000.p/${size}`));
    const { bytes: bundle } = await sure(acme.owner('GET', `/v1/tile/entries/000.p/${size}`));
    const leaves: Buffer[] = [];
    for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) {
      const data = bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)).toString('utf8');
      leaves.push(plainLeaf(data));
    }
    expect(leaves).to.have.lengthOf(size);
    expect(Buffer.concat(leaves)).to.deep.equal(tile);
    const rootOf = (from: number, to: number): Buffer => {
      if (to - from === 1) return leaves[from] as Buffer;
      const middle = from + 2 ** Math.ceil(Math.log2(to - from) - 1);
      const both = [Buffer.of(1), rootOf(from, middle), rootOf(middle, to)];
      return createHash('sha256').update(Buffer.concat(both)).digest();
    };
    expect(rootOf(0, size).toString('base64')).to.equal(root);
    for (const path of ['tile/0/000', 'tile/0/0', 'tile/1/000', 'tile/0/x000/000', 'tile/entries/001'])
      expect((await acme.owner('GET', `/audit/v1/${path}`)).status, path).to.equal(404);
    expect((await acme.owner('GET', '/audit/v1/tile/64/000')).status).to.equal(400);
    expect((await acme.owner('GET', '/audit/v1/tile/0')).status).to.equal(404);
    expect((await acme.owner('POST', '/audit/v1/tile/0/x001/000', {})).status).to.equal(405);
  });

  it('takes a witness’s cosignatures, and refuses and alarms a split view', async () => {
    const friend = testWitness('witness.example/w1');
    const note = await signed(acme, await write(acme, 'five'));
    const offer = (checkpoint: string): Promise<Reply> =>
      acme.owner('POST', '/audit/v1/checkpoint/cosignatures', { checkpoint });
    refused(await offer(friend.cosign(note)), 422, 'WitnessUnknown');
    for (const vkey of friend.vkeys) await sure(acme.owner('POST', '/audit/v1/witnesses', { vkey }));
    expect((await get(acme, '/audit/v1/witnesses'))['witnesses']).to.have.lengthOf(2);
    const taken = await sure(offer(friend.cosign(note)));
    const cosignedNote = await sure(
      acme.owner('GET', `/audit/v1/checkpoint?size=${plainNote(note).size}`, undefined, seeing(taken)),
    );
    expect(plainSigners(String(cosignedNote.body['text']), friend.vkeys)).to.have.lengthOf(2);
    const { origin, size } = plainNote(note);
    const elsewhere = `${origin}\n${size}\n${createHash('sha256').update('another tree').digest('base64')}\n\n`;
    const split = await offer(friend.cosign(elsewhere));
    refused(split, 409, 'SplitView');
    for (;;) {
      const { entries } = await get(acme, '/api/audit?type=audit.Checkpoint.SplitViewRefused');
      const [alarm] = entries as readonly Body[];
      if (alarm !== undefined) {
        expect(alarm).to.include({ severity: 'critical', outcome: 'done' });
        break;
      }
      await sleep(50);
    }
  });

  it('keeps old signatures good when the key is replaced', async () => {
    const before = await signed(acme, await write(acme, 'six'));
    expect((await acme.owner('POST', '/audit/v1/signing-keys/rotate', {})).status).to.equal(403);
    await sure(instance.admin('POST', '/audit/v1/signing-keys/rotate', { reason: 'the test' }));
    const after = await signed(acme, await write(acme, 'seven'));
    const [first = [], second = []] = await vkeys('checkpoints');
    expect(plainSigners(before, first)).to.have.lengthOf(3);
    expect(plainSigners(before, second)).to.have.lengthOf(0);
    expect(plainSigners(after, first)).to.have.lengthOf(0);
    expect(plainSigners(after, second)).to.have.lengthOf(3);
    const { keys } = (await get(acme, '/v1/signing-keys'))['checkpoints'] as { keys: readonly Body[] };
    expect(keys[0]?.['until']).to.be.a('string').and.to.equal(keys[1]?.['from']);
  });

  it('proves a tenant’s head to be in the tree over all logs', async () => {
    const { size } = plainNote(await signed(acme, await write(acme, 'eight')));
    await signed(other, await write(other, 'theirs'));
    let proof: Reply | undefined;
    while (proof?.status !== 200) {
      await instance.app.runSchedule?.('audit.sign-checkpoints');
      proof = await acme.owner('GET', `/audit/v1/log-of-logs/proof?size=${size}`);
      if (proof.status !== 200) await sleep(50);
    }
    const { body } = proof;
    expect(JSON.parse(String(body['leaf']))).to.include({ tenant: acme.id, size });
    const claim = { index: Number(body['index']), size: Number(body['size']), leaf: plainLeaf(String(body['leaf'])) };
    const root = plainInclusion({ ...claim, proof: texts(body['proof']) });
    expect(root).to.equal(plainNote(String(body['checkpoint'])).root);
    expect(plainSigners(String(body['checkpoint']), (await vkeys('logOfLogs')).flat())).to.have.lengthOf(3);
    expect(plainNote(await text(acme, '/v1/log-of-logs/checkpoint')).size).to.be.at.least(claim.size);
    expect((await acme.owner('GET', '/audit/v1/checkpoint?tree=logs')).status).to.equal(404);
    const { admin } = instance;
    const logs = plainNote(String((await sure(admin('GET', '/audit/v1/checkpoint?tree=logs'))).body['text']));
    const path = `/audit/v1/proofs/consistency?tree=logs&first=${claim.size}&second=${logs.size}`;
    const grown = (await sure(admin('GET', path))).body;
    expect(plainConsistency(claim.size, logs.size, texts(grown['proof']), root)).to.deep.equal([root, logs.root]);
    const { bytes } = await sure(admin('GET', `/audit/v1/tile/0/000.p/${logs.size}?tree=logs`));
    expect(bytes.subarray(claim.index * 32, claim.index * 32 + 32)).to.deep.equal(claim.leaf);
  });

  it('signs no head of a read model that was changed, and raises the alarm', async () => {
    await signed(other, await write(other, 'before'));
    const database = connectDatabase(instance.stores.databaseOwnerUrl);
    await database.run(sql`
      update read_models.audit_tiles set hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40))
      where tenant_id = ${other.id} and level = 0`);
    await database.close();
    await write(other, 'after');
    for (;;) {
      await instance.app.runSchedule?.('audit.sign-checkpoints');
      const { entries } = await get(other, '/api/audit?type=audit.Checkpoint.SplitViewRefused');
      if ((entries as readonly Body[]).length > 0) break;
      await sleep(50);
    }
    const { size } = plainNote(await text(other, '/audit/v1/checkpoint'));
    await entry(other, await write(other, 'later'));
    await instance.app.runSchedule?.('audit.sign-checkpoints');
    expect(plainNote(await text(other, '/audit/v1/checkpoint'))).to.include({ size });
  });
});
