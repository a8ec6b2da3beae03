import { z } from 'zod';

/** A user's id: a UUID, never the e-mail address. */
export const UserId = z.uuid();

/** A session's id, as the access token carries it. */
export const SessionId = z.uuid();

/** An e-mail address, trimmed and in lower case, so that one address is one account. */
export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  // What the pipe checks, for the API's document, which shows the text that goes in.
  .meta({ format: 'email', pattern: z.regexes.email.source })
  .pipe(z.email());

/** A person's name as shown to others. */
export const PersonName = z.string().trim().min(1).max(200);

/** A password as typed; never part of an event. */
export const Password = z.string().min(12).max(256);

/** A role's name: its id within the tenant. */
export const RoleName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,62}$/,
    'is lower case letters, digits and dashes, 2 to 63 of them, and starts with a letter',
  );

/** `*`, `kms.*`, `*.read` or `kms.key.rotate` */
export const PermissionName = z
  .string()
  .max(120)
  .regex(
    /^(\*|\*(\.[\w-]+)+|[a-z][\w-]*(\.[\w-]+)*(\.\*)?)$/,
    'is a permission such as kms.key.rotate, or ends in .* for all below it, or starts with *. for all that end so, or is *',
  );
