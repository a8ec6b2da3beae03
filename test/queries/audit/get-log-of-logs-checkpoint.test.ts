import { expect } from 'chai';
import { getLogOfLogsCheckpoint } from '../../../queries/audit/get-log-of-logs-checkpoint.ts';
import { askOperation } from '../../support/answers.ts';

describe('getLogOfLogsCheckpoint', () => {
  it('gives the newest head, whoever asks', async () => {
    const answer = await askOperation(getLogOfLogsCheckpoint, {}, [[{ note: 'note', cosignatures: '' }]]);
    expect(answer).to.include({ content: 'note' });
  });

  it('refuses where none was signed', async () => {
    expect(await askOperation(getLogOfLogsCheckpoint, {}, [[]])).to.equal('CheckpointMissing');
  });
});
