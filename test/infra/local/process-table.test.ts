import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { commandOf, endProcess, identityOf } from '../../../infra/local/process-table.ts';

describe('process table', () => {
  it('knows this process, always as the same', () => {
    expect(identityOf(process.pid)).to.be.a('string').and.equal(identityOf(process.pid));
    expect(commandOf(process.pid)).to.contain('mocha');
  });

  it('knows nothing of a process that is not there', () => {
    expect(identityOf(2 ** 22 + 1)).to.equal(undefined);
    expect(commandOf(2 ** 22 + 1)).to.equal('');
  });

  it('counts a zombie as gone', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60']);
    try {
      const [line] = await once(parent.stdout, 'data');
      while (identityOf(Number(line)) !== undefined) await sleep(10);
      process.kill(Number(line), 0);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('ends a process that will not hear the first signal', async () => {
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'], {
      detached: true,
    });
    await once(child.stdout, 'data');
    const ended = await endProcess(child.pid ?? 0, [
      ['SIGTERM', 100],
      ['SIGKILL', 5_000],
    ]);
    expect(ended).to.equal(true);
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).to.equal('SIGKILL');
  });

  it('says when a process outlives all its signals', async () => {
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'], {
      detached: true,
    });
    await once(child.stdout, 'data');
    expect(await endProcess(child.pid ?? 0, [['SIGTERM', 50]])).to.equal(false);
    child.kill('SIGKILL');
  });
});
