import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { copy, restore } from '../system/copies.ts';
import { NotStarted } from '../system/program.ts';
import type { PartName, System } from '../system/system.ts';
import type { Fault } from './fault.ts';

export const flush: Fault = {
  name: 'flush',
  summary: 'Redis forgets everything',
  strike: async ({ system, tell }) => {
    tell('FLUSHALL');
    system.flushes++;
    const client = new Redis(system.stores.redisUrl, { retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.flushall();
    } finally {
      client.disconnect();
    }
    return 0;
  },
};

const ours = ['api', 'projector', 'worker'] as const;

/** Nobody works on a store while it is replaced. */
async function stopped(system: System, store: 'node' | 'postgres', work: () => void | Promise<void>): Promise<void> {
  const halted: readonly PartName[] = [...ours, store];
  await Promise.all(halted.map((part) => system.kill(part)));
  await work();
}

export const olderDatabase: Fault = {
  name: 'older-database',
  summary: 'PostgreSQL is restored from a copy made a while before; keys made since are brought along',
  strike: async ({ chance, system, tell }) => {
    await stopped(system, 'postgres', () => copy(system.dir, 'postgres'));
    await system.startParts(['postgres', ...ours]);
    tell('a copy of PostgreSQL was made');
    await sleep(500 + chance.below(2_500));
    const keys = await newestKeys(system);
    await stopped(system, 'postgres', () => restore(system.dir, 'postgres'));
    await system.startParts(['postgres']);
    await bringKeys(system, keys);
    tell('PostgreSQL was restored from it');
    await system.startParts(ours);
    return 2 * (ours.length + 1);
  },
};

const keyColumns = 'tenant_id, key_id, kind, generation, wrapped_by, wrapped, created_at, destroyed_at';

/** Values whose keys are lost are lost: a customer who restores an older copy has to have the keys made since from elsewhere. */
function newestKeys(system: System): Promise<readonly Record<string, unknown>[]> {
  return asOwner(system, async (client) => (await client.query('select * from kernel.keys')).rows);
}

/** A key that was shredded since the copy is there again, as in any restored copy: the workers shred it once more. */
function bringKeys(system: System, keys: readonly Record<string, unknown>[]): Promise<void> {
  return asOwner(system, async (client) => {
    for (const key of keys) {
      const values = keyColumns.split(', ').map((column) => key[column]);
      const places = values.map((_, index) => `$${index + 1}`).join(', ');
      await client.query(`insert into kernel.keys (${keyColumns}) values (${places}) on conflict do nothing`, values);
    }
  });
}

async function asOwner<T>({ adminUrl }: System, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const olderLog: Fault = {
  name: 'older-log',
  summary: 'the log is restored from an older copy: no process starts on it; then the newer one is put back',
  strike: async ({ chance, system, tell }) => {
    await stopped(system, 'node', () => copy(system.dir, 'node'));
    await system.startParts(['node', ...ours]);
    await sleep(1_500 + chance.below(1_500));
    await stopped(system, 'node', () => restore(system.dir, 'node'));
    await system.startParts(['node']);
    for (const part of ours) await refused(system, part);
    tell('an older copy of the log was refused by every process');
    await system.kill('node');
    restore(system.dir, 'node');
    await system.startParts(['node', ...ours]);
    return 2 * (ours.length + 1) + 1;
  },
};

async function refused(system: System, part: (typeof ours)[number]): Promise<void> {
  try {
    await system.startOnce(part);
  } catch (error) {
    if (error instanceof NotStarted && error.message.includes('restored from an older copy')) return;
    throw error;
  }
  throw new Error(`the ${part} has started on a log that was restored from an older copy`);
}
