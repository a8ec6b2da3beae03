import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { User } from '../../../src/domain/identity/user.ts';
import { KeyDestroyed } from '../../../src/kernel/crypto/key-errors.ts';
import { whenPasswordReplacedShredItsKey } from '../../../src/reactions/identity/when-password-replaced-shred-its-key.ts';
import { shredPasswordKey } from '../../../src/workers/identity/shred-password-key.ts';
import { write } from '../../support/events.ts';
import { type Stack, startStack } from '../../support/stack.ts';

describe('when a password is replaced, shred its key', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({
      projections: [],
      reactions: [whenPasswordReplacedShredItsKey],
      workers: [shredPasswordKey],
    });
  });
  after(() => stack.close());

  it('leaves the hash that counts, and no other', async () => {
    const { log, ports, tenant } = stack;
    const userId = uuidv4();
    const seal = (version: number) => {
      const place = { tenant, type: 'identity.user', id: userId, version, purpose: 'password' };
      return ports.sealer.seal(place, Buffer.from('hash')).then((sealed) => ({ place, sealed }));
    };
    const [old, current] = await Promise.all([seal(1), seal(2)]);
    const changed = User.events.PasswordChanged({
      userId,
      password: current.sealed,
      passwordVersion: 2,
      replacedKeyId: old.sealed.keyId,
    });
    await write(log, User, [changed], { tenant, id: userId });
    const untilGone = async ({ place, sealed }: Awaited<ReturnType<typeof seal>>): Promise<void> => {
      const open = (): Promise<unknown> => ports.sealer.open(place, sealed).catch((error: unknown) => error);
      while (!((await open()) instanceof KeyDestroyed)) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await untilGone(old);
    expect((await ports.sealer.open(current.place, current.sealed)).toString()).to.equal('hash');
    const removed = User.events.Removed({ userId, passwordKeyId: current.sealed.keyId });
    await write(log, User, [removed], { tenant, id: userId });
    await untilGone(current);
  });
});
