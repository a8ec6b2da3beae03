import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { z } from 'zod';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import { command } from '../../../src/kernel/command.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { Answer } from '../../../src/kernel/pipeline/answer.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { requestInfo, testPipeline } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

const Thing = aggregate({
  name: 'test.Thing',
  events: { Grown: z.object({}) },
  initial: (): { readonly size: number } => ({ size: 0 }),
  evolve: { Grown: ({ size }) => ({ size: size + 1 }) },
});

const grow = command({
  name: 'test.grow',
  summary: 'Makes or grows',
  input: z.strictObject({ id: z.string(), only: z.int().optional() }),
  output: z.object({ size: z.int() }),
  controls: { effect: 'create', permission: 'test.grow', audit: { action: 'test.grow', subject: ({ id }) => id } },
  aggregate: Thing,
  stream: ({ id }) => id,
  rejections: { OtherSize: 409 },
  decide: ({ size }, { only }) =>
    only === undefined || only === size ? [Thing.events.Grown({})] : reject('OtherSize'),
  respond: ({ size }) => ({ size }),
});

const alice = { scheme: 'bearer', value: 'acme/alice/test.*' } as const;

/** A log that says which streams were read. */
function watched(url: string): { readonly log: EventLog; readonly reads: string[] } {
  const inner = connectEventLog(url);
  const reads: string[] = [];
  const readStream: EventLog['readStream'] = (stream, options) => {
    reads.push(stream);
    return inner.readStream(stream, options);
  };
  return { reads, log: { ...inner, readStream } };
}

describe('commands that create', () => {
  let kit: ReturnType<typeof testPipeline>;
  let other: ReturnType<typeof testPipeline>;
  let reads: string[];
  before(async function () {
    this.timeout(30_000);
    const { url } = await sharedStores().eventNode();
    const here = watched(url);
    reads = here.reads;
    kit = testPipeline(url, { log: here.log });
    other = testPipeline(url);
    for (let n = 0; n < 40; n++) await run({ id: uuid() });
  });
  after(async () => {
    await kit.close();
    await other.close();
  });

  const run = (input: object, pipeline = kit.pipeline): Promise<Answer> =>
    pipeline.execute(grow, input, alice, requestInfo());

  it('do not read streams that are new, once most of them were', async () => {
    reads.length = 0;
    const answers = await Promise.all(Array.from({ length: 10 }, () => run({ id: uuid() })));
    expect(answers.map(({ body }) => body)).to.deep.equal(Array.from({ length: 10 }, () => ({ size: 1 })));
    expect(reads).to.deep.equal([]);
  });

  it('are right about one that is there nevertheless', async () => {
    const [plain, asked, wrong] = [uuid(), uuid(), uuid()];
    for (const id of [plain, asked, wrong]) await run({ id }, other.pipeline);
    expect((await run({ id: plain })).body).to.deep.equal({ size: 2 });
    expect((await run({ id: asked, only: 1 })).body).to.deep.equal({ size: 2 });
    expect((await run({ id: wrong, only: 0 })).rejection?.code).to.equal('OtherSize');
  });
});
