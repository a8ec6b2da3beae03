import { type ExportLine, indexOf, MalformedExport } from './proven.ts';
import { EntryWalk, signedLeaf, type WalkStart } from './walk.ts';

/** The ways an export can be damaged. */
export const damages = ['changed', 'missing', 'inserted', 'reordered', 'cut tail', 're-hashed'] as const;
export type Damage = (typeof damages)[number];

/** The first thing that is wrong with an export. */
export interface Finding {
  readonly damage: Damage;
  /** Index of the first entry it is about; undefined for the manifest or the file as a whole. */
  readonly from?: number | undefined;
  /** Index of the last one. */
  readonly to?: number | undefined;
  readonly detail: string;
}

/** What a manifest vouches for. */
export interface Vouched {
  /** Index behind the last entry. */
  readonly size: number;
  readonly segments: { readonly length: number; readonly roots: readonly Buffer[] };
}

/** A head of the same tree that was kept elsewhere. */
export interface OutsideHead {
  readonly size: number;
  readonly root: Buffer;
}

/** A line as it was read: an entry, or why it is none. */
export type ReadLine = ExportLine | MalformedExport;

/** Looks through the lines of an export in bounded memory, and tells the first damage by what follows it. */
export class ExportCheck {
  readonly #walk: EntryWalk;
  readonly #start: number;
  readonly #vouched: Vouched | undefined;
  readonly #outside: OutsideHead | undefined;
  #suspect: { readonly line: ReadLine; readonly why: string } | undefined;
  #finding: Finding | undefined;
  /** Index of an entry that came early; if it comes again, what came early was put in. */
  #early = -1;

  constructor(start: WalkStart, against: { readonly vouched?: Vouched; readonly outside?: OutsideHead }) {
    this.#walk = new EntryWalk(start, against.vouched?.segments.length ?? 1);
    this.#start = start.frontier.size;
    this.#vouched = against.vouched;
    this.#outside = against.outside;
    this.#compareOutside();
  }

  /** Entries that are sound so far. */
  get checked(): number {
    return this.#walk.next - this.#start;
  }

  get chain(): Buffer {
    return this.#walk.chain;
  }

  get root(): Buffer {
    return this.#walk.root;
  }

  /** Takes the next line. Whether more can be learned. */
  take(line: ReadLine): boolean {
    if (this.#early >= 0) return this.#lookAgain(line);
    if (this.#finding !== undefined) return false;
    if (this.#suspect !== undefined) return this.#look(line, this.#suspect.line);
    const why = this.#wrong(line);
    if (why === undefined) this.#pass(line as ExportLine);
    else this.#suspect = { line, why };
    return true;
  }

  /** The first damage, after the last line. */
  end(): Finding | undefined {
    if (this.#finding !== undefined) return this.#finding;
    if (this.#suspect !== undefined) return this.#without(this.#suspect);
    const last = this.#walk.segments.end();
    if (last !== undefined) this.#compareSegment(last);
    if (this.#finding !== undefined) return this.#finding;
    const { next } = this.#walk;
    const size = Math.max(this.#vouched?.size ?? 0, this.#outside?.size ?? 0);
    if (next >= size) return undefined;
    const by = next < (this.#vouched?.size ?? 0) ? 'the manifest' : 'the outside checkpoint';
    return { damage: 'cut tail', from: next, to: size - 1, detail: `${by} tells of ${size} entries` };
  }

  #wrong(line: ReadLine): string | undefined {
    if (line instanceof MalformedExport) return line.message;
    if (this.#vouched !== undefined && this.#walk.next >= this.#vouched.size) return 'it is behind the last entry';
    const fit = this.#walk.fit(line);
    if (fit !== 'fits') return fit;
    const { segments } = this.#vouched ?? {};
    const expected = segments?.length === 1 ? segments.roots[this.checked] : undefined;
    return expected === undefined || expected.equals(signedLeaf(line)) ? undefined : 'not the leaf that was signed';
  }

  #pass(line: ExportLine): void {
    const segment = this.#walk.pass(line);
    if (segment !== undefined) this.#compareSegment(segment);
    this.#compareOutside();
  }

  #compareSegment({ place, root }: { readonly place: number; readonly root: Buffer }): void {
    if (this.#vouched === undefined) return;
    const { length, roots } = this.#vouched.segments;
    if (roots[place]?.equals(root) === true) return;
    const from = this.#start + place * length;
    const to = Math.min(from + length, this.#walk.next) - 1;
    this.#finding = {
      damage: 're-hashed',
      from,
      to,
      detail: 'the entries agree with each other and not with the manifest',
    };
  }

  #compareOutside(): void {
    const { root, size } = this.#outside ?? { size: -1 };
    if (size !== this.#walk.next || size === 0 || root?.equals(this.#walk.root) === true) return;
    const detail = 'the entries agree with each other and not with the outside checkpoint';
    this.#finding ??= { damage: 're-hashed', from: this.#start, to: size - 1, detail };
  }

  /** Looks for the entry that should have come: whether it follows tells what became of it. */
  #look(line: ReadLine, suspect: ReadLine): boolean {
    if (this.#wrong(line) !== undefined) return true;
    const from = this.#walk.next;
    const moved = !(suspect instanceof MalformedExport) && indexOf(suspect) > from && this.#isOwn(suspect);
    if (!moved) {
      this.#finding = {
        damage: 'inserted',
        from,
        to: from,
        detail: 'something stands before it that does not belong there',
      };
      return false;
    }
    this.#early = indexOf(suspect);
    const detail = `entry ${this.#early} stands before it`;
    this.#finding = { damage: 'reordered', from, to: this.#early, detail };
    return true;
  }

  #lookAgain(line: ReadLine): boolean {
    if (line instanceof MalformedExport || indexOf(line) !== this.#early || this.#finding === undefined) return true;
    const { detail, from } = this.#finding;
    this.#finding = { damage: 'inserted', from, to: from, detail: `${detail}, and once more in its place` };
    this.#early = -1;
    return false;
  }

  /** Of what should have come, nothing came. */
  #without({ line, why }: { readonly line: ReadLine; readonly why: string }): Finding {
    const from = this.#walk.next;
    const size = this.#vouched?.size ?? Number.POSITIVE_INFINITY;
    if (from >= size) return { damage: 'inserted', from, to: from, detail: 'it stands behind the last entry' };
    if (line instanceof MalformedExport) return { damage: 'changed', from, to: from, detail: why };
    const index = indexOf(line);
    if (index > from && this.#isOwn(line)) {
      return { damage: 'missing', from, to: index - 1, detail: `entry ${index} comes next` };
    }
    if (index < from && this.#isOwn(line)) {
      return { damage: 'inserted', from, to: from, detail: `entry ${index} stands here again` };
    }
    if (why === 'not the leaf that was signed') {
      return { damage: 're-hashed', from, to: from, detail: 'it agrees with those before and not with the manifest' };
    }
    return { damage: 'changed', from, to: from, detail: why };
  }

  #isOwn(line: ExportLine): boolean {
    const fit = this.#walk.fit(line);
    return fit === 'another place';
  }
}
