import { AddOn, type AddOnState } from '../../domain/tenancy/add-on.ts';
import { Plan, type PlanState } from '../../domain/tenancy/plan.ts';
import { Tenant, type TenantState } from '../../domain/tenancy/tenant.ts';
import type { AnyAggregate } from '../../kernel/aggregate.ts';
import { parseStream } from '../../kernel/codec.ts';
import type { DirectoryAddOn, DirectoryPlan, DirectoryTenant } from '../../kernel/directory.ts';
import type { LogEvent } from '../../kernel/log.ts';
import { platformTenant } from '../../kernel/principal.ts';
import { Claims, Fold, keyOf } from './folds.ts';

/** Requests a minute of one caller where no plan says otherwise. */
const defaultRatePerMinute = 600;

/** Tenants, plans and add-ons in memory, folded from their events. Only the platform's own streams count. */
export class Tenancies {
  readonly #tenants = new Fold<TenantState>(Tenant as unknown as AnyAggregate);
  readonly #plans = new Fold<PlanState>(Plan as unknown as AnyAggregate);
  readonly #addOns = new Fold<AddOnState>(AddOn as unknown as AnyAggregate);
  readonly #slugs = new Claims();
  readonly #shown = new Map<string, DirectoryTenant>();

  apply(stored: LogEvent): void {
    if (parseStream(stored.stream)?.tenant !== platformTenant) return;
    if (this.#tenants.takes(stored)) {
      const { name, state } = this.#tenants.add(stored);
      if (name === 'Created') this.#slugs.claim(state.slug, state.tenantId);
      if (name === 'Deleted') this.#slugs.giveUp(state.slug, state.tenantId);
      this.#shown.delete(state.tenantId);
    } else if (this.#plans.takes(stored) || this.#addOns.takes(stored)) {
      (this.#plans.takes(stored) ? this.#plans : this.#addOns).add(stored);
      this.#shown.clear();
    }
  }

  tenant(id: string): DirectoryTenant | undefined {
    const known = this.#shown.get(id);
    if (known !== undefined) return known;
    const state = this.#tenants.get(platformTenant, id);
    if (state === undefined || state.status === 'absent') return undefined;
    const shown = this.#show(state);
    this.#shown.set(id, shown);
    return shown;
  }

  tenantBySlug(slug: string): DirectoryTenant | undefined {
    const id = this.#slugs.holder(slug);
    return id === undefined ? undefined : this.tenant(id);
  }

  plan(id: string): DirectoryPlan | undefined {
    return defined(this.#plans.at(keyOf(platformTenant, id)));
  }

  addOn(id: string): DirectoryAddOn | undefined {
    return defined(this.#addOns.at(keyOf(platformTenant, id)));
  }

  /** From the cheapest. */
  plans(): readonly DirectoryPlan[] {
    return [...this.#plans.values()]
      .filter(({ status }) => status === 'defined')
      .sort((a, b) => a.monthlyPriceCents - b.monthlyPriceCents || (a.plan < b.plan ? -1 : 1));
  }

  #show({ tenantId: id, slug, status, plan: planId, addOns: held, quotas: overrides }: TenantState): DirectoryTenant {
    const plan = this.plan(planId);
    const addOns = held.flatMap((addOn) => this.addOn(addOn) ?? []);
    const quotas: Record<string, number> = { ...plan?.quotas };
    for (const addOn of addOns) {
      // An increment of a meter that the plan does not limit must not limit it.
      for (const [meter, units] of Object.entries(addOn.quotas)) {
        if (quotas[meter] !== undefined) quotas[meter] += units;
      }
    }
    return {
      id,
      slug,
      status,
      plan: planId,
      addOns: held,
      ratePerMinute: plan?.ratePerMinute ?? defaultRatePerMinute,
      entitlements: [...new Set([...(plan?.entitlements ?? []), ...addOns.flatMap((addOn) => addOn.entitlements)])],
      quotas: { ...quotas, ...overrides },
    };
  }
}

function defined<S extends { readonly status: 'absent' | 'defined' }>(state: S | undefined): S | undefined {
  return state?.status === 'defined' ? state : undefined;
}
