import { expect } from 'chai';
import { auditCheckpoints } from '../../../projections/audit/audit-checkpoints.ts';
import { getCheckpoint } from '../../../queries/audit/get-checkpoint.ts';
import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { signedHead } from '../../support/controls/checkpoints.ts';
import { type ReadModel, readModel } from '../../support/read-model.ts';
import { testTree } from '../../support/trees.ts';

const origin = 'keyledger.example/audit/acme';
const head = (size: number) => signedHead({ origin, size, root: testTree(size).root });
const cosigned = (size: number, ...signatures: readonly string[]) =>
  Checkpoint.events.Cosigned({ size, root: testTree(size).root.toString('base64'), signatures: [...signatures] });

describe('audit_checkpoints', () => {
  let model: ReadModel;
  before(async () => {
    const events = [head(5), cosigned(5, '— w1 AAAA\n', '— w2 BBBB\n'), cosigned(5, '— w1 AAAA\n'), head(7)];
    model = await readModel(
      [auditCheckpoints],
      [
        ...events.map((event) => ({ id: 'log', event })),
        { id: 'logs', event: head(9) },
        { id: 'log', event: head(3), tenant: 'globex' },
      ],
    );
  });
  after(() => model.close());

  it('gives the newest head of a tree, or that of a size with its cosignatures, each once', async () => {
    const [five, seven] = (await model.rows('audit_checkpoints')).filter(({ tree }) => tree === 'log');
    expect(await model.ask(getCheckpoint, {})).to.include({ content: seven?.['note'] });
    const older = await model.ask(getCheckpoint, { size: '5' });
    expect(older).to.include({ content: `${String(five?.['note'])}— w1 AAAA\n— w2 BBBB\n` });
    expect(await model.ask(getCheckpoint, { size: '3' })).to.include({ code: 'CheckpointMissing' });
  });
});
