import { Role, type RoleState } from '../../domain/identity/role.ts';
import { Session, type SessionState } from '../../domain/identity/session.ts';
import { User, type UserState } from '../../domain/identity/user.ts';
import type { AnyAggregate } from '../../kernel/aggregate.ts';
import type { DirectoryRole, DirectoryUser } from '../../kernel/directory.ts';
import type { LogEvent } from '../../kernel/log.ts';
import { platformTenant } from '../../kernel/principal.ts';
import { Claims, Fold, tenantOf } from './folds.ts';

/** Whether a session's token counts: `unknown` where the session has not been seen yet. */
export type SessionStanding = 'open' | 'over' | 'unknown';

/** Users, roles and sessions in memory, folded from their events. */
export class Identities {
  readonly #users = new Fold<UserState>(User as unknown as AnyAggregate);
  readonly #roles = new Fold<RoleState>(Role as unknown as AnyAggregate);
  readonly #sessions = new Fold<SessionState>(Session as unknown as AnyAggregate);
  readonly #emails = new Claims();
  readonly #shown = new Map<string, DirectoryUser>();
  readonly #registered: string[] = [];

  apply(stored: LogEvent): void {
    if (this.#users.takes(stored)) this.#user(stored);
    else if (this.#sessions.takes(stored)) this.#sessions.add(stored);
    else if (this.#roles.takes(stored)) {
      this.#roles.add(stored);
      this.#shown.clear();
    }
  }

  #user(stored: LogEvent): void {
    const { key, name, state } = this.#users.add(stored);
    this.#shown.delete(key);
    if (name === 'Registered') {
      this.#emails.claim(state.email, key);
      this.#registered.push(key);
    }
    if (name === 'Removed') this.#emails.giveUp(state.email, key);
  }

  user(tenant: string, userId: string): DirectoryUser | undefined {
    return this.#at(`${tenant}.${userId}`);
  }

  /** Whoever has the address in a tenant that is not gone. */
  userByEmail(email: string, isGone: (tenant: string) => boolean): DirectoryUser | undefined {
    const key = this.#emails.holder(email, (holder) => !isGone(tenantOf(holder)));
    return key === undefined ? undefined : this.#at(key);
  }

  standIn(email: string): DirectoryUser | undefined {
    const count = this.#registered.length;
    let start = 0;
    for (const char of email) start = (start * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
    for (let step = 0; step < count; step++) {
      const user = this.#at(this.#registered[(start + step) % count] ?? '');
      if (user?.password !== undefined) return user;
    }
    return undefined;
  }

  role(tenant: string, name: string): DirectoryRole | undefined {
    const own = this.#roles.get(tenant, name);
    if (own?.status === 'defined') return { name, permissions: own.permissions };
    const shared = this.#roles.get(platformTenant, name);
    return shared?.status === 'defined' && shared.shared ? { name, permissions: shared.permissions } : undefined;
  }

  session(tenant: string, sessionId: string, userId: string, now: string): SessionStanding {
    const session = this.#sessions.get(tenant, sessionId);
    if (session === undefined) return 'unknown';
    const user = this.#users.get(tenant, userId);
    const opened = session.status === 'open' && session.userId === userId && session.expiresAt > now;
    const current = session.passwordVersion === user?.passwordVersion || user?.keptSession === sessionId;
    return opened && current ? 'open' : 'over';
  }

  /** Forgets sessions whose tokens have expired: they are refused for that alone. */
  prune(before: string): void {
    for (const [key, session] of this.#sessions.entries()) if (session.expiresAt < before) this.#sessions.forget(key);
  }

  #at(key: string): DirectoryUser | undefined {
    const known = this.#shown.get(key);
    if (known !== undefined) return known;
    const state = this.#users.at(key);
    if (state === undefined || state.status === 'absent') return undefined;
    const tenant = tenantOf(key);
    const permissions = new Set(state.roles.flatMap((role) => this.role(tenant, role)?.permissions ?? []));
    const { status, keptSession: _keptSession, ...rest } = state;
    const shown: DirectoryUser = { ...rest, status, tenant, permissions: [...permissions] };
    this.#shown.set(key, shown);
    return shown;
  }
}
