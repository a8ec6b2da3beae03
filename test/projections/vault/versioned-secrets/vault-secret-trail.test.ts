import { expect } from 'chai';
import { vaultSecretTrail } from '../../../../projections/vault/versioned-secrets/vault-secret-trail.ts';
import type { DomainEvent, Fact } from '../../../../src/kernel/aggregate.ts';
import { Request } from '../../../../src/kernel/request.ts';
import { secretId } from '../../../support/controls/vault.ts';

const fact: Fact = {
  eventId: '9b2e8c0a-0000-4000-8000-000000000000',
  stream: 'audit.Request-acme.2026-01-01',
  id: '2026-01-01',
  revision: 4,
  position: 900n,
  tenant: 'acme',
  at: '2026-01-01T00:00:00.000Z',
  actor: { type: 'user', id: 'alice' },
  metadata: { source: '192.0.2.7' },
};

/** The rows a fact adds, by the columns that tell entries apart. */
function rowsOf(event: DomainEvent): readonly unknown[] {
  return vaultSecretTrail.on
    .filter(({ aggregate }) => aggregate.name === event.aggregate)
    .flatMap((subscription) => subscription.handle(event, fact) ?? [])
    .map(({ values: [tenant, secret, position, , , action, version, , , , source, , details] }) => [
      tenant,
      secret,
      position,
      action,
      version,
      source,
      details,
    ]);
}

const asked = { operation: 'vault.openSecretVersion', action: 'vault.secret.open', subject: secretId };

describe('vault_secret_trail', () => {
  it('has a read with its version', () => {
    const read = Request.events.Answered({ ...asked, status: 200, details: { version: 2 } });
    expect(rowsOf(read)).to.deep.equal([['acme', secretId, 900n, 'read', 2, '192.0.2.7', {}]]);
  });

  it('names what was tried, so that a denied read is no read', () => {
    const denied = Request.events.Denied({
      ...asked,
      status: 403,
      code: 'PermissionDenied',
      details: { version: 'latest' },
    });
    const details = { attempted: 'read', code: 'PermissionDenied', status: 403 };
    expect(rowsOf(denied)).to.deep.equal([['acme', secretId, 900n, 'denied', null, '192.0.2.7', details]]);
  });

  it('has what was not there as refused, not as denied', () => {
    const early = { ...asked, action: 'vault.secret.read-certificate', status: 404, code: 'CertificateNotFound' };
    const details = { attempted: 'certificate-read', code: 'CertificateNotFound', status: 404 };
    const row = ['acme', secretId, 900n, 'refused', 2, '192.0.2.7', details];
    expect(rowsOf(Request.events.Denied({ ...early, details: { version: 2 } }))).to.deep.equal([row]);
  });

  it('passes over what is about something else', () => {
    expect(rowsOf(Request.events.Answered({ ...asked, action: 'kms.key.open', status: 200 }))).to.deep.equal([]);
    expect(rowsOf(Request.events.Answered({ ...asked, subject: '../other', status: 200 }))).to.deep.equal([]);
  });
});
