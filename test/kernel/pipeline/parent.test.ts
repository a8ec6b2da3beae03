import { expect } from 'chai';
import { z } from 'zod';
import type { AnyEndpoint } from '../../../src/kernel/pipeline/answer.ts';
import type { Row } from '../../../src/kernel/query.ts';
import { query } from '../../../src/kernel/query.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { requestInfo, testPipeline } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

const drawers = query({
  name: 'demo.listDrawers',
  summary: 'Lists the drawers of a desk.',
  route: 'GET /demo/v1/desks/:deskId/drawers',
  input: z.strictObject({ deskId: z.string() }),
  output: z.object({ drawers: z.array(z.string()) }),
  controls: { permission: 'demo.desk.read', audit: 'none' },
  reads: 'demo_drawers',
  rejections: { DeskNotFound: 404 },
  page: { by: ['name'], direction: 'asc', defaultLimit: 10, maxLimit: 10 },
  parent: {
    run: ({ deskId }) => sql`select desk from demo_desks where desk = ${deskId}`,
    missing: ({ deskId }) => reject('DeskNotFound', `There is no desk ${deskId}.`),
  },
  run: ({ deskId }) => sql`select name from demo_drawers where desk = ${deskId}`,
  respond: (rows) => ({ drawers: rows.map(({ name }) => String(name)) }),
});

describe('a list below something', () => {
  /** A read model of one desk, with the drawers given. */
  async function ask(deskId: string, names: readonly string[]): Promise<readonly [number, unknown, number]> {
    let statements = 0;
    const run = async (_tenant: string, { text }: { text: string }): Promise<readonly Row[]> => {
      statements++;
      if (text.includes('demo_drawers')) return names.map((name) => ({ name }));
      return deskId === 'oak' ? [{ desk: 'oak' }] : [];
    };
    const { url } = await sharedStores().eventNode();
    const { pipeline, close } = testPipeline(url, { readModels: { run, waitFor: async () => true } });
    try {
      const credential = { scheme: 'bearer', value: 'acme/alice/*' } as const;
      const answer = await pipeline.execute(drawers as unknown as AnyEndpoint, { deskId }, credential, requestInfo());
      return [answer.status, answer.body ?? answer.rejection, statements];
    } finally {
      await close();
    }
  }

  it('is not asked about what it is below while it has entries', async () => {
    expect(await ask('oak', ['left'])).to.deep.equal([200, { drawers: ['left'] }, 1]);
  });

  it('is empty where that is there', async () => {
    expect(await ask('oak', [])).to.deep.equal([200, { drawers: [] }, 2]);
  });

  it('is refused where that is not there', async () => {
    const refusal = { code: 'DeskNotFound', detail: 'There is no desk elm.' };
    expect(await ask('elm', [])).to.deep.equal([404, refusal, 2]);
  });
});
