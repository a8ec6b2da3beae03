import { execFileSync } from 'node:child_process';

/** One earlier state of a file. */
export interface Earlier {
  readonly commit: string;
  readonly file: string;
  readonly text: string;
}

const breaking = /^\w+(\([^)]*\))?!:|^BREAKING[ -]CHANGE:/m;

/**
 * Earlier committed states of the files below a folder, newest first, back to the last commit that calls itself a breaking change
 * (`feat!: …` or `BREAKING CHANGE:`), that one included. None outside git.
 */
export function historyOf(root: string, folder: string): readonly Earlier[] {
  const found: Earlier[] = [];
  for (const { commit, message, files } of commits(root, folder)) {
    for (const file of files) {
      const text = git(root, 'show', `${commit}:${file}`);
      if (text !== undefined) found.push({ commit: commit.slice(0, 10), file, text });
    }
    if (breaking.test(message)) break;
  }
  return found;
}

interface Commit {
  readonly commit: string;
  readonly message: string;
  readonly files: readonly string[];
}

function commits(root: string, folder: string): readonly Commit[] {
  const format = '--format=%x01%H%x02%B%x02';
  const log = git(root, 'log', format, '--name-only', '--no-renames', '--', folder) ?? '';
  return log
    .split('\x01')
    .slice(1)
    .map((entry) => {
      const [commit = '', message = '', files = ''] = entry.split('\x02');
      return { commit, message, files: files.split('\n').filter((file) => file !== '') };
    });
}

function git(root: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
