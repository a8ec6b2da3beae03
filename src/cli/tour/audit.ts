import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Trust, TrustedKeys, trustFrom } from '../../domain/audit/export/trust.ts';
import { checkNdjson, type Verdict } from '../audit/check-export.ts';
import { CommandFailed } from '../output.ts';
import type { Api } from './api.ts';
import type { Narrator } from './secrets.ts';

/** What happened is exported, and checked without trusting whoever exported it; then somebody tries to change the past. */
export async function tellOfTheAudit(api: Api, { note, step }: Narrator): Promise<void> {
  step('Everything so far is in the audit: what was done, read, refused and denied. An auditor exports it.');
  const dir = await mkdtemp(join(tmpdir(), 'keyledger-tour-audit-'));
  try {
    const file = join(dir, 'export.ndjson');
    await writeFile(file, await api.text('/api/audit/export?format=ndjson'));
    const { body } = await api.ask('GET', '/audit/v1/signing-keys', { expect: 200 });
    const trust = trustFrom(TrustedKeys.parse(body));
    note('the export ends in a manifest: a signed checkpoint of the log’s Merkle tree, and a proof to it');
    step('The auditor checks it on a machine of their own, with the public keys alone.');
    const sound = await check(file, trust);
    if (sound.finding !== undefined) throw new CommandFailed(`The export does not hold: ${sound.finding.detail}`);
    note(`${sound.entries} entries hold: each canonical form, the chain, the tree, the checkpoint and its signatures`);
    note('keyledger audit verify export.ndjson --keys keys.json');
    step('Somebody with the file, but without the keys, makes a refused request look like one that was answered.');
    await writeFile(file, (await readFile(file, 'utf8')).replace('audit.Request.Refused', 'audit.Request.Answered'));
    const changed = await check(file, trust);
    if (changed.finding === undefined) throw new CommandFailed('A changed export was taken for a sound one.');
    const { damage, detail, from } = changed.finding;
    note(`found: ${damage}${from === undefined ? '' : ` at entry ${from}`}: ${detail}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const check = (file: string, trust: Trust): Promise<Verdict> => checkNdjson({ file, trust, progress: () => undefined });
