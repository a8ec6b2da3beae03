import { z } from 'zod';
import type { Directory, DirectoryUser } from '../../kernel/directory.ts';
import type { Context } from '../../kernel/endpoint.ts';
import type { Ports } from '../../kernel/ports.ts';
import type { Accused, Principal } from '../../kernel/principal.ts';
import { isPassword } from './password.ts';
import { Session } from './session.ts';

/** A password as somebody claims it: of any length, since what is wrong is refused like any other. */
export const ClaimedPassword = z.string().min(1).max(256);

interface Claim {
  readonly email: string;
  readonly password: string;
}

/** What a login answers with, in whichever spelling. */
export interface Login {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: {
    readonly tenant: string;
    readonly userId: string;
    readonly email: string;
    readonly name: string;
    readonly roles: string[];
    readonly permissions: string[];
  };
}

/**
 * The parts all logins share: they differ in their route and spelling alone. An unknown address, a wrong password and a locked
 * account take the same work and are answered alike.
 */
export function loginBy<I>(claimOf: (input: I) => Claim) {
  return {
    controls: {
      effect: 'create' as const,
      permission: 'public',
      audit: { action: 'identity.session.open', subject: (input: I) => claimOf(input).email },
    },
    aggregate: Session,
    revealsOnce: true,
    identify: (input: I, ports: Ports) => identify(claimOf(input), ports),
    accused: (input: I, { directory }: Ports) => accountOf(directory.userByEmail(claimOf(input).email)),
    stream: (_input: I, { newId }: Context) => newId('session'),
    prepare: (_state: unknown, _input: I, context: Context & { readonly ports: Ports }) => logIn(context),
    decide: (_state: unknown, _input: I, { actor, credentialId, newId, prepared }: Context & { prepared: Login }) => [
      Session.events.Opened({
        sessionId: newId('session'),
        userId: actor.id,
        passwordVersion: passwordVersionOf(credentialId),
        expiresAt: prepared.expiresAt,
      }),
    ],
  };
}

async function identify({ email, password }: Claim, ports: Ports): Promise<Principal | undefined> {
  const { directory } = ports;
  await directory.upToDate();
  const user = directory.userByEmail(email);
  const right = await isRight(ports, user ?? directory.standIn(email), password);
  if (!right || user === undefined || !mayLogIn(user, directory)) return undefined;
  return {
    tenant: user.tenant,
    actor: { type: 'user', id: user.userId },
    permissions: user.permissions,
    credentialId: `password:${user.passwordVersion}`,
  };
}

function accountOf(user: DirectoryUser | undefined): Accused | undefined {
  return user === undefined ? undefined : { tenant: user.tenant, userId: user.userId };
}

function isRight(ports: Ports, user: DirectoryUser | undefined, password: string): Promise<boolean> {
  const { passwordVersion: version = 0, tenant = '', userId = '' } = user ?? {};
  return isPassword(ports, { tenant, userId, version }, { sealed: user?.password, password });
}

function mayLogIn({ status, tenant }: DirectoryUser, directory: Directory): boolean {
  return status === 'active' && directory.tenant(tenant)?.status === 'active';
}

/** The version that was checked, so that a password changed meanwhile ends the session at once. */
function passwordVersionOf(credentialId: string | undefined): number {
  return Number(credentialId?.replace('password:', '') ?? 0);
}

async function logIn({ actor, newId, ports, tenant }: Context & { readonly ports: Ports }): Promise<Login> {
  const user = ports.directory.user(tenant, actor.id);
  const issued = await ports.tokens.issue({ tenant, userId: actor.id, sessionId: newId('session') });
  const { email = '', name = '', permissions = [], roles = [] } = user ?? {};
  return {
    ...issued,
    user: { tenant, userId: actor.id, email, name, roles: [...roles], permissions: [...permissions] },
  };
}
