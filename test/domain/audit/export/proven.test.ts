import { expect } from 'chai';
import fc from 'fast-check';
import { EntrySchema } from '../../../../src/domain/audit/export/proven.ts';
import { cellOf, textOf } from '../../../../src/domain/audit/export/text.ts';
import { canonicalJson } from '../../../../src/kernel/crypto/canonical-json.ts';
import { canonicalEntry } from '../../../../src/kernel/proof/entry.ts';

const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const count = fc.nat();
const entries = fc.record({
  v: fc.constant(1),
  index: count,
  revision: count,
  actor: fc.record({ type: text, id: text }),
  ...{ tenant: text, eventId: text, type: text, stream: text, position: text, at: text, operation: text },
  ...{ action: text, subject: text, requestId: text, correlationId: text, causationId: text, payload: text },
});

describe('an entry of an export', () => {
  it('is canonical as any value is', () => {
    fc.assert(
      fc.property(entries, (made) => {
        const entry = EntrySchema.parse(made);
        expect(canonicalEntry(entry)).to.equal(canonicalJson(entry));
      }),
    );
  });

  it('has cells that give their text back, on one line', () => {
    fc.assert(
      fc.property(text, (value) => {
        const cell = cellOf(value);
        expect(textOf(cell)).to.equal(value);
        expect(cell.split(/[\r\n\u0085\u2028\u2029]/)).to.have.length(1);
      }),
    );
    const cells = ["'", "''a", '\\', '\\u0041', '\u202e'].map(cellOf);
    expect(cells).to.deep.equal(["''", "'''a", '\\\\', '\\\\u0041', '\\u202e']);
  });
});
