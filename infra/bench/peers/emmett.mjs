// Adds a version to a secret, as our own endpoint does, with emmett over PostgreSQL behind bare express: no authentication, no tenants, no audit.
import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { CommandHandler } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import express from 'express';

const store = getPostgreSQLEventStore(process.env.DATABASE_URL);
await store.schema.migrate();

const tenantKey = randomBytes(32);
const handle = CommandHandler({
  evolve: (_, { data }) => ({ version: data.version }),
  initialState: () => ({ version: 0 }),
});

function sealed(key, plaintext) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** A value under a key of its own, and that key under the tenant's. */
function seal(value) {
  const dataKey = randomBytes(32);
  return { keyId: randomUUID(), sealed: sealed(dataKey, value), wrapped: sealed(tenantKey, dataKey) };
}

const app = express().disable('x-powered-by').disable('etag');
app.use(express.json());
app.post('/vault/v1/versioned-secrets', async ({ body }, response) => {
  const { secretId, value } = body;
  const createdAt = new Date().toISOString();
  const { newState } = await handle(store, `secret-${secretId}`, ({ version }) => ({
    type: 'VersionAdded',
    data: { secretId, version: version + 1, ...seal(Buffer.from(value)), createdAt },
    metadata: { tenant: 'platform', actor: 'bench', requestId: randomUUID() },
  }));
  response.status(201).json({ secretId, version: newState.version, createdAt });
});
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', () => process.exit());
