import { expect } from 'chai';
import { readArguments } from '../../../infra/bench/arguments.ts';
import { inTurn, median, percentile } from '../../../infra/bench/figures.ts';
import type { Measure } from '../../../infra/bench/measure.ts';
import { svg } from '../../../infra/bench/plot.ts';
import { recorded, table } from '../../../infra/bench/report.ts';
import { holds, type Row } from '../../../infra/bench/row.ts';
import { Usage } from '../../../infra/bench/usage.ts';

const row: Row = {
  name: 'commands',
  unit: '/s',
  ours: 3_000,
  floor: { value: 5_000, of: 'bare appends' },
  peer: { value: 1_000, name: 'another' },
};

describe('bench: rows', () => {
  it('hold where every goal is reached, as it stands and as a ratio', () => {
    expect(holds(row)).to.equal(true);
    expect(
      holds({
        ...row,
        goals: [
          { atLeast: 3, times: 'peer' },
          { atLeast: 0.5, times: 'floor' },
        ],
      }),
    ).to.equal(true);
    expect(holds({ ...row, goals: [{ atLeast: 3_000 }, { below: 3_000 }] })).to.equal(false);
    expect(holds({ ...row, goals: [{ atLeast: 3.1, times: 'peer' }] })).to.equal(false);
  });

  it('miss a ratio to what they do not have, and figures that are none', () => {
    const { peer: _, ...alone } = row;
    expect(holds({ ...alone, goals: [{ atLeast: 1, times: 'peer' }] })).to.equal(false);
    expect(holds({ ...row, ours: Number.NaN, goals: [{ below: 10 }] })).to.equal(false);
  });

  it('stand in the table and in the file with their ratios', () => {
    const rows = [{ ...row, goals: [{ atLeast: 4, times: 'peer' } as const] }];
    expect(table(rows)).to.contain('1,000/s another (×3.00)').and.contain('≥ 4 × peer MISSED');
    expect(table([{ name: 'alone', unit: 'ms', ours: 1 }])).not.to.contain('peer');
    expect(recorded(rows[0] as Row)).to.deep.include({ holds: false, ratios: { toFloor: 0.6, toPeer: 3 } });
  });
});

describe('bench: rounds', () => {
  it('begin with another contender each, and their medians count', async () => {
    const order: string[] = [];
    const values = { ours: [1, 9, 5], peer: [2, 2, 8] };
    const turn = (name: 'ours' | 'peer') => () => {
      order.push(name);
      return { rate: values[name].shift() ?? 0 };
    };
    const taken = await inTurn(3, { ours: turn('ours'), peer: turn('peer') });
    expect(order).to.deep.equal(['ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
    expect(taken).to.deep.equal({ ours: { rate: 5 }, peer: { rate: 2 } });
  });

  it('take the middle one, and the one that a share stays at or below', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([median([3, 1, 2]), percentile(hundred, 0.99), median([])]).to.deep.equal([2, 100, 0]);
  });
});

describe('bench: the command line', () => {
  const known = ['commands', 'queries'].map((name): Measure => ({ name, about: '', run: async () => [] }));
  const read = (...argv: string[]) => readArguments(argv, known);

  it('takes all measures or those it names', () => {
    expect(read().measures).to.deep.equal(known);
    expect(read('queries', '--rounds', '5')).to.deep.include({ measures: [known[1]], rounds: 5, seconds: 5 });
    expect(read('--quick')).to.deep.include({ quick: true, rounds: 1, seconds: 1 });
  });

  it('says in a sentence what is wrong', () => {
    expect(() => read('nothing')).to.throw(Usage, 'There is no row "nothing". Choose among commands, queries');
    expect(() => read('--rouns', '3')).to.throw(Usage, "Unknown option '--rouns'. The options are");
    expect(() => read('--rounds', '0')).to.throw(Usage, '--rounds takes a whole number from 1 to 99, not "0".');
    expect(() => read('--seconds', 'two')).to.throw(Usage, 'not "two"');
  });
});

describe('bench: plots', () => {
  const curves = [
    {
      name: 'a < b',
      points: [
        [10, 1],
        [100, 10],
        [1_000, 0],
      ] as const,
    },
  ];

  it('draw what is above zero on logarithmic axes, and nothing of no points', () => {
    const drawn = svg({ name: 'growth', title: 'growth', x: 'events', y: 'ms', curves });
    expect(drawn.match(/<circle/g)).to.have.length(2);
    expect(drawn).to.contain('a &lt; b').and.not.contain('NaN');
    expect(svg({ name: 'none', title: '', x: '', y: '', curves: [] })).not.to.contain('NaN');
  });
});
