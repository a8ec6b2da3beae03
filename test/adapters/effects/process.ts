import { type Installation, startKit } from './kit.ts';

/** One process of an installation, to be killed: says `ready`, and ends when its input ends. */
const installation = JSON.parse(process.argv[2] ?? '{}') as Installation;
const kit = await startKit(installation);
process.stdout.write('ready\n');
process.stdin.resume();
process.stdin.on('end', () => {
  void kit.stop().then(() => process.exit(0));
});
