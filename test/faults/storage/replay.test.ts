import { expect } from 'chai';
import { chanceOf } from '../../../infra/faults/random.ts';
import { BlindRecord, type Operation } from '../../../infra/faults/storage/history.ts';
import { cutPower } from '../../../infra/faults/storage/power-cut.ts';
import { Recorder } from '../../../infra/faults/storage/record.ts';
import { imageAfter, proveWhole } from '../../../infra/faults/storage/replay.ts';

const write = (offset: number, text: string, length: number, durable = false): Operation => ({
  kind: 'write',
  file: 0,
  offset,
  bytes: Buffer.alloc(length, text),
  durable,
});
const named: Operation = { kind: 'name', name: 'data', file: 0 };

describe('power cuts: what a disk may hold', () => {
  /** Every content that some seed leaves, as runs of letters by sector. */
  function outcomes(operations: readonly Operation[], seeds = 400): ReadonlySet<string> {
    const found = new Set<string>();
    for (let seed = 0; seed < seeds; seed++) {
      const bytes = cutPower(operations, chanceOf(seed)).image?.get('data') ?? Buffer.alloc(0);
      const sectors = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, n) =>
        bytes.toString('latin1', n * 512, n * 512 + 1),
      );
      found.add(sectors.join('').replaceAll('\0', '.'));
    }
    return found;
  }

  it('is every mixture of sectors of what was not synced, and all of what was', () => {
    const synced: Operation[] = [named, { kind: 'sync-names' }, write(0, 'a', 1_024), { kind: 'sync', file: 0 }];
    const found = outcomes([...synced, write(0, 'b', 1_024), { kind: 'mark', text: '' }]);
    for (const outcome of ['aa', 'ab', 'ba', 'bb']) expect(found).to.include(outcome);
  });

  it('may hold a later write without an earlier one, and never what was not written', () => {
    const found = outcomes([named, { kind: 'sync-names' }, write(0, 'a', 512), write(512, 'b', 512)]);
    expect(found).to.include('.b');
    for (const outcome of found) expect(outcome).to.match(/^[a.]?[b.]?$/);
  });

  it('holds what was written through, and not for its sake what was written before', () => {
    const operations: Operation[] = [named, { kind: 'sync-names' }, write(0, 'a', 512), write(512, 'm', 512, true)];
    const found = outcomes([...operations, { kind: 'mark', text: '' }]);
    expect(found).to.include('.m');
    expect(found).to.include('am');
  });

  it('has a name only once its directory is synced', () => {
    expect(outcomes([named, write(0, 'a', 512), { kind: 'sync', file: 0 }, { kind: 'mark', text: '' }])).to.include('');
  });

  it('is refused where the record is not whole, or a file is written through a mapping', () => {
    const image = imageAfter([named, write(0, 'a', 512)]);
    expect(() => proveWhole(image, new Map([['data', Buffer.alloc(512, 'b')]]))).to.throw(BlindRecord);
    const hex = (text: string): string => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');
    const calls = [
      `7 openat(AT_FDCWD<${hex('/tmp')}>, "${hex('/tmp/log/data')}", O_RDWR|O_CREAT, 0600) = 5<${hex('/tmp/log/data')}>`,
      `7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5<${hex('/tmp/log/data')}>, 0) = 0x7f0000000000`,
    ];
    expect(() => new Recorder('/tmp/log', '/tmp/marks').read(calls.join('\n'))).to.throw(BlindRecord, 'mapped');
  });

  it('is read from calls that others interrupted, by what they wrote, and not from those that failed', () => {
    const hex = (text: string): string => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');
    const path = hex('/tmp/log/data');
    const calls = [
      `7 openat(AT_FDCWD<${hex('/tmp')}>, "${path}", O_WRONLY|O_CREAT|O_DSYNC, 0600) = 5<${path}>`,
      `7 pwrite64(5<${path}>, "${hex('abcd')}", 4, 8 <unfinished ...>`,
      `8 write(6<${hex('/tmp/marks')}>, "${hex('{}')}", 2) = 2`,
      '7 <... pwrite64 resumed>) = 3',
      `7 fdatasync(5<${path}>) = -1 EIO (Input/output error) (INJECTED)`,
    ];
    const operations = new Recorder('/tmp/log', '/tmp/marks').read(calls.join('\n'));
    expect(operations).to.deep.equal([
      { kind: 'name', name: 'data', file: 0 },
      { kind: 'mark', text: '{}' },
      { kind: 'write', file: 0, offset: 8, bytes: Buffer.from('abc'), durable: true },
    ]);
  });
});
