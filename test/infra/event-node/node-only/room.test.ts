import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { fileLength } from '../../../../infra/event-node/storage/length.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { temporaryDirectory } from '../support.ts';

const MiB = 1_048_576;

describe('event node: room in the file', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    dir = temporaryDirectory();
  });
  afterEach(() => dir.remove());

  it('is there before pages need it, and does not grow without need', async () => {
    const data = join(dir.path, 'data');
    const store = EventStore.open(data);
    let [before, grown] = [0, 0];
    for (let n = 0; n < 400; n++) {
      const event = { id: randomUUID(), type: 'Written', contentType: 'application/octet-stream' };
      const events = [{ ...event, data: Buffer.alloc(10_000, n), metadata: new Uint8Array() }];
      await store.write({ stream: 'one', expected: 'any', kind: 'append', events, isExpired: () => false });
      const length = fileLength(join(data, 'events.lmdb'));
      const room = (length?.is ?? 0) - (length?.shouldBe ?? 0);
      expect(room).to.be.within(1, 2 * MiB);
      if (length?.is !== before) grown++;
      before = length?.is ?? 0;
    }
    expect(before).to.be.greaterThan(4 * MiB);
    expect(grown).to.be.within(4, 7);
    await store.close();
    expect(await verify(data)).to.include({ events: 400, wrongEntries: 0 });
  });
});
