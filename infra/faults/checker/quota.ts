import type { LogEvent } from '../../../src/kernel/log.ts';
import { added, groupBy, meter, tenantOf, unitsOfWrite } from './facts.ts';
import type { Check, History, RequestRecord, Violation } from './records.ts';

/** The units on the log are those of the writes on it, the read model has the same sum, and no limit is passed. */
export const quotaSums: Check = ({ final, limits, slack }) => {
  const byTenant = groupBy(final.events, ({ stream }) => tenantOf(stream));
  return [...byTenant].flatMap(([tenant, events]) => {
    const writes = events.filter(({ type }) => type === added).length * unitsOfWrite;
    const metered = events.reduce((sum, event) => sum + unitsIn(event), 0);
    const told = final.usage.find((each) => each.tenant === tenant && each.meter === meter)?.units ?? 0;
    const limit = limits.find((each) => each.tenant === tenant && each.meter === meter)?.units;
    const found: Violation[] = [];
    const tell = (detail: string): void => void found.push({ check: 'quota-sums', tenant, detail });
    if (metered !== writes) tell(`${writes} units were written, and ${metered} were metered`);
    if (told !== metered) tell(`${metered} units were metered, and the read model has ${told}`);
    if (limit !== undefined && writes > limit + slack) tell(`${writes} units were written, where ${limit} are allowed`);
    return found;
  });
};

function unitsIn({ metadata }: LogEvent): number {
  return metadata['meter'] === meter ? Number(metadata['units'] ?? 0) : 0;
}

/** Who was refused for the quota: by then enough had been used, or was being asked for, to use it up. */
export const quotaRefusals: Check = ({ limits, requests }: History) =>
  limits.flatMap(({ tenant, units }) => {
    const writes = requests.filter((request) => request.tenant === tenant && request.asked.kind === 'write');
    const refused = writes.filter(({ code }) => code === 'QuotaExceeded');
    return refused.flatMap((refusal) => {
      const possible = new Set(writes.filter((other) => mayHold(other, refusal)).map(markIn)).size * unitsOfWrite;
      if (possible + unitsOfWrite > units) return [];
      const detail = `a write was refused for the quota when at most ${possible} of ${units} units were used`;
      return [{ check: 'quota-refusals', tenant, detail }];
    });
  });

/** Whether a request can have held units at the time of another: it was begun by then, and did not end refused before. */
function mayHold(other: RequestRecord, refusal: RequestRecord): boolean {
  if (other === refusal || other.begunAt > refusal.endedAt) return false;
  return other.outcome !== 'refused' || other.endedAt >= refusal.begunAt;
}

const markIn = ({ asked }: RequestRecord): string => ('mark' in asked ? asked.mark : '');
