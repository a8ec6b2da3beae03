// Answers GET requests with rows of one statement, by bare express and pg: no authentication. Where it is told a tenant, each statement is in a
// transaction that knows it, sent in one go; where there is a log to write to, an answer of an audited route waits for one durable append by the log's own client.
import { randomBytes, randomUUID } from 'node:crypto';
import { ANY, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import express from 'express';
import pg from 'pg';

const { DATABASE_URL, EVENTSTORE_URL, ROUTES, TENANT } = process.env;
const log = EVENTSTORE_URL === undefined ? undefined : EventStoreDBClient.connectionString(EVENTSTORE_URL);
/** As long as what the product says of each read. */
const context = randomBytes(300).toString('hex');

async function audit(operation) {
  const data = { operation, status: 200 };
  const event = jsonEvent({ type: 'Answered', data, metadata: { requestId: randomUUID(), context } });
  await log?.appendToStream('requests', event, { expectedRevision: ANY });
}

const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 8,
  options: '-c search_path=read_models',
  pipeline: TENANT !== undefined,
});

async function rowsOf(text, values) {
  if (TENANT === undefined) return (await pool.query(text, values)).rows;
  const client = await pool.connect();
  try {
    const answers = await Promise.all([
      client.query('begin read only'),
      client.query("select set_config('keyledger.tenant', $1, true)", [TENANT]),
      client.query(text, values),
      client.query('commit'),
    ]);
    return answers[2].rows;
  } finally {
    client.release();
  }
}

const app = express().disable('x-powered-by').disable('etag');
for (const { audited, path, text, values } of JSON.parse(ROUTES)) {
  app.get(path, async (request, response) => {
    const rows = await rowsOf(
      text,
      values.map((value) => (typeof value === 'string' ? value : request.params[value.param])),
    );
    if (audited) await audit(path);
    response.json({ rows });
  });
}
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', () => process.exit());
