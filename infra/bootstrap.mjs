// Brings a bare clone to the point where it runs: right Node, packages, compiled sources. Then runs what it was asked for.
import { at, Refusal, say } from './bootstrap/files.mjs';
import { lock } from './bootstrap/lock.mjs';
import { bestNode, checkNode, originalNode } from './bootstrap/node.mjs';
import { install, installed } from './bootstrap/packages.mjs';
import { hand } from './bootstrap/processes.mjs';
import { build, built } from './bootstrap/sources.mjs';

const usage = `usage: node infra/bootstrap.mjs [--system-node] COMMAND [ARGUMENT ...]
  start            install, build and run everything: keyledger up
  test [...]       install, build and run mocha; arguments are mocha's, and test files may be named as test/x.test.ts
  run FILE [...]   install, build and run a script
  prepare          install and build only`;

const targets = {
  // Without it, a server that exports takes some 100 MB more.
  start: (rest) => ['--max-semi-space-size=8', at('dist/src/cli/main.js'), 'up', ...rest],
  test: (rest) => [at('node_modules/mocha/bin/mocha.js'), ...mochaArguments(rest)],
  run: (rest) => {
    if (rest.length === 0) throw new Refusal(`run takes the file to run.\n${usage}`);
    return rest;
  },
  prepare: () => undefined,
};

async function main(argv) {
  const systemNode = argv[0] === '--system-node';
  const [command, ...rest] = systemNode ? argv.slice(1) : argv;
  if (!Object.hasOwn(targets, command ?? ''))
    throw new Refusal(command === undefined ? usage : `there is no command "${command}".\n${usage}`);
  const target = targets[command](rest);
  checkNode();
  await prepare();
  if (target !== undefined) await hand(systemNode ? originalNode() : bestNode(), target);
}

/** Installs and builds where needed, one process at a time, since two starts may share a checkout. */
async function prepare() {
  if (installed() && built()) return;
  const release = await lock(at('.cache', 'bootstrap.lock'));
  try {
    if (!installed()) await install();
    if (!built()) await build();
  } finally {
    release();
  }
}

function mochaArguments(rest) {
  const isTest = (argument) => /^(\.\/)?(dist\/)?test\//.test(argument);
  const files = rest.map((argument) =>
    isTest(argument) ? argument.replace(/^(\.\/)?(dist\/)?test\//, 'dist/test/').replace(/\.ts$/, '.js') : argument,
  );
  return rest.some(isTest) ? files : [...files, 'dist/test/**/*.test.js'];
}

/** A sentence for what a person can mend, the stack for what is a bug. */
function explained(error) {
  if (error instanceof Refusal) return error.message;
  if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) return error.stack;
  return `${error.path} cannot be written. Install and build as the user that owns this checkout, or give this one the right to.`;
}

main(process.argv.slice(2)).catch((error) => {
  say(explained(error));
  process.exitCode = 1;
});
