/** A valid request of each endpoint that needs one, for the walk over every route. */
export const examples = {
  'audit.addCosignature': { checkpoint: 'a note' },
  'audit.getConsistencyProof': { first: '1', second: '2' },
  'audit.getEntryBundle': { index: 'x999/999' },
  'audit.getInclusionProof': { index: '999999999' },
  'audit.getTile': { level: '6', index: '999' },
  'audit.registerWitness': { vkey: 'a key' },
  'audit.removeWitness': { keyId: '00000000' },
  'audit.getExportManifest': { exportId: '0e0e0e0e-0000-4000-8000-000000000009' },
  'audit.recordExternalEvent': { action: 'invoice.sent' },
};
