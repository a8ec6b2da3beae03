import { expect } from 'chai';
import { inBulk } from '../../../src/adapters/projector/bulk.ts';
import { rawSql, type Sql, sql } from '../../../src/kernel/sql.ts';

const row = (n: number): Sql => sql`
  insert into notes (id, text)
  values (${n}, ${`note ${n}`})`;
const texts = (statements: readonly Sql[]): readonly string[] =>
  inBulk(statements).map(({ statement }) => statement.text.replaceAll(/\s+/g, ' ').trim());

describe('statements in bulk', () => {
  it('makes one of neighbours that insert rows alike', () => {
    const [both, ...others] = inBulk([row(1), row(2)]);
    expect(others).to.deep.equal([]);
    expect(both?.rows).to.equal(2);
    expect(both?.statement.text).to.match(/values \(\$1, \$2\), \(\$3, \$4\)$/);
    expect(both?.statement.values).to.deep.equal([1, 'note 1', 2, 'note 2']);
  });

  it('makes few texts, whatever the number of rows, and loses none', () => {
    const seen = new Set<string>();
    for (let rows = 1; rows <= 150; rows++) {
      const all = Array.from({ length: rows }, (_, n) => row(n));
      const bulks = inBulk(all);
      for (const { statement } of bulks) seen.add(statement.text);
      expect(bulks.reduce((sum, each) => sum + each.rows, 0)).to.equal(rows);
      expect(bulks.flatMap(({ statement }) => statement.values)).to.deep.equal(all.flatMap(({ values }) => values));
    }
    expect(seen.size).to.equal(7);
  });

  it('keeps the order of what is not alike', () => {
    const remove = sql`delete from notes where id = ${2}`;
    expect(texts([row(1), row(2), remove, row(3)])).to.deep.equal([
      'insert into notes (id, text) values ($1, $2), ($3, $4)',
      'delete from notes where id = $1',
      'insert into notes (id, text) values ($1, $2)',
    ]);
  });

  it('leaves alone what may depend on rows before it', () => {
    const kept = [
      sql`insert into notes (id, text) values (${1}, ${'a'}) on conflict (id) do update set text = excluded.text`,
      sql`insert into notes (id, text) values (${1}, (select text from notes where id = ${2}))`,
      sql`insert into notes (id, text) values (${1}, ${'a'}) returning id`,
      sql`insert into notes (id, text) select ${1}, ${'a'}`,
      sql`update notes set text = ${'a'} where id = ${1}`,
      rawSql('insert into notes (id, text) values ($1, $1)'),
    ];
    for (const statement of kept) expect(inBulk([statement, statement]).map(({ rows }) => rows)).to.deep.equal([1, 1]);
  });
});
