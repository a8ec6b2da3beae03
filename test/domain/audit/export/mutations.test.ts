import { expect } from 'chai';
import type { Verdict } from '../../../../src/cli/audit/check-export.ts';
import { csvHeader, csvLines } from '../../../../src/domain/audit/export/csv.ts';
import { ndjsonLines } from '../../../../src/domain/audit/export/ndjson.ts';
import { type ExportLine, indexOf, tenantOf } from '../../../../src/domain/audit/export/proven.ts';
import type { Trust } from '../../../../src/domain/audit/export/trust.ts';
import { check } from '../../../support/exports.ts';
import { seeded } from '../../../support/seeded.ts';
import {
  rehashedFrom,
  type Synthetic,
  someEntries,
  syntheticBundle,
  syntheticExport,
  syntheticTrust,
} from '../../../support/synthetic-export.ts';

const count = 120;
const entries = someEntries(count, (index) => `secret ${index}, "with" =${index}\r\n\u2028`);

interface Mutation {
  readonly bytes: Buffer;
  /** Index that must be named. */
  readonly from: number;
  readonly damage: string;
}

/** The lines of an export apart: header, entries, and the manifest where it is in the file. */
interface Parts {
  readonly head: string;
  readonly rows: readonly string[];
  readonly tail: string;
}

const bytesOf = ({ head, rows, tail }: Parts): Buffer => Buffer.from(head + rows.join('') + tail);

type Mutate = (parts: Parts, random: (below: number) => number, format: 'csv' | 'ndjson') => Mutation;

const mutations: Readonly<Record<string, Mutate>> = {
  flip: ({ head, rows, tail }, random) => {
    const at = random(count);
    const line = Buffer.from(rows[at] ?? '');
    const place = random(line.length);
    line[place] = (line[place] ?? 0) ^ (1 << random(8));
    const parts = [
      Buffer.from(head + rows.slice(0, at).join('')),
      line,
      Buffer.from(rows.slice(at + 1).join('') + tail),
    ];
    return { bytes: Buffer.concat(parts), from: at, damage: 'changed' };
  },
  delete: (parts, random) => {
    const at = random(count);
    const rows = parts.rows.toSpliced(at, 1);
    return { bytes: bytesOf({ ...parts, rows }), from: at, damage: at === count - 1 ? 'cut tail' : 'missing' };
  },
  swap: (parts, random) => {
    const first = random(count - 1);
    const second = first + 1 + random(count - 1 - first);
    const [one = '', other = ''] = [parts.rows[first], parts.rows[second]];
    const rows = parts.rows.with(first, other).with(second, one);
    return { bytes: bytesOf({ ...parts, rows }), from: first, damage: 'reordered' };
  },
  insert: (parts, random) => {
    const [at, of] = [random(count + 1), random(count)];
    const rows = parts.rows.toSpliced(at, 0, parts.rows[of] ?? '');
    return { bytes: bytesOf({ ...parts, rows }), from: of === at ? at + 1 : at, damage: 'inserted' };
  },
  'cut tail': (parts, random, format) => {
    const kept = random(count);
    const rows = parts.rows.slice(0, kept);
    const tail = random(2) === 0 ? parts.tail : (parts.rows[kept] ?? '').slice(0, 1 + random(20));
    return { bytes: bytesOf({ ...parts, rows, tail: format === 'csv' ? '' : tail }), from: kept, damage: 'cut tail' };
  },
  're-hash': (parts, random, format) => {
    const at = random(count);
    const rehashed = rehashedFrom(entries, at);
    const text = format === 'csv' ? csvLines(rehashed) : ndjsonLines(rehashed);
    return { bytes: bytesOf({ ...parts, rows: text.split(/(?<=\n)/) }), from: at, damage: 're-hashed' };
  },
};

describe('an export that was damaged', function () {
  this.timeout(600_000);
  let trust: Trust;
  const exports = new Map<'csv' | 'ndjson', Synthetic>();

  before(async () => {
    trust = await syntheticTrust();
    for (const format of ['csv', 'ndjson'] as const) exports.set(format, await syntheticExport(entries, format));
  });

  const made = (format: 'csv' | 'ndjson'): Synthetic => exports.get(format) as Synthetic;
  const partsOf = (format: 'csv' | 'ndjson'): Parts => {
    const { lines } = made(format);
    return { head: lines[0] ?? '', rows: lines.slice(1, count + 1), tail: lines.slice(count + 1).join('') };
  };
  const verdictOf = (format: 'csv' | 'ndjson', bytes: Buffer): Promise<Verdict> =>
    check(bytes, trust, format === 'csv' ? { manifest: made(format).manifest } : {});

  it('is sound before', async () => {
    for (const format of ['csv', 'ndjson'] as const) {
      const { lines } = made(format);
      expect(await verdictOf(format, Buffer.from(lines.join('')))).to.deep.include({
        entries: count,
        finding: undefined,
      });
    }
    expect(made('csv').lines[0]).to.equal(csvHeader);
  });

  it('is found out in each of 1,000 mutations of each format, with the place and the kind of damage', async () => {
    const kinds = Object.entries(mutations);
    const formats = ['csv', 'ndjson', 'pdf'] as const;
    const missed: string[] = [];
    for (let seed = 0; seed < 1_000 * formats.length; seed++) {
      const [kind = '', mutate] = kinds[seed % kinds.length] ?? [];
      const format = formats[Math.floor(seed / kinds.length) % 3] ?? 'csv';
      const lines = format === 'ndjson' ? 'ndjson' : 'csv';
      const { bytes, damage, from } = (mutate as Mutate)(partsOf(lines), seeded(seed), lines);
      const { finding } =
        format === 'pdf'
          ? await check(await syntheticBundle(bytes, made('csv').manifest), trust)
          : await verdictOf(format, bytes);
      const told = `${finding?.damage} at ${finding?.from}`;
      if (told !== `${damage} at ${from}`)
        missed.push(`${seed}: ${kind} of ${format}: ${told}, not ${damage} at ${from}`);
    }
    expect(missed).to.deep.equal([]);
  });

  it('is found out where the manifest or the header is damaged', async () => {
    const { head, rows, tail } = partsOf('ndjson');
    const random = seeded(7);
    const flipped = (text: string): string => {
      const at = random(text.length - 2);
      const other = text[at] === 'A' ? 'B' : 'A';
      return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
    };
    for (let round = 0; round < 60; round++) {
      const manifest = await verdictOf('ndjson', bytesOf({ head, rows, tail: flipped(tail) }));
      expect(manifest.finding?.damage, manifest.finding?.detail).to.be.oneOf(['changed', 'cut tail']);
      const header = await verdictOf('ndjson', bytesOf({ head: flipped(head), rows, tail }));
      expect(header.finding).to.include({ damage: 'changed', detail: 'the first line is not the header' });
    }
  });

  it('is found out where a PDF is damaged anywhere', async () => {
    const whole = await syntheticBundle(Buffer.from(made('csv').lines.join('')), made('csv').manifest);
    expect(await check(whole, trust)).to.deep.include({ entries: count, finding: undefined });
    const random = seeded(11);
    for (let round = 0; round < 300; round++) {
      const at = random(whole.length);
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const { finding } = await check(bytes, trust);
      const allowed = /startxref\n\d+\n%%EOF\n$/.test(bytes.toString('latin1')) ? ['changed'] : ['changed', 'cut tail'];
      expect(finding?.damage, `a bit of byte ${at}: ${finding?.detail}`).to.be.oneOf(allowed);
      const cut = await check(whole.subarray(0, at), trust);
      expect(cut.finding?.damage, `cut at byte ${at}: ${cut.finding?.detail}`).to.be.oneOf(['changed', 'cut tail']);
    }
  });

  it('has the place named to a segment where it is long', async () => {
    const long = someEntries(3_000);
    const { lines, manifest } = await syntheticExport(long, 'csv');
    expect(manifest.document.segments).to.include({ length: 4 });
    const { finding } = await check(lines[0] + csvLines(rehashedFrom(long, 1_501)), trust, { manifest });
    expect(finding).to.include({ damage: 're-hashed', from: 1_500, to: 1_503 });
    const { finding: none } = await check(lines.join(''), trust, { manifest });
    expect(none).to.equal(undefined);
  });

  it('has entries that retention has taken, and none that only looks so', async () => {
    const pruned = (line: ExportLine): ExportLine => {
      const { chain, leaf } = line;
      return { tenant: tenantOf(line), index: indexOf(line), leaf, chain };
    };
    const some = entries.map((entry, index) => (index % 7 === 3 ? pruned(entry) : entry));
    for (const [format, written] of [
      ['csv', csvLines],
      ['ndjson', ndjsonLines],
    ] as const) {
      const { lines, manifest } = await syntheticExport(some, format);
      const against = format === 'csv' ? { manifest } : {};
      expect(await check(lines.join(''), trust, against)).to.deep.include({ entries: count, finding: undefined });
      const hidden = some.map((entry, index) => (index === 50 ? pruned(entry) : entry));
      const text = lines[0] + written(hidden) + lines.slice(count + 1).join('');
      expect((await check(text, trust, against)).finding).to.include({ from: 50 });
    }
  });

  it('is not trusted by another’s keys', async () => {
    const others = { documents: {}, verifiers: trust.verifiers };
    const { finding } = await check(made('ndjson').lines.join(''), others);
    expect(finding?.detail).to.include('is not among the trusted ones');
    const withoutLog = { documents: trust.documents, verifiers: [] };
    expect((await check(made('ndjson').lines.join(''), withoutLog)).finding?.detail).to.include('no trusted key');
  });
});
