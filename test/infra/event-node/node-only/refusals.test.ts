import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import { fileLength } from '../../../../infra/event-node/storage/length.ts';
import { writeCertificate } from '../certificate.ts';
import { numbered, runNode, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: what it refuses, in one sentence, with nothing changed', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
  });
  afterEach(() => dir.remove());

  async function filled(events: number): Promise<void> {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    await client.appendToStream('kept', numbered(events));
    await client.dispose();
    await node.stop();
  }
  /** Runs it, and holds it to one sentence and status 2. */
  function refused(...args: readonly string[]): string {
    const { status, stderr } = runNode(...args);
    expect(status, stderr).to.equal(2);
    expect(stderr).to.match(/^keyledger-event-node: [^\n]+\n$/);
    return stderr;
  }

  it('a directory in use', async () => {
    const node = await startNodeProcess(data);
    expect(refused('--dir', data, '--port', '0')).to.include(`in use by process ${node.child.pid}`);
    await node.stop();
  });

  it('a busy port, before a directory is made', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    expect(refused('--dir', data, '--port', String(port))).to.include(`Port ${port} is taken`);
    holder.close();
    expect(existsSync(data)).to.equal(false);
  });

  it('an address that is not of this machine', () => {
    expect(refused('--dir', data, '--port', '0', '--host', '192.0.2.1')).to.include('--host');
    expect(existsSync(data)).to.equal(false);
  });

  it('a directory of a newer format', async () => {
    await filled(1);
    const format = JSON.stringify({ format: 'keyledger-event-node', version: 99 });
    writeFileSync(join(data, 'format.json'), format);
    expect(refused('--dir', data, '--port', '0')).to.include('newer release');
    expect(readFileSync(join(data, 'format.json'), 'utf8')).to.equal(format);
  });

  it('a directory that is somebody else’s', () => {
    mkdirSync(data);
    writeFileSync(join(data, 'format.json'), '{"format":"something"}');
    expect(refused('--dir', data, '--port', '0')).to.include('not an event node');
  });

  it('a path that is no directory', () => {
    writeFileSync(data, 'a file');
    expect(refused('--dir', data, '--port', '0')).to.include('--dir');
  });

  it('a file whose beginning is damaged', async () => {
    await filled(10);
    const handle = openSync(join(data, 'events.lmdb'), 'r+');
    writeSync(handle, Buffer.alloc(8_192, 0xa5), 0, 8_192, 0);
    closeSync(handle);
    expect(refused('--dir', data, '--port', '0')).to.include('restore');
    expect(existsSync(join(data, 'lock'))).to.equal(false);
  });

  it('a file that is cut short, wherever', async () => {
    await filled(2_000);
    const file = join(data, 'events.lmdb');
    // Behind the last page there is room that nothing is lost with.
    const size = fileLength(file)?.shouldBe ?? 0;
    const whole = readFileSync(file);
    for (const kept of [0, 100, 8_192, size / 4, size / 2, size - 40_960, size - 100]) {
      writeFileSync(file, whole);
      truncateSync(file, Math.floor(kept));
      expect(refused('--dir', data, '--port', '0')).to.include('restore');
      expect(statSync(file).size).to.equal(Math.floor(kept));
      expect(existsSync(join(data, 'lock'))).to.equal(false);
      expect(refused('verify', '--dir', data)).to.include('restore');
    }
  });

  it('options and commands it does not know', () => {
    for (const args of [
      ['--dir', data, '--speed', '9'],
      ['destroy', '--dir', data],
      ['--port', '0'],
    ]) {
      const { status, stderr } = runNode(...args);
      expect(status).to.equal(1);
      expect(stderr).to.match(/^error: /);
    }
    expect(existsSync(data)).to.equal(false);
  });

  it('ports that are none', () => {
    for (const port of ['70000', '-1', 'http', '1.5']) {
      expect(runNode('--dir', data, '--port', port).stderr).to.include('0 to 65535');
    }
  });

  it('half of a key pair, files that are not there, and files that are no key pair', () => {
    const { certFile, keyFile } = writeCertificate(dir.path);
    expect(refused('--dir', data, '--port', '0', '--tls-cert', certFile)).to.include('go together');
    const missing = ['--tls-cert', certFile, '--tls-key', join(dir.path, 'none')];
    expect(refused('--dir', data, '--port', '0', ...missing)).to.include('--tls-key');
    const swapped = ['--tls-cert', keyFile, '--tls-key', certFile];
    expect(refused('--dir', data, '--port', '0', ...swapped)).to.include('certificate');
    expect(existsSync(data)).to.equal(false);
  });

  it('users without TLS, and files that name no users', () => {
    const { certFile, keyFile } = writeCertificate(dir.path);
    const tls = ['--tls-cert', certFile, '--tls-key', keyFile];
    const file = join(dir.path, 'users.json');
    writeFileSync(file, '{"admin":{"password":"x"}}');
    expect(refused('--dir', data, '--port', '0', '--users', file)).to.include('TLS');
    for (const wrong of ['no json', '[]', '{"admin":{}}', '{"admin":{"password":1}}', '{"a:b":{"password":"x"}}']) {
      writeFileSync(file, wrong);
      expect(refused('--dir', data, '--port', '0', ...tls, '--users', file)).to.include('--users');
    }
    expect(refused('--dir', data, '--port', '0', ...tls, '--users', join(dir.path, 'none'))).to.include('--users');
    expect(existsSync(data)).to.equal(false);
  });

  it('to back up or verify what is not there', () => {
    expect(refused('verify', '--dir', data)).to.include('no format.json');
    expect(refused('backup', '--dir', data, '--to', join(dir.path, 'copy'))).to.include('no format.json');
    expect(existsSync(data)).to.equal(false);
    expect(existsSync(join(dir.path, 'copy'))).to.equal(false);
  });

  it('to scavenge a node that does not answer', () => {
    const { status, stderr } = runNode('scavenge', '--url', 'esdb://127.0.0.1:1?tls=false');
    expect(status).to.equal(1);
    expect(stderr).to.match(/^keyledger-event-node: [^\n]+\n$/);
  });
});
