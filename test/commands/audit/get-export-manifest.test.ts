import { getExportManifest } from '../../../commands/audit/get-export-manifest.ts';
import { expectRefusal } from '../../support/performed.ts';

describe('getExportManifest', () => {
  it('refuses an export that was never finished', async () => {
    const exportId = '7b0c4a52-51a5-4a2f-8d1e-000000000001';
    await expectRefusal([], getExportManifest, { exportId }, 'ExportNotFound');
  });
});
