import { expect } from 'chai';
import { joinSql, rawSql, sql } from '../../src/kernel/sql.ts';

describe('sql', () => {
  it('makes values parameters, never text', () => {
    const hostile = "'; drop table users; --";
    expect(sql`select * from t where a = ${hostile} and b = ${1}`).to.deep.equal({
      kind: 'sql',
      text: 'select * from t where a = $1 and b = $2',
      values: [hostile, 1],
    });
  });

  it('splices nested statements and numbers their parameters anew', () => {
    const inner = sql`b = ${2} or c = ${3}`;
    const outer = sql`select ${1} where ${inner} and d = ${4}`;
    expect(outer.text).to.equal('select $1 where b = $2 or c = $3 and d = $4');
    expect(outer.values).to.deep.equal([1, 2, 3, 4]);
  });

  it('joins fragments', () => {
    const joined = joinSql([sql`a = ${1}`, sql`b = ${2}`, rawSql('c')], ' and ');
    expect(joined.text).to.equal('a = $1 and b = $2 and c');
    expect(joinSql([], ' and ', sql`true`).text).to.equal('true');
  });

  it('turns undefined into null', () => {
    expect(sql`${undefined}`.values).to.deep.equal([null]);
  });
});
