import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { close, steepest, stepOf, verdictOn } from '../../../infra/bench/growth/slope.ts';
import { inTurns } from '../../../infra/bench/growth/turns.ts';
import { progress } from '../../../infra/bench/progress.ts';

const sizes = [10_000, 100_000, 1_000_000];

/** Numbers from 0 to 1 that are the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Steps of a time that depends on the size, on a machine that is up to three times slower from one turn to the next. */
function stepsOf(ms: (events: number) => number, { turns = 300, noise = 0.3 } = {}) {
  const next = chance(7);
  const moods = Array.from({ length: turns }, () => 1 + 2 * next());
  const taken = sizes.map((events) => moods.map((mood) => ms(events) * mood * (1 + noise * next())));
  return [1, 2].map((n) => stepOf(taken[n - 1] ?? [], taken[n] ?? [], 1));
}

describe('bench: growth', () => {
  it('is flat where a tenfold of events does nothing', () => {
    expect(verdictOn(stepsOf(() => 5))).to.equal('flat');
  });

  it('is logarithmic where a time grows with the logarithm', () => {
    expect(verdictOn(stepsOf((events) => 2 + Math.log10(events)))).to.equal('logarithmic');
  });

  it('grows where a part in proportion shows behind a constant at the last step only', () => {
    const steps = stepsOf((events) => 5 + events / 500_000);
    expect(steps[0]?.atMost).to.be.below(1.1);
    expect(steepest(steps)).to.equal(steps[1]);
    expect(verdictOn(steps)).to.equal('grows');
    expect(verdictOn(stepsOf((events) => Math.sqrt(events)))).to.equal('grows');
  });

  it('is undecided where turns are too few or too unlike to tell', () => {
    const steps = stepsOf(() => 5, { turns: 9, noise: 4 });
    expect([verdictOn(steps), close(steps)]).to.deep.equal(['undecided', false]);
    expect(verdictOn([])).to.equal('undecided');
  });

  it('takes a step of several tenfolds apart into each', () => {
    const { factor } = stepOf([1, 1, 1], [9, 9, 9], 2);
    expect(factor).to.be.closeTo(3, 1e-9);
  });
});

describe('bench: turns', () => {
  it('ask all sizes in each turn, each by turns first, and count none that only warm', async () => {
    const order: string[] = [];
    const server = createServer(({ url }, response) => {
      order.push(url ?? '');
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const contenders = ['a', 'b', 'c'].map((name) => ({
      url,
      headers: {},
      request: (turn: number) => ({ method: 'GET' as const, path: `/${name}${turn}` }),
    }));
    const floor = { take: async () => 1, close: async () => undefined };
    const taken = await inTurns(contenders, floor, { least: 6, forSeconds: 0, enough: () => true });
    server.close();
    expect(taken.map(({ ms }) => ms.length)).to.deep.equal([6, 6, 6]);
    expect(taken[0]?.floor).to.deep.equal([1, 1, 1, 1, 1, 1]);
    const [first, second] = [order.slice(0, 3), order.slice(3, 6)];
    expect([first, second]).to.deep.equal([
      ['/a0', '/b0', '/c0'],
      ['/a1', '/c1', '/b1'],
    ]);
    expect(order.length % 3).to.equal(0);
  });

  it('fail where a request does', async () => {
    const server = createServer(
      (_, response) => void response.writeHead(403, { 'content-length': 2 }).end('no'),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const contender = { url, headers: {}, request: () => ({ method: 'GET' as const, path: '/' }) };
    const floor = { take: async () => 1, close: async () => undefined };
    const failure = await inTurns([contender], floor, { least: 1, forSeconds: 0, enough: () => true }).catch(String);
    server.closeAllConnections();
    server.close();
    expect(failure).to.contain('answered 403: no');
  });
});

describe('bench: progress', () => {
  it('is silent on what is soon done', () => {
    const said: string[] = [];
    const told = progress((text) => said.push(text), 'writing events', 1_000);
    for (const done of [0, 10, 1_000]) told(done);
    expect(said).to.deep.equal([]);
  });
});
