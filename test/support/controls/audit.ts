/** A valid request of each endpoint that needs one, for the walk over every route. */
export const examples = {
  'audit.recordExternalEvent': { action: 'invoice.sent' },
};
