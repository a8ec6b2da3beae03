// Answers GET requests with rows of one statement, by bare express and pg: no authentication, no tenants. No audit either, but where
// there is a log to write to: then each answer waits for one durable append by the log's own client.
import { randomBytes, randomUUID } from 'node:crypto';
import { ANY, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import express from 'express';
import pg from 'pg';

const { DATABASE_URL, EVENTSTORE_URL, ROUTES } = process.env;
const log = EVENTSTORE_URL === undefined ? undefined : EventStoreDBClient.connectionString(EVENTSTORE_URL);
/** As long as what the product says of each read. */
const context = randomBytes(300).toString('hex');

async function audit(operation) {
  const data = { operation, status: 200 };
  const event = jsonEvent({ type: 'Answered', data, metadata: { requestId: randomUUID(), context } });
  await log?.appendToStream('requests', event, { expectedRevision: ANY });
}

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8, options: '-c search_path=read_models' });

const app = express().disable('x-powered-by').disable('etag');
for (const { path, text, values } of JSON.parse(ROUTES)) {
  app.get(path, async (request, response) => {
    const { rows } = await pool.query(
      text,
      values.map((value) => (typeof value === 'string' ? value : request.params[value.param])),
    );
    await audit(path);
    response.json({ rows });
  });
}
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', () => process.exit());
