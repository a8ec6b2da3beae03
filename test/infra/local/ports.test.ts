import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { freePort, isFree, portFrom } from '../../../infra/local/ports.ts';

describe('ports', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function taken(): Promise<number> {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  it('are found free', async () => {
    expect(await isFree(await freePort())).to.equal(true);
  });

  it('are found taken, and the next free one is offered', async () => {
    const port = await taken();
    expect(await isFree(port)).to.equal(false);
    expect(await portFrom(port)).to.be.greaterThan(port);
  });

  it('report an address that is none of this machine', async () => {
    expect(await isFree(0, '203.0.113.1').catch((error: NodeJS.ErrnoException) => error.code)).to.equal(
      'EADDRNOTAVAIL',
    );
  });
});
