import { expect } from 'chai';
import { downloadArchive } from '../../../../queries/audit/retention/download-archive.ts';
import type { Ports } from '../../../../src/kernel/ports.ts';
import type { Row } from '../../../../src/kernel/query.ts';
import { runId } from '../../../support/controls/audit-retention.ts';
import { testContext } from '../../../support/scenario.ts';

describe('downloadArchive', () => {
  it('refuses a cleanup without an archive, and one whose file is not here', async () => {
    const answers: readonly (readonly Row[])[] = [[], [{ archive_file: null }], [{ archive_file: 'cold-1.ndjson.gz' }]];
    for (const rows of answers) {
      const ports = { read: async () => rows, archive: { open: async () => undefined } } as unknown as Ports;
      const principal = { ...testContext, credentialId: undefined };
      const answer = await downloadArchive.perform(
        undefined as never,
        { executionId: runId },
        { ...testContext, ports, principal },
      );
      expect(answer).to.include({ code: 'ArchiveNotFound' });
    }
  });
});
