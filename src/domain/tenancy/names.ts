import { z } from 'zod';

/** A tenant's id: a UUID, or `platform` for the installation's own. Never the slug: a slug may be used again. */
export const TenantId = z.union([z.uuid(), z.literal('platform')]);

/** A tenant's readable name, unique among those that are not deleted. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'is lower case letters, digits and dashes between them, 63 at most');

/** The id of a plan or an add-on: what its customers' contracts name. */
export const CatalogueId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,62}$/,
    'is lower case letters, digits and dashes, 2 to 63 of them, and starts with a letter',
  );

/** `*`, `vault.*` or `vault.versioned-secrets` */
export const Feature = z
  .string()
  .max(120)
  .regex(
    /^(\*|[a-z][\w-]*(\.[\w-]+)*(\.\*)?)$/,
    'is a feature such as vault.versioned-secrets, or ends in .* for all below it, or is *',
  );

/** What is counted, such as `vault.secret_versions`. */
export const Meter = z
  .string()
  .max(120)
  .regex(/^[a-z][\w-]*(\.[\w-]+)+$/, 'is a meter such as vault.secret_versions');

/** Units a calendar month (UTC), by meter; a meter that is absent is not limited. */
export const Quotas = z.record(Meter, z.int().min(0));

/** A setting's name, such as `retention.days`. */
export const SettingName = z
  .string()
  .max(120)
  .regex(/^[a-z][\w-]*(\.[\w-]+)*$/, 'is a name such as retention.days');
