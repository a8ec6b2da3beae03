import { expect } from 'chai';
import { exportEntries } from '../../../commands/audit/export-entries.ts';
import type { Ports } from '../../../src/kernel/ports.ts';
import { checkpointText } from '../../../src/kernel/proof/checkpoint.ts';
import { formatNote } from '../../../src/kernel/proof/signed-note.ts';
import { isRejection } from '../../../src/kernel/rejection.ts';
import { testContext } from '../../support/scenario.ts';

const size = 100_001;
const text = checkpointText({ origin: 'log.example', size, root: Buffer.alloc(32) });
const signatures = [{ name: 'log.example', keyId: Buffer.alloc(4), signature: Buffer.alloc(64) }];

/** A log of one entry more than a PDF takes. */
const ports = {
  checkpointNow: async () => ({ size, root: '', note: formatNote({ text, signatures }) }),
  read: async () => [{ first: 0, last: size - 1 }],
} as unknown as Ports;

describe('exportEntries', () => {
  it('refuses a PDF that would not fit into memory, and says what to do', async () => {
    const principal = { ...testContext, credentialId: undefined };
    const input = exportEntries.input.parse({ format: 'pdf' });
    const refused = await exportEntries.perform({}, input, { ...testContext, ports, principal });
    expect(isRejection(refused) && refused.code).to.equal('ExportTooLarge');
    expect(isRejection(refused) && refused.detail).to.include('since and until');
  });
});
