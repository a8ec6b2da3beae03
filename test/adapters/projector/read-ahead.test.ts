import { expect } from 'chai';
import { ReadAhead } from '../../../src/adapters/projector/read-ahead.ts';
import { LogUnavailable } from '../../../src/kernel/log.ts';

const nothing = { events: [], caughtUp: false };

describe('pages that are read ahead', () => {
  it('are the ones that are asked for next, and each is read once', async () => {
    const asked: (bigint | undefined)[] = [];
    const pages = new ReadAhead({
      readAll: async ({ after }) => {
        asked.push(after);
        const next = (after ?? 0n) + 1n;
        return { ...nothing, next, caughtUp: next === 3n };
      },
    });
    let after: bigint | undefined;
    for (let page = 0; page < 3; page++) ({ next: after } = await pages.readAll({ after, max: 1 }));
    expect(after).to.equal(3n);
    expect(asked).to.deep.equal([undefined, 1n, 2n]);
    await pages.readAll({ after, max: 1 });
    expect(asked, 'behind the end, nothing is read before it is asked for').to.deep.equal([undefined, 1n, 2n, 3n, 4n]);
  });

  it('are left where another range is asked for', async () => {
    const pages = new ReadAhead({
      readAll: async ({ after, max, typePrefixes = [] }) => ({
        ...nothing,
        next: after ?? BigInt(max + typePrefixes.length),
      }),
    });
    const next = async (range: Parameters<ReadAhead['readAll']>[0]): Promise<unknown> =>
      (await pages.readAll(range)).next;
    expect(await next({ max: 5 })).to.equal(5n);
    expect(await next({ after: 7n, max: 5 })).to.equal(7n);
    expect(await next({ after: undefined, max: 6, typePrefixes: ['a'] })).to.equal(7n);
    expect(await next({ after: undefined, max: 6, typePrefixes: ['a', 'b'] })).to.equal(8n);
  });

  it('that fail, fail whoever asks for them, and are read anew after that', async () => {
    let away = false;
    const pages = new ReadAhead({
      readAll: async ({ after }) => {
        if (away) throw new LogUnavailable('away');
        return { ...nothing, next: (after ?? 0n) + 1n };
      },
    });
    await pages.readAll({ max: 1 });
    away = true;
    await pages.readAll({ after: 1n, max: 1 });
    const failure = await pages.readAll({ after: 2n, max: 1 }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(LogUnavailable);
    away = false;
    expect((await pages.readAll({ after: 2n, max: 1 })).next).to.equal(3n);
  });
});
