import { type Answered, Connection } from './load/connection.ts';

const path = '/vault/v1/versioned-secrets';

/** Writes secrets with some versions each, and tells the position of the last one on the log. */
export async function writeSecrets(
  url: string,
  headers: Readonly<Record<string, string>>,
  { secrets, versions }: { readonly secrets: number; readonly versions: number },
): Promise<readonly string[]> {
  const ids = Array.from({ length: secrets }, (_, n) => `bench-${String(n).padStart(6, '0')}`);
  const lines = headerLines({ ...headers, 'content-type': 'application/json' });
  const rest = [...ids];
  const write = async (): Promise<void> => {
    const connection = await Connection.open(url);
    for (let id = rest.shift(); id !== undefined; id = rest.shift())
      for (let version = 0; version < versions; version++)
        succeeded(await connection.ask('POST', path, lines, bodyOf(id)));
    connection.close();
  };
  await Promise.all(Array.from({ length: 16 }, write));
  return ids;
}

/** The JSON of one more version of 400 bytes. */
export function bodyOf(secretId: string): string {
  return JSON.stringify({ secretId, value: 'v'.repeat(400) });
}

export function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

/** @throws {Error} the answer is no success */
export function succeeded(answered: Answered): Answered {
  if (answered.status < 300) return answered;
  throw new Error(`answered ${answered.status}: ${answered.text.slice(0, 300)}`);
}
