/** Plans an installation begins with; operators change them afterwards. */
export const firstPlans = [
  {
    plan: 'free',
    name: 'Free',
    monthlyPriceCents: 0,
    entitlements: ['vault.versioned-secrets'],
    quotas: { 'vault.secret_versions': 1_000 },
    ratePerMinute: 600,
  },
  {
    plan: 'starter',
    name: 'Starter',
    monthlyPriceCents: 4_900,
    entitlements: ['vault.versioned-secrets', 'assets.*', 'compliance.*', 'alerts.*', 'audit.*'],
    quotas: { 'vault.secret_versions': 10_000 },
    ratePerMinute: 1_200,
  },
  {
    plan: 'pro',
    name: 'Pro',
    monthlyPriceCents: 49_000,
    entitlements: [
      ...['access.*', 'ai.*', 'alerts.*', 'assets.*', 'audit.*', 'billing.*', 'broker.*', 'compliance.*', 'identity.*'],
      ...['inventory.*', 'kms.keys', 'kms.usage', 'ledger.*', 'observability.*', 'search.*', 'security.*', 'storage.*'],
      ...['tenancy.*', 'tokens.*', 'vault.*'],
    ],
    quotas: { 'vault.secret_versions': 250_000 },
    ratePerMinute: 6_000,
  },
  {
    plan: 'enterprise',
    name: 'Enterprise',
    monthlyPriceCents: 490_000,
    entitlements: ['*'],
    quotas: {},
    ratePerMinute: 60_000,
  },
];

/** Roles the platform shares with every tenant. */
export const firstRoles = [
  { role: 'owner', description: 'May do everything in the tenant.', permissions: ['*'] },
  {
    role: 'operator',
    description: 'Works with keys, secrets, agents and assets; reads the rest; manages neither people nor contracts.',
    permissions: [
      ...['*.read', 'ai.*', 'alerts.*', 'assets.*', 'broker.*', 'compliance.*', 'inventory.*', 'kms.*', 'ledger.*'],
      ...['observability.*', 'search.*', 'security.*', 'storage.*', 'tokens.*', 'vault.*'],
    ],
  },
  {
    role: 'auditor',
    description: 'Reads everything but secret values, and exports the trail.',
    permissions: ['*.read', 'audit.*'],
  },
  { role: 'reader', description: 'Reads everything but secret values.', permissions: ['*.read'] },
];
