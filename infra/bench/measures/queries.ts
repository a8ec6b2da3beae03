import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSecret } from '../../../queries/vault/versioned-secrets/get-secret.ts';
import { getSecretHistory } from '../../../queries/vault/versioned-secrets/get-secret-history.ts';
import { getSecretStats } from '../../../queries/vault/versioned-secrets/get-secret-stats.ts';
import { listSecrets } from '../../../queries/vault/versioned-secrets/list-secrets.ts';
import { pageSql } from '../../../src/kernel/pipeline/paging.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import type { AnyQuery } from '../../../src/kernel/query.ts';
import { startEventNode } from '../../local/event-node.ts';
import { type Figures, inTurn } from '../figures.ts';
import { ask, startInstance, unlimited } from '../instance.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import { startPeer } from '../peer.ts';
import type { Row } from '../row.ts';
import { writeSecrets } from '../secrets.ts';

const root = '/vault/v1/versioned-secrets';
const inFlight = 64;
/** Stands for the id of a path in a statement's values. */
const anyId = 'id-of-the-path';

interface Asked {
  readonly name: string;
  readonly audited: boolean;
  readonly query: AnyQuery;
  readonly input: object;
  /** Of the endpoint; `:secretId` where it names one. */
  readonly path: string;
}

/** The peer knows no tenants, and writes no facts; it has a twin that does what the statement's tenant and the audit ask for at the least. */
const asked: readonly Asked[] = [
  { name: 'counts of all secrets', audited: false, query: getSecretStats as never, input: {}, path: `${root}/stats` },
  { name: 'a page of 100 secrets', audited: false, query: listSecrets as never, input: { prefix: '' }, path: root },
  {
    name: 'one secret, audited',
    audited: true,
    query: getSecret as never,
    input: { secretId: anyId },
    path: `${root}/:secretId`,
  },
  {
    name: 'history of a secret, audited',
    audited: true,
    query: getSecretHistory as never,
    input: { secretId: anyId },
    path: `${root}/:secretId/history`,
  },
];

/** The very statement of the endpoint, with the path's id as a parameter of the request. */
function routeOf({ audited, input, path, query }: Asked): object {
  const base = query.run(input, { tenant: platformTenant } as never);
  const { page } = query;
  const { text, values } =
    page === undefined ? base : pageSql(base, page, { limit: page.defaultLimit, offset: 0 }, undefined);
  return { audited, path, text, values: values.map((value) => (value === anyId ? { param: 'secretId' } : value)) };
}

async function start(context: Context): Promise<{
  readonly ours: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly peer: { readonly url: string };
  /** The peer that reads as one tenant, and writes a fact of each audited read. */
  readonly bound: { readonly url: string };
  readonly ids: readonly string[];
}> {
  const instance = await startInstance(join(context.dir, 'keyledger'));
  context.atEnd(() => instance.stop());
  const headers = await unlimited(instance.url, instance.administrator);
  const ids = await writeSecrets(instance.url, headers, { secrets: context.quick ? 200 : 1_000, versions: 3 });
  const last = `${root}/${ids.at(-1)}`;
  for (let seen = ''; !seen.includes('"currentVersion":3'); ) {
    await sleep(100);
    seen = JSON.stringify(await ask(instance.url, 'GET', last, { headers }).catch(() => ({})));
  }
  context.say(`${ids.length} secrets are written`);
  const env = { DATABASE_URL: instance.stores.databaseOwnerUrl, ROUTES: JSON.stringify(asked.map(routeOf)) };
  const peer = await startPeer('express-pg.mjs', env);
  context.atEnd(() => peer.stop());
  const node = await startEventNode({ dir: join(context.dir, 'facts') });
  context.atEnd(() => node.stop());
  const bound = await startPeer('express-pg.mjs', {
    ...env,
    DATABASE_URL: instance.stores.databaseUrl,
    EVENTSTORE_URL: node.url,
    TENANT: platformTenant,
  });
  context.atEnd(() => bound.stop());
  return { ours: { url: instance.url, headers }, peer, bound, ids };
}

export const measure: Measure = {
  name: 'queries',
  about: 'queries over HTTP, against the same statements behind bare express and pg; 64 in flight',
  needsPeers: true,
  async run(context) {
    const { bound, ids, ours, peer } = await start(context);
    const turn = (url: string, headers: Readonly<Record<string, string>>) => async (): Promise<Figures> => {
      const figures: Record<string, number> = {};
      for (const { name, path } of asked) {
        const paths = path.includes(':') ? ids.map((id) => path.replace(':secretId', id)) : [path];
        const { p99, perSecond } = await load({
          url,
          headers,
          inFlight,
          seconds: context.seconds / 2,
          work: { kind: 'paths', paths },
        });
        figures[name] = perSecond;
        figures[`${name}, p99`] = p99;
      }
      return figures;
    };
    const contenders = {
      ours: turn(ours.url, ours.headers),
      bare: turn(peer.url, {}),
      bound: turn(bound.url, {}),
    };
    const taken = await inTurn(context.rounds, contenders, context.say);
    return asked.flatMap((one) => rowsOf(one, taken));
  },
};

type Taken = Readonly<Record<'ours' | 'bare' | 'bound', Figures>>;

function rowsOf({ audited, name }: Asked, taken: Taken): readonly Row[] {
  const of = (who: keyof Taken, what: string): number => taken[who][what] ?? Number.NaN;
  const row = (what: string, unit: Row['unit'], goals: Row['goals'] & object): Row => ({
    name: `query: ${what}`,
    unit,
    ours: of('ours', what),
    peer: { value: of('bare', what), name: 'express and pg' },
    floor: {
      value: of('bound', what),
      of: audited ? 'the same for one tenant, and one append' : 'the same for one tenant',
    },
    goals,
  });
  return [row(name, '/s', [{ atLeast: 0.7, times: 'peer' }]), row(`${name}, p99`, 'ms', [])];
}
