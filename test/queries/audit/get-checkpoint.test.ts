import { expect } from 'chai';
import { getCheckpoint } from '../../../queries/audit/get-checkpoint.ts';
import { codeOf } from '../../support/answers.ts';
import { testContext } from '../../support/scenario.ts';

describe('getCheckpoint', () => {
  const input = getCheckpoint.input.parse({});

  it('gives the note, with what witnesses have added', () => {
    const answer = getCheckpoint.respond([{ note: 'a\n\n— a b\n', cosignatures: '— w c\n' }], input, testContext);
    expect(answer).to.include({ mediaType: 'text/plain; charset=utf-8', content: 'a\n\n— a b\n— w c\n' });
  });

  it('refuses where none was signed', () => {
    expect(codeOf(getCheckpoint.respond([], input, testContext))).to.equal('CheckpointMissing');
  });
});
