import { MissingComponent } from '../../../infra/local/store.ts';

/** Does what needs strace; where there is none, says so in one line. */
export async function withStrace<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MissingComponent)) throw error;
    process.stdout.write(`    ${error.message}\n`);
    return undefined;
  }
}
