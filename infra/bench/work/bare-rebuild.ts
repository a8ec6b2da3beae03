import { EventStoreDBClient } from '@eventstore/db-client';
import pg from 'pg';
import { work } from '../in-process.ts';
import { models } from '../synthetic/models.ts';
import type { RebuildAsked } from './rebuild.ts';

/** Events whose rows are written at once. */
const batch = 2_000;

/** Reads the whole log in one go and writes the rows with one statement for many, in tables of the same declaration; no checkpoint, no lease. */
work<RebuildAsked & Record<string, unknown>>(async ({ events, eventStoreUrl, model, ownerUrl }) => {
  const client = EventStoreDBClient.connectionString(eventStoreUrl);
  const database = new pg.Client({ connectionString: ownerUrl });
  await database.connect();
  const { bare, projection } = models[model];
  await database.query('drop schema if exists bare cascade; create schema bare; set search_path = bare');
  await database.query(projection.table);
  await database.query('set synchronous_commit = off');
  const began = performance.now();
  const writer = bare(database);
  let seen = 0;
  for await (const { event } of client.readAll()) {
    if (event === undefined) continue;
    writer.take(event);
    if (++seen % batch === 0) await writer.flush();
  }
  await writer.flush();
  const seconds = (performance.now() - began) / 1_000;
  await Promise.all([client.dispose(), database.end()]);
  return { perSecond: events / seconds };
});
