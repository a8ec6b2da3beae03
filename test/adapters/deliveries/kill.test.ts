import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { Bell } from '../../support/delivering.ts';
import { write } from '../../support/events.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';

const program = fileURLToPath(new URL('../../support/app-process.js', import.meta.url));
const env = { KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8' };
const bells = ['a', 'b', 'c', 'd', 'e'];
const rings = 40;

describe('deliveries of a process that is killed', function () {
  this.timeout(120_000);
  let instance: Instance;
  let receiver: Receiver;
  let worker: ChildProcess | undefined;

  before(async () => {
    receiver = await startReceiver();
    instance = await startInstance({ env: { ...env, KEYLEDGER_ROLES: 'api,projector' } });
  });
  after(async () => {
    await kill();
    await instance.stop();
    await receiver.close();
  });

  async function start(): Promise<void> {
    const { config, stores } = instance;
    const settings = { ...env, KEYLEDGER_ROLES: 'worker', KEYLEDGER_DATA_DIR: config.dataDir };
    const child = fork(program, [JSON.stringify({ env: settings, stores })]);
    worker = child;
    await new Promise((resolve) => child.once('message', resolve));
  }

  async function kill(): Promise<void> {
    const child = worker;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  it('go on in the next one: nothing is lost, and no stream’s order is broken', async () => {
    // Slow enough that a kill falls into the middle of a window.
    receiver.answer((_, response) => void setTimeout(() => response.writeHead(200).end(), 10));
    await instance.admin('POST', '/audit/v1/streaming/subscriptions', {
      name: 'bells',
      filters: { eventTypes: ['demo.*'] },
      destination: { type: 'webhook', config: { url: receiver.url } },
    });
    const log = connectEventLog(instance.stores.eventStoreUrl);
    for (let count = 0; count < rings; count++) {
      const rung = Bell.events.Rung({ count, secret: '' });
      for (const id of bells) await write(log, Bell, [rung], { tenant: 'platform', id });
    }
    await log.close();
    for (const stop of [30, 110]) {
      await start();
      await receiver.count(stop);
      await kill();
    }
    await start();
    const all = (bell: string): readonly number[] =>
      receiver.received
        .filter(({ body }) => String(body['partitionkey']).endsWith(`.${bell}`))
        .map(({ body }) => Number(body['sequence']));
    while (bells.some((bell) => !all(bell).includes(rings - 1))) await receiver.count(receiver.received.length + 1);
    for (const bell of bells) {
      let newest = -1;
      for (const sequence of all(bell)) {
        // Again what was sent already, or the next: never one beyond.
        expect(sequence).to.be.at.most(newest + 1);
        newest = Math.max(newest, sequence);
      }
      expect(newest).to.equal(rings - 1);
    }
  });
});
