import { schemas } from '../../../src/adapters/postgres/migrations/010-schemas.ts';
import { projections } from '../../../src/adapters/postgres/migrations/030-projections.ts';
import { effects } from '../../../src/adapters/postgres/migrations/040-effects.ts';
import { EventNode } from './event-node/node.ts';
import { Network } from './network.ts';
import type { Bug } from './options.ts';
import { PostgresServer } from './postgres/server.ts';
import { QueueServer } from './queue-server.ts';
import { Receiver } from './receiver.ts';
import type { World } from './world.ts';

/** The stores of one run, and what lies between. */
export interface Installation {
  readonly world: World;
  readonly network: Network;
  readonly node: EventNode;
  readonly postgres: PostgresServer;
  readonly queue: QueueServer;
  readonly receiver: Receiver;
  readonly bug: Bug | undefined;
}

/** Empty stores, migrated and up. */
export function install(world: World, bug: Bug | undefined): Installation {
  const postgres = new PostgresServer(world);
  postgres.execute('create schema kernel');
  for (const { text } of [schemas, projections, effects]) postgres.execute(text.replaceAll(':app', 'app'));
  const network = new Network(world);
  const node = new EventNode(world, { syncs: bug?.unsynced !== true });
  node.start();
  return { world, network, node, postgres, queue: new QueueServer(world), receiver: new Receiver(network), bug };
}
