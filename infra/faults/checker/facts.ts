import type { LogEvent } from '../../../src/kernel/log.ts';
import type { History } from './records.ts';

export const added = 'vault.Secret.VersionAdded';
export const destroyed = 'vault.Secret.VersionDestroyed';
export const certified = 'vault.Secret.DestructionRecorded';

/** The meter of what the load writes, and the units of one write. */
export const meter = 'vault.secret_versions';
export const unitsOfWrite = 1;

/** What every write of a mark has as its value. */
export function valueFor(mark: string): string {
  return `value of ${mark}`;
}

/** The mark a client has given to what an event tells of. */
export function markOf({ data, type }: LogEvent): string | undefined {
  const { metadata, reason } = data as { metadata?: { custom?: { mark?: string } }; reason?: string };
  if (type === added) return metadata?.custom?.mark;
  return type === destroyed ? reason : undefined;
}

export function versionOf({ data }: LogEvent): number {
  return Number(data['version']);
}

/** The tenant a stream `<ctx>.<Aggregate>-<tenant>.<id>` belongs to. */
export function tenantOf(stream: string): string {
  const rest = stream.slice(stream.indexOf('-') + 1);
  return rest.slice(0, rest.indexOf('.'));
}

export function secretStream(tenant: string, secretId: string): string {
  return `vault.Secret-${tenant}.${secretId}`;
}

/** Groups in the order of first appearance. */
export function groupBy<T>(items: Iterable<T>, key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

/** The history of some tenants alone. */
export function ofTenants(history: History, tenants: ReadonlySet<string>): History {
  const mine = ({ tenant }: { readonly tenant: string }): boolean => tenants.has(tenant);
  const { deliveries, final, limits, requests, subscribed } = history;
  return {
    ...history,
    requests: requests.filter(mine),
    deliveries: deliveries.filter(mine),
    limits: limits.filter(mine),
    subscribed: subscribed.filter((tenant) => tenants.has(tenant)),
    final: {
      events: final.events.filter(({ stream }) => tenants.has(tenantOf(stream))),
      tables: final.tables.filter(mine),
      usage: final.usage.filter(mine),
      entries: final.entries.filter(mine),
    },
  };
}
