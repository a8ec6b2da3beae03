import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { type EventLog, type LogEvent, LogUnavailable, type NewEvent } from '../../../src/kernel/log.ts';
import { FactWriter } from '../../../src/kernel/pipeline/fact-writer.ts';
import { sharedStores } from '../../support/stores.ts';

const fact = (note: string): NewEvent => ({ id: uuid(), type: 'test.Fact.Noted', data: { note }, metadata: {} });

describe('facts', () => {
  let log: EventLog;
  before(async function () {
    this.timeout(30_000);
    log = connectEventLog((await sharedStores().eventNode()).url);
  });
  after(() => log.close());

  const notes = async (stream: string): Promise<readonly unknown[]> => {
    const events: LogEvent[] = [];
    for await (const event of log.readStream(stream)) events.push(event);
    return events.map(({ data }) => data['note']);
  };

  /** A writer, and how many events each of its appends had. */
  const watched = (refuse?: (events: readonly NewEvent[]) => Error | undefined) => {
    const appends: number[] = [];
    const writer = new FactWriter({
      append: (stream, events, expected) => {
        appends.push(events.length);
        const error = refuse?.(events);
        return error === undefined ? log.append(stream, events, expected) : Promise.reject(error);
      },
    });
    return { appends, writer };
  };

  it('that come while others are written share an append, and each is on the log when it is told so', async () => {
    const stream = `test.Fact-acme.${uuid()}`;
    const { appends, writer } = watched();
    const asked = Array.from({ length: 100 }, (_, n) => writer.append(stream, fact(`fact ${n}`)));
    await asked[0];
    expect(await notes(stream)).to.include('fact 0');
    const positions = (await Promise.all(asked)).map(({ position }) => position);
    expect(appends).to.deep.equal([1, 64, 35]);
    expect(await notes(stream)).to.deep.equal(Array.from({ length: 100 }, (_, n) => `fact ${n}`));
    expect(positions).to.deep.equal([...positions].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    await writer.append(stream, fact('later'));
    expect(appends).to.have.length(4);
  });

  it('are kept apart by stream', async () => {
    const { appends, writer } = watched();
    const streams = Array.from({ length: 3 }, () => `test.Fact-acme.${uuid()}`);
    await Promise.all(streams.map((stream) => writer.append(stream, fact(stream))));
    expect(appends).to.deep.equal([1, 1, 1]);
    for (const stream of streams) expect(await notes(stream)).to.deep.equal([stream]);
  });

  it('that the log does not take do not keep others from it', async () => {
    const stream = `test.Fact-acme.${uuid()}`;
    const { writer } = watched((events) =>
      events.some(({ data }) => data['note'] === 'bad') ? new Error('no') : undefined,
    );
    const settled = await Promise.allSettled(['a', 'b', 'bad', 'c'].map((note) => writer.append(stream, fact(note))));
    expect(settled.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await notes(stream)).to.deep.equal(['a', 'b', 'c']);
  });

  it('that wait while the log is away are told so together, not one append after the other', async () => {
    const stream = `test.Fact-acme.${uuid()}`;
    let away = true;
    const { appends, writer } = watched(() => (away ? new LogUnavailable('away') : undefined));
    const asked = Array.from({ length: 200 }, (_, n) => writer.append(stream, fact(`fact ${n}`)));
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).to.deep.equal(settled.map(() => 'rejected'));
    expect(appends).to.deep.equal([1]);
    away = false;
    await writer.append(stream, fact('back'));
    expect(await notes(stream)).to.deep.equal(['back']);
  });
});
