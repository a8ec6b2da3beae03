import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { around, at, type PointName } from './points.ts';

const require = createRequire(import.meta.url);

type Points = { readonly before?: PointName; readonly after?: PointName };

const textOf = ([query]: readonly unknown[]): string => {
  const text = typeof query === 'string' ? query : (query as { readonly text?: unknown } | undefined)?.text;
  return typeof text === 'string' ? text.trim().toLowerCase() : '';
};

/** Wraps what a part of the system calls. */
export async function libraries(part: string): Promise<void> {
  const wrap: Readonly<Record<string, () => Promise<void> | void>> = { node, api, projector, worker };
  await wrap[part]?.();
}

function node(): void {
  // LMDB's own methods cannot be replaced where they are; a transaction tells of its beginning, and there its environment is at hand.
  const wrapped = new WeakSet<object>();
  const { emit } = EventEmitter.prototype;
  EventEmitter.prototype.emit = function announced(this: EventEmitter & { env?: object }, name, ...args) {
    if (name === 'begin-transaction' && this.env !== undefined) {
      if (!wrapped.has(this.env))
        around(this.env, 'commitTxn', () => ({ before: 'write.after', after: 'fsync.after' }));
      wrapped.add(this.env);
      at('write.before');
    }
    return emit.call(this, name, ...args);
  };
  const { BaseServerInterceptingCall: call } = require('@grpc/grpc-js/build/src/server-interceptors.js') as {
    BaseServerInterceptingCall: { prototype: object };
  };
  const answered = (): Points => ({ before: 'acknowledgement.before', after: 'acknowledgement.after' });
  around(call.prototype, 'sendMessage', answered);
}

async function api(): Promise<void> {
  await appends();
  postgres((text) => (text.includes('kernel.keys') ? { before: 'key.before', after: 'key.after' } : undefined));
  const { Redis } = await import('ioredis');
  around(Redis.prototype, 'sendCommand', () => ({ before: 'quota.before', after: 'quota.after' }));
}

function projector(): void {
  postgres((text) => {
    if (text === 'commit') return { before: 'commit.before', after: 'commit.after' };
    if (text.includes('update kernel.projections set position'))
      return { before: 'checkpoint.before', after: 'checkpoint.after' };
    return /^(insert|update|delete)/.test(text) ? { before: 'row.before', after: 'row.after' } : undefined;
  });
}

async function worker(): Promise<void> {
  await appends();
  postgres((text) => {
    if (text === 'commit') return { before: 'commit.before', after: 'commit.after' };
    return text.includes('kernel.effects') ? { before: 'effect.before', after: 'effect.after' } : undefined;
  });
  const { Queue } = await import('bullmq');
  around(Queue.prototype, 'addBulk', () => ({ before: 'enqueue.before', after: 'enqueue.after' }));
  const { Agent } = await import('undici');
  around(Object.getPrototypeOf(Agent.prototype), 'dispatch', () => ({ before: 'send.before', after: 'send.after' }));
}

async function appends(): Promise<void> {
  const { EventStoreDBClient } = await import('@eventstore/db-client');
  around(EventStoreDBClient.prototype, 'appendToStream', () => ({ before: 'append.before', after: 'append.after' }));
}

function postgres(pointsOf: (text: string) => Points | undefined): void {
  const { Client } = require('pg') as { Client: { prototype: object } };
  around(Client.prototype, 'query', (args) => pointsOf(textOf(args)));
}
