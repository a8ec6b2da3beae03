import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { memoryMiB, peakMiB } from '../../../infra/bench/memory.ts';
import { processorSeconds, processTree } from '../../../infra/bench/process-tree.ts';

/** Starts another of its kind, and holds some memory and a processor for a while. */
const program = `
  const held = Buffer.alloc(48 * 1024 * 1024, 1);
  const until = process.cpuUsage().user + 300_000;
  while (process.cpuUsage().user < until);
  const child = process.argv[1] === 'again' ? require('node:child_process').spawn(process.execPath, ['-e', process.env.PROGRAM], { stdio: ['ignore', 'inherit', 'inherit'] }) : undefined;
  process.on('SIGTERM', () => { child?.kill(); process.exit(held.length === 0 ? 1 : 0); });
  console.log('up');
  setInterval(() => undefined, 1_000);`;

describe('bench: what processes take', function () {
  this.timeout(60_000);
  // Only Linux tells what they take.
  if (process.platform !== 'linux') return;

  it('is that of a process and of all that it started', async () => {
    const parent = spawn(process.execPath, ['-e', program, 'again'], {
      env: { ...process.env, PROGRAM: program },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = parent.pid ?? 0;
    try {
      let up = 0;
      for await (const _ of createInterface({ input: parent.stdout })) if (++up === 2) break;
      expect(processTree(pid)).to.have.length(2);
      const { all, own } = memoryMiB(pid);
      expect(own).to.be.above(48);
      expect(all).to.be.above(own + 48);
      expect(peakMiB(pid)).to.be.above(48);
      expect(processorSeconds(pid)).to.be.above(0.55);
    } finally {
      parent.kill('SIGTERM');
      await once(parent, 'exit');
    }
  });

  it('is not a number where it cannot be told, so that no goal holds by it', async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await once(child, 'exit');
    const { own } = memoryMiB(child.pid ?? 0);
    expect(own).to.satisfy(Number.isNaN);
    expect(peakMiB(child.pid ?? 0)).to.satisfy(Number.isNaN);
  });
});
