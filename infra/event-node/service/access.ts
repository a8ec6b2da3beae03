import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Metadata } from '@grpc/grpc-js';
import { z } from 'zod';
import { CannotOpen } from '../storage/cannot-open.ts';
import type { StreamDirectory } from '../storage/streams.ts';
import { errors } from './errors.ts';

/** Who asks; without a name: nobody said. On a node without users everybody is an administrator, as on an insecure EventStoreDB. */
export interface Caller {
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

export type StreamRight = '$r' | '$w' | '$d' | '$mr' | '$mw';

/** Users of the node, by name. */
export type Users = ReadonlyMap<string, { readonly digest: Buffer; readonly groups: readonly string[] }>;

const administrators = '$admins';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Decides who may do what: nothing is checked while no users are configured. */
export class Access {
  readonly #users: Users | undefined;
  readonly #streams: StreamDirectory;

  constructor(streams: StreamDirectory, users: Users | undefined) {
    this.#streams = streams;
    this.#users = users;
  }

  /** The caller by HTTP basic credentials (RFC 7617). Throws an unauthenticated error where they are given and wrong. */
  identify(metadata: Metadata): Caller {
    if (this.#users === undefined) return { name: undefined, groups: [administrators] };
    const [header] = metadata.get('authorization');
    if (header === undefined) return { name: undefined, groups: [] };
    const text = Buffer.from(String(header).replace(/^basic /i, ''), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const user = this.#users.get(text.slice(0, colon));
    const given = digest(text.slice(colon + 1));
    // Compared for unknown users too, so that both take the same time.
    const matches = timingSafeEqual(given, user?.digest ?? digest('unknown user'));
    if (user === undefined || !matches) throw errors.unauthenticated();
    return { name: text.slice(0, colon), groups: user.groups };
  }

  /** Throws access-denied unless the `$acl` of the stream, or of `$all`, or the default, grants the right to a known user. */
  require(caller: Caller, stream: string, right: StreamRight): void {
    if (!this.may(caller, stream, right)) throw errors.accessDenied();
  }

  may(caller: Caller, stream: string, right: StreamRight): boolean {
    if (this.#users === undefined || caller.groups.includes(administrators)) return true;
    if (caller.name === undefined) return false;
    const mine = [...caller.groups, caller.name, '$all'];
    return this.#granted(stream, right).some((role) => mine.includes(role));
  }

  /** Scavenging: administrators and operators alone. */
  requireOperator({ groups }: Caller): void {
    if (this.#users === undefined || groups.includes(administrators) || groups.includes('$ops')) return;
    throw errors.accessDenied();
  }

  #granted(stream: string, right: StreamRight): readonly string[] {
    if (stream.startsWith('$$')) return this.#grantedForMetadata(stream.slice(2), right);
    return this.#streams.metadata(stream).$acl?.[right] ?? (stream.startsWith('$') ? [administrators] : ['$all']);
  }

  #grantedForMetadata(stream: string, right: StreamRight): readonly string[] {
    if (right === '$d') return [];
    return this.#granted(stream, right === '$r' ? '$mr' : '$mw');
  }
}

const usersFile = z.record(
  z.string().regex(/^[^:]+$/),
  z.strictObject({ password: z.string().min(1), groups: z.array(z.string()).default([]) }),
);

/**
 * Reads `{ "<name>": { "password": "<text>", "groups": ["$admins"] } }`.
 *
 * @throws {CannotOpen} the file is not there or says something else
 */
export function readUsers(file: string): Users {
  const users = usersFile.safeParse(readJson(file));
  if (!users.success) {
    const [issue] = users.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new CannotOpen(
      `${file} is no file of users (${where === '' ? '' : `${where}: `}${issue?.message}); mend it, or leave out --users.`,
    );
  }
  return new Map(
    Object.entries(users.data).map(([name, user]) => [name, { digest: digest(user.password), groups: user.groups }]),
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CannotOpen(
      `${file} cannot be read as JSON (${(error as Error).message}); check the path given with --users.`,
    );
  }
}
