import { added, certified, destroyed, groupBy, tenantOf, versionOf } from './facts.ts';
import type { Check, DeliveryRecord, Violation } from './records.ts';

/** Each destroyed version had its key shredded and was certified once; nothing else was. */
export const effectsOnce: Check = ({ final }) => {
  const key = (stream: string, version: number): string => `${stream}, version ${version}`;
  const keyOf = (event: (typeof final.events)[number]): string => key(event.stream, versionOf(event));
  const causes = groupBy(
    final.events.filter(({ type }) => type === destroyed),
    keyOf,
  );
  const effects = groupBy(
    final.events.filter(({ type }) => type === certified),
    keyOf,
  );
  const found: Violation[] = [];
  for (const [about, [cause]] of causes) {
    const times = effects.get(about)?.length ?? 0;
    if (times === 1 || cause === undefined) continue;
    const detail = `the destruction of ${about} was certified ${times} times`;
    found.push({ check: 'effects-once', tenant: tenantOf(cause.stream), detail });
  }
  for (const [about, [effect]] of effects) {
    if (causes.has(about) || effect === undefined) continue;
    const detail = `${about} was certified, and never destroyed`;
    found.push({ check: 'effects-once', tenant: tenantOf(effect.stream), detail });
  }
  return found;
};

const deliveredTypes: ReadonlySet<string> = new Set([added, destroyed, certified]);

/** Each event of a subscription was delivered under one id: once, or again under the same id where something had been broken. */
export const deliveriesOnce: Check = ({ deliveries, disturbed, final, subscribed }) => {
  const tenants = new Set(subscribed);
  const wanted = new Map(
    final.events
      .filter(({ stream, type }) => deliveredTypes.has(type) && tenants.has(tenantOf(stream)))
      .map(({ revision, stream }) => [`${stream}@${revision}`, tenantOf(stream)]),
  );
  const taken = groupBy(deliveries, ({ about }) => about);
  const strangers = [...taken].flatMap(([about, [one]]) =>
    wanted.has(about) || one === undefined ? [] : [found(one.tenant, `${about} was delivered, and is not on the log`)],
  );
  const wrong = [...wanted].flatMap(([about, tenant]) => {
    const detail = wrongIn(taken.get(about) ?? [], disturbed);
    return detail === undefined ? [] : [found(tenant, `${about} was delivered ${detail}`)];
  });
  return [...wrong, ...strangers];
};

function wrongIn(received: readonly DeliveryRecord[], disturbed: boolean): string | undefined {
  const ids = new Set(received.map(({ id }) => id)).size;
  if (ids > 1) return `under ${ids} ids`;
  const once = disturbed ? received.length > 0 : received.length === 1;
  return once ? undefined : `${received.length} times`;
}

function found(tenant: string, detail: string): Violation {
  return { check: 'deliveries-once', tenant, detail };
}
