import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = 'docs/adr';

/** The list of decisions, by the titles of their files. @throws where two have one number */
export function decisionsPage(root: string): string {
  const dir = join(root, folder);
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => /^\d{4}-.*\.md$/.test(name)) : [];
  files.sort();
  const double = files.find((name, index) => name.slice(0, 4) === files[index - 1]?.slice(0, 4));
  if (double !== undefined) throw new Error(`${folder}/${double} has the number of another decision: give it the next`);
  const lines = files.map((name) => {
    const title = titleOf(readFileSync(join(dir, name), 'utf8'), name);
    return `- ${name.slice(0, 4)} [${title}](${name})`;
  });
  return [
    '# Decisions\n',
    'One page each: the context, the decision, its consequences. A decision is not changed afterwards; a later one replaces it and says',
    'so. Listed by `npm run docs`.\n',
    ...lines,
    '',
  ].join('\n');
}

const titleOf = (text: string, name: string): string => /^# (?:\d+\.? *)?(.+)$/m.exec(text)?.[1] ?? name;
