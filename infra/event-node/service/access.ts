import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Metadata } from '@grpc/grpc-js';
import type { StreamDirectory } from '../storage/streams.ts';
import { errors } from './errors.ts';

/** Who asks. On a node without users everybody is an administrator, as on an insecure EventStoreDB. */
export interface Caller {
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

export type StreamRight = '$r' | '$w' | '$d' | '$mr' | '$mw';

/** Users of the node: `{ "<name>": { "password": "<text>", "groups": ["$admins"] } }`. */
type Users = ReadonlyMap<string, { readonly digest: Buffer; readonly groups: readonly string[] }>;

const administrators = '$admins';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Decides who may do what: nothing is checked while no users are configured. */
export class Access {
  readonly #users: Users | undefined;
  readonly #streams: StreamDirectory;

  constructor(streams: StreamDirectory, usersFile: string | undefined) {
    this.#streams = streams;
    this.#users = usersFile === undefined ? undefined : readUsers(usersFile);
  }

  /** The caller by HTTP basic credentials (RFC 7617). Throws access-denied where they are given and wrong. */
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
    if (user === undefined || !matches) throw errors.accessDenied();
    return { name: text.slice(0, colon), groups: user.groups };
  }

  /** Throws access-denied unless the stream's `$acl`, or the default, grants the right. */
  require(caller: Caller, stream: string, right: StreamRight): void {
    if (this.#users === undefined || caller.groups.includes(administrators)) return;
    const granted = this.#granted(stream, right);
    const mine = [...caller.groups, '$all', ...(caller.name === undefined ? [] : [caller.name])];
    if (!granted.some((role) => mine.includes(role))) throw errors.accessDenied();
  }

  /** Reading everything, scavenging: administrators alone. */
  requireAdministrator(caller: Caller): void {
    if (this.#users !== undefined && !caller.groups.includes(administrators)) throw errors.accessDenied();
  }

  #granted(stream: string, right: StreamRight): readonly string[] {
    if (stream.startsWith('$$')) return this.#granted(stream.slice(2), right === '$r' ? '$mr' : '$mw');
    const { $acl } = this.#streams.metadata(stream);
    const stated = typeof $acl === 'object' ? $acl[right] : undefined;
    if (stated !== undefined) return typeof stated === 'string' ? [stated] : stated;
    return stream.startsWith('$') ? [administrators] : ['$all'];
  }
}

function readUsers(file: string): Users {
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { password: string; groups?: string[] }>;
  return new Map(
    Object.entries(parsed).map(([name, user]) => [name, { digest: digest(user.password), groups: user.groups ?? [] }]),
  );
}
