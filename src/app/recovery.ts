import { randomBytes } from 'node:crypto';
import { v4 as uuidv4 } from 'uuid';
import { type Composition, compose } from '../app.ts';
import { systemPrincipal } from '../kernel/principal.ts';
import { part } from './parts.ts';

/** There is no such user, or the password could not be set; says why. */
export class NotReset extends Error {
  override readonly name = 'NotReset';
}

/**
 * Gives a user a new random password, for whoever holds the stores and the root key. All sessions of the user end.
 *
 * @throws {NotReset}
 */
export async function resetPassword(composition: Composition, email: string): Promise<string> {
  const container = compose(composition);
  const log = await container.getAsync(part('log'));
  const reader = await container.getAsync(part('reader'));
  const readModels = await container.getAsync(part('readModels'));
  const liveView = await container.getAsync(part('liveView'));
  const gates = await container.getAsync(part('gates'));
  try {
    await liveView.ready;
    const user = liveView.userByEmail(email);
    if (user === undefined) throw new NotReset(`There is no user with the address ${email}.`);
    const { endpoints } = await container.getAsync(part('registry'));
    const command = endpoints.find(({ value }) => value.name === 'identity.setUserPassword')?.value;
    if (command === undefined) throw new TypeError('identity.setUserPassword is not declared');
    const password = randomBytes(18).toString('base64url');
    const pipeline = await container.getAsync(part('pipeline'));
    const { rejection } = await pipeline.executeAs(
      command,
      { userId: user.userId, password },
      systemPrincipal(user.tenant, 'keyledger reset-password'),
      requestInfo(),
    );
    if (rejection !== undefined)
      throw new NotReset(`${email} keeps its password: ${rejection.detail ?? rejection.code}`);
    return password;
  } finally {
    await liveView.stop();
    await gates.close();
    await readModels.close();
    await reader.close();
    await log.close();
  }
}

const nothing = { idempotencyKey: undefined, sourceAddress: undefined, userAgent: undefined, traceparent: undefined };

function requestInfo() {
  return { requestId: uuidv4(), ...nothing, waitFor: undefined, causationId: undefined, correlationId: undefined };
}
