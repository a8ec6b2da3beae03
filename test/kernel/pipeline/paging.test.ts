import { expect } from 'chai';
import { cutPage, pageSchema, pageSql, splitPage } from '../../../src/kernel/pipeline/paging.ts';
import type { Paging } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const page: Paging = { by: ['created_at', 'id'], direction: 'desc', defaultLimit: 50, maxLimit: 200 };
const parameters = pageSchema(page);

describe('paging', () => {
  it('have one schema for each list, which is made once', () => {
    expect(pageSchema(page)).to.equal(parameters);
    expect(pageSchema({ ...page, maxLimit: 1 })).not.to.equal(parameters);
  });

  it('has limits', () => {
    expect(parameters.parse({})).to.deep.equal({ limit: 50, offset: 0 });
    expect(parameters.parse({ limit: '7', offset: '3' })).to.deep.equal({ limit: 7, offset: 3 });
    for (const bad of [{ limit: '0' }, { limit: '201' }, { limit: 'x' }, { offset: '-1' }, { limit: '1e9' }]) {
      expect(parameters.safeParse(bad).success, JSON.stringify(bad)).to.equal(false);
    }
    expect(parameters.parse({ limit: 7, offset: 3 })).to.deep.equal({ limit: 7, offset: 3 });
  });

  it('takes for a number nothing that only could be read as one', () => {
    for (const offset of ['', ' ', ' 7', '7.0', '0x10', '1e2', true, null, ['7'], '７']) {
      const refused = parameters.safeParse({ offset }).error;
      expect(refused?.issues[0]?.message, JSON.stringify(offset)).to.equal('is a whole number from 0 to 100000');
    }
  });

  it('takes its own parameters out of the raw input', () => {
    expect(splitPage({ limit: '3', state: 'x' })).to.deep.equal({ page: { limit: '3' }, rest: { state: 'x' } });
  });

  it('asks for one row more, from behind the cursor', () => {
    const base = sql`select * from t where tenant_id = ${'acme'}`;
    expect(pageSql(base, page, { limit: 2, offset: 4 }, undefined).values).to.deep.equal(['acme', 3, 4]);
    const next = pageSql(base, page, { limit: 2, offset: 4 }, ['2026', 'b']);
    expect(next.text).to.include('(created_at, id) < ($2, $3)').and.to.include('order by created_at desc, id desc');
    expect(next.values).to.deep.equal(['acme', '2026', 'b', 3, 0]);
  });

  it('gives the key to go on from only where more follow', () => {
    const rows = [1, 2, 3].map((id) => ({ id, created_at: new Date(id) }));
    expect(cutPage(rows, page, 3)).to.deep.equal({ rows, last: undefined });
    expect(cutPage(rows, page, 2).last).to.deep.equal([new Date(2).toISOString(), 2]);
  });
});
