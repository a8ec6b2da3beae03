import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { repositoryRoot } from '../../infra/local/root.ts';
import { type Delivering, startDelivering } from '../support/delivering.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { sharedStores } from '../support/stores.ts';

type IsGenuine = (headers: object, body: string, secret: string, now?: number) => boolean;

describe('the guide to streaming', function () {
  this.timeout(30_000);
  let delivering: Delivering;
  let receiver: Receiver;

  before(async () => {
    receiver = await startReceiver();
    delivering = await startDelivering();
    delivering.start();
  });
  after(async () => {
    await delivering.close();
    await receiver.close();
  });

  it('has a program that tells a genuine delivery from any other', async () => {
    const guide = readFileSync(join(repositoryRoot, 'docs/guides/streaming.md'), 'utf8');
    const file = join(sharedStores().scratch('guide'), 'genuine.mjs');
    writeFileSync(file, /```js\n([\s\S]*?)```/.exec(guide)?.[1] ?? '');
    const { isGenuine } = (await import(pathToFileURL(file).href)) as { isGenuine: IsGenuine };
    const { secret } = await delivering.subscribe({ type: 'webhook', config: { url: receiver.url } });
    await delivering.ring('guide', 0);
    const [received] = await receiver.count(1);
    const { headers, text } = received ?? { headers: {}, text: '' };
    expect(isGenuine(headers, text, secret)).to.equal(true);
    expect(isGenuine(headers, `${text} `, secret)).to.equal(false);
    expect(isGenuine(headers, text, `whsec_${Buffer.alloc(32).toString('base64')}`)).to.equal(false);
    expect(isGenuine(headers, text, secret, Date.now() + 600_000)).to.equal(false);
  });
});
