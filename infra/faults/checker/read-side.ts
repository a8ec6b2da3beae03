import { leafHash } from '../../../src/kernel/crypto/merkle.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { chainNext, chainOrigin, chainStart, entryOf, leafData, tenantOf } from '../../../src/kernel/proof/entry.ts';
import { groupBy } from './facts.ts';
import type { ChainedEntry, Check, Violation } from './records.ts';

/** The tables hold, byte for byte, what a replay of the log makes. */
export const readModels: Check = ({ final }) =>
  final.tables
    .filter(({ live, replayed }) => live !== replayed)
    .map(({ live, replayed, table, tenant }) => ({
      check: 'read-models',
      tenant,
      detail: `${table} has ${live.slice(0, 16)}, and a replay of the log ${replayed.slice(0, 16)}`,
    }));

/** Each tenant's audit has every event of the log, in its order, each hashed into the one before. Computed anew from the log. */
export const auditChain: Check = ({ final }) => {
  const entries = groupBy(final.entries, ({ tenant }) => tenant);
  const events = groupBy(final.events, tenantOf);
  const tenants = new Set([...events.keys(), ...entries.keys()]);
  return [...tenants].flatMap((tenant) => {
    const detail = firstBreak(tenant, events.get(tenant) ?? [], entries.get(tenant) ?? []);
    return detail === undefined ? [] : [{ check: 'audit-chain', tenant, detail } satisfies Violation];
  });
};

function firstBreak(tenant: string, events: readonly LogEvent[], entries: readonly ChainedEntry[]): string | undefined {
  let chain = chainStart(chainOrigin(tenant));
  for (const [index, event] of events.entries()) {
    const entry = entries[index];
    if (entry === undefined) return `there is no entry ${index}, for ${event.type} at ${event.position}`;
    if (entry.index !== index) return `entry ${entry.index} stands where ${index} follows`;
    if (entry.eventId !== event.id) return `entry ${index} is not of ${event.type} at ${event.position}`;
    const leaf = leafHash(leafData(entryOf(index, event)));
    if (entry.leaf !== leaf.toString('hex')) return `entry ${index} does not have the hash of its event`;
    chain = chainNext(chain, leaf);
    if (entry.chain !== chain.toString('hex')) return `the chain breaks at entry ${index}`;
  }
  return entries.length > events.length ? `there are ${entries.length - events.length} entries too many` : undefined;
}
