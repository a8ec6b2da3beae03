// What express and the log's client come to at best: a body is parsed, one event of the size of a secret's next version is written durably by
// the same client, and that is answered. No decision, no sealing, no projection, no authentication, no tenants, no audit.
import { randomBytes, randomUUID } from 'node:crypto';
import { ANY, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import express from 'express';

const client = EventStoreDBClient.connectionString(process.env.EVENTSTORE_URL);
/** As long as what the product says of each request. */
const context = randomBytes(280).toString('hex');

const app = express().disable('x-powered-by').disable('etag');
app.use(express.json());
app.post('/vault/v1/versioned-secrets', async ({ body: { secretId, value } }, response) => {
  const createdAt = new Date().toISOString();
  const event = jsonEvent({
    type: 'VersionAdded',
    data: { secretId, version: 1, keyId: randomUUID(), sealed: Buffer.from(value).toString('base64'), createdAt },
    metadata: { tenant: 'platform', actor: 'bench', requestId: randomUUID(), context },
  });
  await client.appendToStream(`secret-${secretId}`, event, { expectedRevision: ANY });
  response.status(201).json({ secretId, version: 1, createdAt });
});
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', () => process.exit());
