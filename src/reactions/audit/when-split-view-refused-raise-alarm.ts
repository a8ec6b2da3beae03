import { raiseSplitViewAlarm } from '../../../commands/audit/raise-split-view-alarm.ts';
import { dispatch, reaction } from '../../kernel/reaction.ts';
import { Request } from '../../kernel/request.ts';
import { when } from '../../kernel/when.ts';

export const whenSplitViewRefusedRaiseAlarm = reaction({
  name: 'when-split-view-refused-raise-alarm',
  on: when(Request, {
    Refused: ({ code, details, operation }) =>
      operation === 'audit.addCosignature' && code === 'SplitView'
        ? [dispatch(raiseSplitViewAlarm, { checkpoint: details?.['checkpoint'], tree: details?.['tree'] })]
        : [],
  }),
});
