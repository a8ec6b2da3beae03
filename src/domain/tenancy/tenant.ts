import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';
import { TenantId } from './names.ts';

const tenantId = TenantId;

export interface TenantState {
  readonly status: 'absent' | 'active' | 'suspended' | 'deleted';
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly plan: string;
  readonly addOns: readonly string[];
  /** Units a month that replace the plan's, by meter. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, string>>;
}

/** A customer, or the installation itself. All tenants stand in the platform's own tenant. */
export const Tenant = aggregate({
  name: 'tenancy.Tenant',
  events: {
    Created: z.object({ tenantId, slug: z.string(), name: z.string(), plan: z.string() }),
    Suspended: z.object({ tenantId, reason: z.string() }),
    Resumed: z.object({ tenantId }),
    Deleted: z.object({ tenantId }),
    PlanChanged: z.object({ tenantId, plan: z.string(), previous: z.string() }),
    AddOnAdded: z.object({ tenantId, addOn: z.string() }),
    AddOnRemoved: z.object({ tenantId, addOn: z.string() }),
    /** `units` null gives the meter back to the plan. */
    QuotaOverridden: z.object({ tenantId, meter: z.string(), units: z.int().min(0).nullable() }),
    SettingsChanged: z.object({ tenantId, settings: z.record(z.string(), z.string()) }),
  },
  initial: (): TenantState => ({
    status: 'absent',
    tenantId: '',
    slug: '',
    name: '',
    plan: '',
    addOns: [],
    quotas: {},
    settings: {},
  }),
  evolve: {
    Created: (empty, e) => ({ ...empty, ...e, status: 'active' }),
    Suspended: (tenant) => ({ ...tenant, status: 'suspended' }),
    Resumed: (tenant) => ({ ...tenant, status: 'active' }),
    Deleted: (tenant) => ({ ...tenant, status: 'deleted' }),
    PlanChanged: (tenant, { plan }) => ({ ...tenant, plan }),
    AddOnAdded: (tenant, { addOn }) => ({ ...tenant, addOns: [...tenant.addOns, addOn] }),
    AddOnRemoved: (tenant, { addOn }) => ({ ...tenant, addOns: tenant.addOns.filter((held) => held !== addOn) }),
    QuotaOverridden: (tenant, { meter, units }) => {
      const { [meter]: _previous, ...others } = tenant.quotas;
      return { ...tenant, quotas: units === null ? others : { ...others, [meter]: units } };
    },
    SettingsChanged: (tenant, { settings }) => ({ ...tenant, settings: { ...tenant.settings, ...settings } }),
  },
});
