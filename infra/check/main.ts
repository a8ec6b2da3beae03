import { fileURLToPath } from 'node:url';
import { checkoutOf } from './checkout.ts';
import { runSteps } from './run.ts';
import { steps } from './steps.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const ok = await runSteps(steps, checkoutOf(root), (line) => process.stdout.write(`${line}\n`));
process.exitCode = ok ? 0 : 1;
