import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CannotOpen } from '../../../../infra/event-node/storage/cannot-open.ts';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { temporaryDirectory } from '../support.ts';

/** Of LMDB's two meta pages: where the root of its tables stands, and the number of its commit. */
const metaPages = [0, 4_096];
const rootOffset = 136;
const numberOffset = 152;

describe('event node: the number of the newest commit', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let file: string;
  let whole: Buffer;
  let last: number;
  before(async () => {
    dir = temporaryDirectory();
    file = join(dir.path, 'data', 'events.lmdb');
    const store = EventStore.open(join(dir.path, 'data'));
    for (let n = 0; n < 30; n++) {
      const event = { id: randomUUID(), type: 'Written', contentType: 'application/octet-stream' };
      const events = [{ ...event, data: Buffer.from(`${n}`), metadata: new Uint8Array() }];
      await store.write({ stream: 'one', expected: 'any', kind: 'append', events, isExpired: () => false });
    }
    last = store.durable;
    // As a kill leaves it: the last commit is an append's.
    whole = readFileSync(file);
    await store.close();
  });
  after(() => dir.remove());

  async function opened(bytes: Buffer): Promise<number | string> {
    writeFileSync(file, bytes);
    rmSync(`${file}-lock`, { force: true });
    try {
      const store = EventStore.open(join(dir.path, 'data'));
      const { durable } = store;
      await store.close();
      return durable;
    } catch (error) {
      expect(error).to.be.instanceOf(CannotOpen);
      return (error as Error).message;
    }
  }

  it('is found again', async () => {
    expect(await opened(whole)).to.equal(last);
  });

  it('is not asked for where a write has failed, which leaves the number of an old commit', async () => {
    const numbers = metaPages.map((page) => whole.readBigUInt64LE(page + numberOffset));
    const [first = 0n, second = 0n] = numbers;
    const failed = Buffer.from(whole);
    const newest = first > second ? first : second;
    failed.writeBigUInt64LE(newest - 2n, (metaPages[numbers.indexOf(newest)] ?? 0) + numberOffset);
    expect(await opened(failed)).to.include('restore');
    writeFileSync(`${file}-failed`, '');
    expect(await opened(failed)).to.be.within(1, last - 1);
    expect(existsSync(`${file}-failed`)).to.equal(false);
  });

  for (const page of metaPages) {
    for (const [what, offset, bits] of [
      ['it', numberOffset, 64],
      ['the root beside it', rootOffset, 20],
    ] as const) {
      it(`brings no earlier commit back where a bit of ${what} is flipped, in meta page ${page / 4_096}`, async () => {
        for (let bit = 0; bit < bits; bit++) {
          const flipped = Buffer.from(whole);
          const at = page + offset + (bit >> 3);
          flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
          const found = await opened(flipped);
          if (found !== last) expect(found, `bit ${bit}`).to.include('restore');
        }
      });
    }
  }
});
