import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { leafHash } from '../../../src/kernel/crypto/merkle.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { chainNext, chainStart, entryOf, leafData, payloadOf, saltOf } from '../../../src/kernel/proof/entry.ts';

const stored: LogEvent = {
  id: '3f1c2b4e-0000-5000-8000-000000000001',
  type: 'vault.Secret.VersionDestroyed',
  data: { secretId: 'db', version: 2, reason: 'Grüße ' },
  metadata: {
    tenant: 'acme',
    actor: { type: 'user', id: 'alice' },
    at: '2026-01-01T00:00:00.000Z',
    operation: 'vault.changeState',
    action: 'vault.secret.destroy',
    subject: 'db',
    requestId: 'r1',
    $correlationId: 'r1',
    $causationId: 'r1',
    source: '192.0.2.7',
    salt: 'AAECAwQFBgcICQoLDA0ODw',
  },
  stream: 'vault.Secret-acme.db',
  revision: 4,
  position: 9_007_199_254_740_993n,
};

describe('audit entries', () => {
  it('say who did what and when, in canonical JSON', () => {
    const entry = entryOf(7, stored);
    const text = leafData(entry).toString();
    expect(text).to.match(/^\{"action":"vault\.secret\.destroy","actor":\{"id":"alice","type":"user"\},"at":/);
    expect(entry).to.deep.include({ index: 7, position: '9007199254740993', subject: 'db', tenant: 'acme' });
  });

  it('hold what may be erased behind a salted commitment only', () => {
    const text = leafData(entryOf(7, stored)).toString();
    expect(text).not.to.include('192.0.2.7').and.not.to.include('reason');
    const salted = (text: string): string =>
      createHash('sha256')
        .update(Buffer.from(saltOf(stored), 'base64url'))
        .update(text)
        .digest('base64');
    const data = salted('{"reason":"Grüße ","secretId":"db","version":2}');
    const expected = salted(`{"data":"${data}","source":"192.0.2.7"}`);
    expect(payloadOf(stored)).to.deep.equal({ data, source: '192.0.2.7' });
    expect(entryOf(7, stored).payload).to.equal(expected);
  });

  it('are chained, each to all before it', () => {
    const start = chainStart('keyledger.example/audit/acme');
    const first = chainNext(start, leafHash(leafData(entryOf(0, stored))));
    const other = chainNext(start, leafHash(leafData(entryOf(0, { ...stored, revision: 5 }))));
    expect(first.length).to.equal(32);
    expect(first.equals(other)).to.equal(false);
  });
});
