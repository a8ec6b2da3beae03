import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type ArchiveVerdict, checkArchive } from '../../../../src/cli/audit/check-archive.ts';
import type { Trust } from '../../../../src/domain/audit/export/trust.ts';
import { fileOf } from '../../../support/exports.ts';
import { seeded } from '../../../support/seeded.ts';
import { archivedLines, sealedArchive } from '../../../support/synthetic-archive.ts';
import { syntheticTrust } from '../../../support/synthetic-export.ts';

const count = 40;
const lines = archivedLines(count);

interface Damaged {
  readonly bytes: Buffer;
  /** Entries before the damage; undefined where the place is of no entry. */
  readonly sound?: number;
}

type Damage = (random: (below: number) => number) => Damaged;

describe('the archive of a cleanup that was damaged', function () {
  this.timeout(240_000);
  let trust: Trust;
  let content: Buffer;
  let seal: Buffer;
  let whole: Buffer;

  before(async () => {
    trust = await syntheticTrust();
    ({ content, seal } = await sealedArchive(lines));
    whole = Buffer.concat([content, seal]);
  });

  const verdictOf = (bytes: Uint8Array): Promise<ArchiveVerdict> =>
    checkArchive({ file: fileOf(bytes, 'ndjson.gz'), trust, progress: () => undefined });
  /** As somebody would write it who has the old seal, and no key. */
  const packed = (changed: readonly string[], random: (below: number) => number): Buffer =>
    Buffer.concat([gzipSync(changed.join('')), random(2) === 0 ? seal : Buffer.alloc(0)]);

  const damages: Readonly<Record<string, Damage>> = {
    'a bit of the file': (random) => {
      const bytes = Buffer.from(whole);
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return { bytes };
    },
    'a cut tail': (random) => ({ bytes: whole.subarray(0, random(whole.length)) }),
    'bytes behind it': (random) => ({ bytes: Buffer.concat([whole, Buffer.alloc(1 + random(50), random(256))]) }),
    'a line that is gone': (random) => {
      const at = 1 + random(count);
      return { bytes: packed(lines.toSpliced(at, 1), random) };
    },
    'a line that is gone, counted anew': (random) => {
      const rest = lines.toSpliced(1 + random(count), 1);
      return { bytes: packed(rest.with(-1, `${JSON.stringify({ kind: 'end', entries: count - 1 })}\n`), random) };
    },
    'lines that changed places': (random) => {
      const first = random(count - 1);
      const second = first + 1 + random(count - 1 - first);
      const changed = lines.with(first + 1, lines[second + 1] ?? '').with(second + 1, lines[first + 1] ?? '');
      return { bytes: packed(changed, random), sound: first + 1 };
    },
    'a character of an entry': (random) => {
      const at = random(count);
      const line = lines[at + 1] ?? '';
      const place = line.indexOf('"subject":"') + '"subject":"'.length;
      return { bytes: packed(lines.with(at + 1, `${line.slice(0, place)}x${line.slice(place)}`), random), sound: at };
    },
    'a character of the head': (random) => {
      const [head = ''] = lines;
      const [from, to] = [
        ['P30D', 'P31D'],
        ['2026-01-01', '2025-01-01'],
        ['"name":"all"', '"name":"few"'],
      ][random(3)] as [string, string];
      return { bytes: packed(lines.with(0, head.replace(from, to)), random), sound: count };
    },
  };

  it('is sound before, and is plain gzip for everybody else', async () => {
    const { head, ...verdict } = await verdictOf(whole);
    expect(verdict).to.deep.include({ entries: count });
    expect(verdict.reason).to.equal(undefined);
    expect(head?.checkpoint.size).to.equal(count);
    expect(gunzipSync(whole).toString().split('\n').slice(0, -2).join('\n')).to.equal(lines.join('').trimEnd());
  });

  it('is found out in each of 1,000 mutations, with the entries before the damage', async () => {
    const kinds = Object.entries(damages);
    const missed: string[] = [];
    for (let seed = 0; seed < 1_000; seed++) {
      const [kind = '', damage] = kinds[seed % kinds.length] ?? [];
      const { bytes, sound } = (damage as Damage)(seeded(seed));
      const { entries, reason } = await verdictOf(bytes);
      const told = reason === undefined ? 'nothing' : `${entries} sound entries`;
      if (reason === undefined || (sound ?? entries) !== entries)
        missed.push(`${seed}: ${kind}: ${told}, not ${sound}`);
    }
    expect(missed).to.deep.equal([]);
  });

  it('is not trusted by another’s keys, nor without a seal', async () => {
    const { documents, verifiers } = trust;
    const file = fileOf(whole, 'ndjson.gz');
    const others = await checkArchive({ file, trust: { documents: {}, verifiers }, progress: () => undefined });
    expect(others.reason).to.include('is not among the trusted ones');
    const withoutLog = await checkArchive({ file, trust: { documents, verifiers: [] }, progress: () => undefined });
    expect(withoutLog.reason).to.include('no trusted key');
    expect((await verdictOf(content)).reason).to.equal('it has no seal: its end is gone, or was changed');
    expect((await verdictOf(seal)).reason).to.include('ends before the archive does');
    expect((await verdictOf(Buffer.alloc(0))).reason).to.include('cannot be uncompressed');
  });
});
