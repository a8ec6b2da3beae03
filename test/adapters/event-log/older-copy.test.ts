import { cpSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { type EventLog, LogBehind } from '../../../src/kernel/log.ts';
import { sharedStores } from '../../support/stores.ts';

describe('a log that was restored from an older copy', () => {
  let log: EventLog;

  after(() => log.close());

  const write = async (): Promise<bigint> => {
    const event = { id: uuidv4(), type: 'demo.Note.Written', data: {}, metadata: {} };
    return (await log.append(`demo.Note-t.${uuidv4()}`, [event], 'none')).position;
  };

  it('is not read on from where the newer one was left', async () => {
    const { freshEventNode, scratch } = sharedStores();
    const dir = scratch('events');
    const first = await freshEventNode(dir);
    log = connectEventLog(first.url);
    const kept = await write();
    await first.stop();
    const copy = `${scratch('copy')}/events`;
    cpSync(dir, copy, { recursive: true });
    const second = await freshEventNode(dir, first.port);
    const seen = await write();
    expect((await log.readAll({ after: seen, max: 10 })).events).to.deep.equal([]);
    await second.stop();
    rmSync(dir, { recursive: true });
    cpSync(copy, dir, { recursive: true });
    await freshEventNode(dir, first.port);
    for (const filter of [{}, { typePrefixes: ['demo.'] }]) {
      const failure = await log.readAll({ after: seen, max: 10, ...filter }).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(LogBehind);
      expect((failure as Error).message).to.contain(`position ${kept}`);
    }
    expect((await log.readAll({ after: kept, max: 10 })).events).to.deep.equal([]);
  });
});
