import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { violationsIn } from '../../infra/faults/checker/check.ts';
import { meter, ofTenants } from '../../infra/faults/checker/facts.ts';
import type { History, RequestRecord } from '../../infra/faults/checker/records.ts';
import { type Send, sender } from '../../infra/faults/load/api.ts';
import { load } from '../../infra/faults/load/load.ts';
import { type LoadReceiver, startLoadReceiver } from '../../infra/faults/load/receiver.ts';
import { administrator, definePlan, newTenant, type Somebody } from '../../infra/faults/load/tenants.ts';
import { chanceOf } from '../../infra/faults/random.ts';
import { openReading, type Reading } from '../../infra/faults/reading.ts';
import { freshStores } from '../support/instance.ts';
import { sharedStores } from '../support/stores.ts';
import { bugs, type PlantedBug } from './planted/bugs.ts';
import { plantedCopy } from './planted/copy.ts';

const sound: PlantedBug = { name: 'nothing', found: '', changes: [] };
const clients = 6;
const steps = 10;

describe('the history checker', function () {
  this.timeout(300_000);
  let program: ChildProcess;
  let reading: Reading;
  let receiver: LoadReceiver;
  let history: History;
  const tenants = new Map<string, Somebody>();

  before(async () => {
    const stores = await freshStores();
    const main = plantedCopy(sharedStores().scratch('planted'), bugs);
    program = fork(main, ['--json', 'serve'], {
      env: {
        PATH: process.env['PATH'],
        EVENTSTORE_URL: stores.eventStoreUrl,
        DATABASE_URL: stores.databaseUrl,
        DATABASE_OWNER_URL: stores.databaseOwnerUrl,
        REDIS_URL: stores.redisUrl,
        KEYLEDGER_DATA_DIR: sharedStores().scratch('planted-data'),
        KEYLEDGER_TRUSTED_PROXIES: 'loopback',
        KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8',
        LOG_LEVEL: 'silent',
        PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const { administrator: first, url } = await readyLine(program);
    const send = sender(() => url, 10_000);
    const admin = administrator(send, first);
    reading = await openReading(stores);
    receiver = await startLoadReceiver();
    await definePlan(send, admin);
    const records: RequestRecord[] = [];
    for (const bug of [sound, ...bugs]) {
      const limit = bug.limit === undefined ? {} : { limit: bug.limit };
      const somebody = await newTenant(send, admin, { receiver: receiver.url, ...limit });
      tenants.set(bug.name, somebody);
      await live(bug, { send, somebody, records });
    }
    await settle();
    history = {
      requests: records,
      deliveries: receiver.taken,
      final: await reading.final(),
      limits: bugs.flatMap(({ limit, name }) =>
        limit === undefined ? [] : [{ tenant: tenantOf(name), meter, units: limit }],
      ),
      subscribed: [...tenants.values()].map(({ tenant }) => tenant),
      slack: 0,
      disturbed: false,
    };
  });
  after(async () => {
    await receiver?.close();
    await reading?.close();
    program?.kill('SIGKILL');
  });

  const tenantOf = (name: string): string => tenants.get(name)?.tenant ?? '';

  /** A tenant's life under one bug. What it causes has come to rest before the next bug is switched on. */
  async function live(
    bug: PlantedBug,
    { records, send, somebody }: { send: Send; somebody: Somebody; records: RequestRecord[] },
  ): Promise<void> {
    program.send(bug.name);
    await once(program, 'message');
    const chance = chanceOf(tenants.size);
    await load({ send, somebody, records, chance, clients, secrets: 4 }, (step) => step < steps);
    await settle();
    program.send(sound.name);
    await once(program, 'message');
  }

  const settle = (): Promise<unknown> => reading.rest(400);

  const foundIn = (name: string): readonly string[] =>
    violationsIn(ofTenants(history, new Set([tenantOf(name)]))).map(({ check, detail }) => `${check}: ${detail}`);

  it('finds a sound run sound', () => {
    expect(foundIn(sound.name)).to.deep.equal([]);
    expect(history.requests.filter(({ tenant }) => tenant === tenantOf(sound.name)).length).to.be.above(50);
  });

  it('knows at least twenty bugs', () => expect(bugs.length).to.be.at.least(20));

  for (const { found, name } of bugs) {
    it(`finds that ${name}`, () => {
      const checks = foundIn(name);
      expect(checks.filter((text) => text.startsWith(`${found}:`)).length, checks.join('\n')).to.be.above(0);
    });
  }
});

interface Ready {
  readonly url: string;
  readonly administrator: { readonly email: string; readonly password: string };
}

function readyLine(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the planted product ended with ${code}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as Ready);
    });
  });
}
