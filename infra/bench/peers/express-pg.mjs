// Answers GET requests with rows of one statement, by bare express and pg: no authentication, no tenants, no audit.
import express from 'express';
import pg from 'pg';

const { DATABASE_URL, ROUTES } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8, options: '-c search_path=read_models' });

const app = express().disable('x-powered-by').disable('etag');
for (const { path, text, values } of JSON.parse(ROUTES)) {
  app.get(path, async (request, response) => {
    const { rows } = await pool.query(
      text,
      values.map((value) => (typeof value === 'string' ? value : request.params[value.param])),
    );
    response.json({ rows });
  });
}
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.once('SIGTERM', () => process.exit());
