import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Turns } from '../../../src/kernel/pipeline/turns.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';

describe('turns', () => {
  it('lets one after the other through for a key, in order of asking, and others beside', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const work = (name: string, ms: number) => async (): Promise<void> => {
      seen.push(`${name} in`);
      await sleep(ms);
      seen.push(`${name} out`);
    };
    const all = [turns.take('k', work('a', 20)), turns.take('k', work('b', 1)), turns.take('other', work('c', 1))];
    await Promise.all(all);
    expect(seen.filter((entry) => !entry.startsWith('c'))).to.deep.equal(['a in', 'a out', 'b in', 'b out']);
    expect(seen.indexOf('c out')).to.be.lessThan(seen.indexOf('a out'));
  });

  it('goes on after a failure', async () => {
    const turns = new Turns();
    const failed = turns.take('k', () => Promise.reject(new Error('no')));
    const next = turns.take('k', async () => 'yes');
    expect(await failed.catch((error: Error) => error.message)).to.equal('no');
    expect(await next).to.equal('yes');
  });

  it('tells all that waited when a store is away, and lets through who comes after', async () => {
    const turns = new Turns();
    let tried = 0;
    const away = async (): Promise<void> => {
      tried++;
      await sleep(5);
      throw new StoreUnavailable('away');
    };
    const settled = await Promise.allSettled(Array.from({ length: 20 }, () => turns.take('k', away)));
    expect(settled.map(({ status }) => status)).to.deep.equal(settled.map(() => 'rejected'));
    expect(tried).to.equal(1);
    expect(await turns.take('k', async () => 'yes')).to.equal('yes');
  });
});
