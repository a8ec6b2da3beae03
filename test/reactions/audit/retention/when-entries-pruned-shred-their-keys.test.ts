import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { RetentionRun } from '../../../../src/domain/audit/retention/retention-run.ts';
import { contentIn, payloadSeal, sealPayload } from '../../../../src/kernel/payload.ts';
import { whenEntriesPrunedShredTheirKeys } from '../../../../src/reactions/audit/retention/when-entries-pruned-shred-their-keys.ts';
import { shredPayloadKeys } from '../../../../src/workers/audit/retention/shred-payload-keys.ts';
import { write } from '../../../support/events.ts';
import { type Stack, startStack } from '../../../support/stack.ts';

describe('when entries are pruned, shred their keys', () => {
  let stack: Stack;
  before(async () => {
    const reactions = [whenEntriesPrunedShredTheirKeys];
    stack = await startStack({ projections: [], reactions, workers: [shredPayloadKeys] });
  });
  after(() => stack.close());

  it('also those that came back with a backup, and no other', async () => {
    const { log, ports, tenant } = stack;
    const sealed = async () => (await sealPayload(ports.sealer, tenant, { note: 'said' }))?.sealed ?? '';
    const shown = async (text: string) => contentIn(await ports.personal.open(tenant, text));
    const [back, other] = [await sealed(), await sealed()];
    const runId = uuidv4();
    const pruned = { runId, entries: 1, bytes: 1, ranges: [{ first: 0, last: 0 }], upTo: 1 };
    const payloads = { eventIds: [uuidv4()], keyIds: [payloadSeal(back)?.keyId ?? ''] };
    const events = [pruned, { ...pruned, payloads }].map((each) => RetentionRun.events.EntriesPruned(each));
    await write(log, RetentionRun, events, { tenant, id: runId });
    while (Object.keys(await shown(back)).length > 0) await sleep(20);
    expect(await shown(other)).to.deep.equal({ note: 'said' });
  });
});
