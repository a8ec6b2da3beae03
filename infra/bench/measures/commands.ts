import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { startEventNode } from '../../local/event-node.ts';
import { startPostgres } from '../../local/postgres.ts';
import { appends } from '../event-log.ts';
import { type Figures, inTurn } from '../figures.ts';
import { startInstance, unlimited } from '../instance.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import { startPeer } from '../peer.ts';
import type { Goal, Row } from '../row.ts';

const levels = [1, 16, 64, 256];
const bytes = 400;

/** Says how far the stack could go at best, whatever is built on it: a goal beyond it is out of reach. */
const least = 'express and one append';

type Turn = () => Promise<Figures>;

/** Each level's rate and times, named by level. */
async function atEachLevel(one: (inFlight: number) => Promise<Figures>): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const inFlight of levels)
    for (const [name, value] of Object.entries(await one(inFlight))) figures[`${name}@${inFlight}`] = value;
  return figures;
}

/** Turns of a server that adds versions to secrets; the tag of each turn keeps it from meeting an earlier one's. */
function writing({ seconds }: Context, url: string, headers: Readonly<Record<string, string>>): Turn {
  let turn = 0;
  const warm = load({ url, headers, inFlight: 16, seconds: 1, work: { kind: 'versions', tag: 'warm', bytes } });
  return async () => {
    await warm;
    const tag = `turn-${turn++}`;
    return atEachLevel(async (inFlight) => ({
      ...(await load({
        url,
        headers,
        inFlight,
        seconds,
        work: { kind: 'versions', tag: `${tag}-${inFlight}`, bytes },
      })),
    }));
  };
}

async function ours(context: Context): Promise<Turn> {
  const instance = await startInstance(join(context.dir, 'keyledger'));
  context.atEnd(() => instance.stop());
  return writing(context, instance.url, await unlimited(instance.url, instance.administrator));
}

async function emmett(context: Context): Promise<Turn> {
  const postgres = await startPostgres({ dir: join(context.dir, 'emmett') });
  context.atEnd(() => postgres.stop());
  const peer = await startPeer('emmett.mjs', { DATABASE_URL: postgres.ownerUrl });
  context.atEnd(() => peer.stop());
  return writing(context, peer.url, {});
}

/** What the fixed stack has to do at the least: express, the log's client, and one durable append on a node of its own. */
async function expressAndAppend(context: Context): Promise<Turn> {
  const node = await startEventNode({ dir: join(context.dir, 'append-only') });
  context.atEnd(() => node.stop());
  const peer = await startPeer('append-only.mjs', { EVENTSTORE_URL: node.url });
  context.atEnd(() => peer.stop());
  return writing(context, peer.url, {});
}

/** The embedded node alone: appends of one event, on a node of its own. */
async function bareNode(context: Context): Promise<Turn> {
  const node = await startEventNode({ dir: join(context.dir, 'node') });
  context.atEnd(() => node.stop());
  const client = EventStoreDBClient.connectionString(node.url);
  context.atEnd(() => client.dispose());
  return () => atEachLevel(async (inFlight) => ({ perSecond: await appends(client, inFlight, context.seconds) }));
}

export const measure: Measure = {
  name: 'commands',
  about:
    'commands over HTTP, durable: the next version of a secret of 400 bytes, by turns of a new one and a known one',
  needsPeers: true,
  async run(context) {
    context.say('starting Keyledger, emmett on PostgreSQL, express with nothing but an append, and a bare node');
    const contenders = {
      ours: await ours(context),
      emmett: await emmett(context),
      least: await expressAndAppend(context),
      node: await bareNode(context),
    };
    const taken = await inTurn(context.rounds, contenders, context.say);
    return levels.flatMap((level) => rowsAt(level, taken));
  },
};

function rowsAt(level: number, taken: Readonly<Record<'ours' | 'emmett' | 'least' | 'node', Figures>>): readonly Row[] {
  const of = (who: keyof typeof taken, what: string): number => taken[who][`${what}@${level}`] ?? Number.NaN;
  const rate: readonly Goal[] = [
    { atLeast: 3, times: 'peer' },
    { atLeast: 0.5, times: 'floor' },
  ];
  const peer = (what: string): Row['peer'] & object => ({ value: of('emmett', what), name: 'emmett' });
  const times = (what: string, goals: readonly Goal[]): Row => {
    return {
      name: `command, ${what}, ${level} in flight`,
      unit: 'ms',
      ours: of('ours', what),
      peer: peer(what),
      floor: { value: of('least', what), of: least },
      goals,
    };
  };
  return [
    {
      name: `commands, ${level} in flight`,
      unit: '/s',
      ours: of('ours', 'perSecond'),
      peer: peer('perSecond'),
      floor: { value: of('node', 'perSecond'), of: 'bare appends' },
      goals: level === 64 ? rate : [],
    },
    {
      name: `${least} alone, ${level} in flight`,
      unit: '/s',
      ours: of('least', 'perSecond'),
      peer: peer('perSecond'),
      floor: { value: of('node', 'perSecond'), of: 'bare appends' },
    },
    times('p50', []),
    times('p99', level === 64 ? [{ below: 1, times: 'peer' }] : []),
  ];
}
