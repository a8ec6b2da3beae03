import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyDestruction } from '../../kernel/crypto/certificate.ts';
import { CommandFailed, table } from '../output.ts';
import type { Api } from './api.ts';

/** Tells the story: `step` announces, `note` says what came of it. */
export interface Narrator {
  step(text: string): void;
  note(text: string): void;
}

type SignedParts = Parameters<typeof verifyDestruction>[0];

const root = '/vault/v1/versioned-secrets';

/** The life of a real secret: a service's private key is kept, rotated, taken back and destroyed, and all of it can be seen. */
export async function tellOfSecrets(api: Api, { note, step }: Narrator): Promise<void> {
  const secretId = `tour-signing-key-${randomBytes(4).toString('hex')}`;
  const keys = [privateKeyFile(), privateKeyFile()] as const;
  step(
    `A service's private key is kept as ${secretId}, version 1. expectedVersion 0 means: only if there is none yet.`,
  );
  const write = (value: string, expectedVersion: number, expect: number) =>
    api.ask('POST', root, { body: { secretId, value, expectedVersion, metadata: { reason: 'tour' } }, expect });
  const first = await write(keys[0], 0, 201);
  note(
    `version ${first.body['version']} on the log at position ${first.position}; the log holds it sealed under a key of its own`,
  );
  step('Somebody else creates the same secret, not knowing of ours.');
  const miss = await write(keys[1], 0, 409);
  note(`409: ${miss.body['message']}`);
  step('The key is rotated: version 2, only if version 1 is still the current one.');
  const second = await write(keys[1], 1, 201);
  note(`version ${second.body['version']}`);
  step('Version 1 is read back, and signs as the original does.');
  const read = await api.ask('GET', `${root}/${secretId}/versions/1`, { expect: 200 });
  if (!signsAs(String(read.body['value']), keys[0]))
    throw new CommandFailed('Version 1 is not the key that was written.');
  note('same key, byte for byte; the read is a fact on the log');
  const compared = await api.ask('POST', `${root}/${secretId}/compare`, {
    body: { version1: 1, version2: 2 },
    expect: 200,
  });
  note(`compared by a keyed hash, without showing either: different is ${compared.body['different']}`);
  step('The rotation broke something: roll back. Nothing is overwritten; the old value becomes version 3.');
  const rollback = await api.ask('POST', `${root}/${secretId}/rollback`, {
    body: { targetVersion: 1, reason: 'tour: the new key is refused' },
    expect: 200,
  });
  note(`version ${rollback.body['newVersion']} now holds what version ${rollback.body['rolledBackTo']} holds`);
  await destroy(api, { note, step }, secretId);
}

async function destroy(api: Api, { note, step }: Narrator, secretId: string): Promise<void> {
  step('Version 2 is destroyed: its key is shredded, so that no copy of the log can ever give it back.');
  const path = `${root}/${secretId}/versions/2`;
  const destroyed = await api.ask('PATCH', `${path}/state`, {
    body: { state: 'destroyed', reason: 'tour' },
    expect: 200,
  });
  await api.ask('GET', path, { expect: 410 });
  note('410 from now on');
  const certificate = await signed(() =>
    api.ask('GET', `${path}/destruction-certificate`, { expect: 200, waitFor: destroyed.position }),
  );
  const { body } = await api.ask('GET', '/audit/v1/signing-keys', { expect: 200 });
  const verdict = verifyDestruction(certificate as SignedParts, body['keys'] as Record<string, unknown>);
  if (!verdict.valid) throw new CommandFailed(`The destruction certificate does not hold: ${verdict.reason}`);
  note('a destruction certificate, signed with Ed25519 and ML-DSA, holds; checked here as anybody can, offline:');
  note('keyledger verify-certificate certificate.json --keys keys.json');
  step('What is known of it all: the read models have seen our last write, since the reads wait for its position.');
  const waitFor = destroyed.position;
  const history = await api.ask('GET', `${root}/${secretId}/history`, { expect: 200, waitFor });
  note(indented(rows(history.body['versions'], ['version', 'state', 'createdAt', 'createdBy'])));
  const trail = await api.ask('GET', `${root}/${secretId}/audit`, { expect: 200, waitFor });
  note(indented(rows(trail.body['events'], ['timestamp', 'action', 'version', 'actor'])));
  const stats = await api.ask('GET', `${root}/stats`, { expect: 200, waitFor });
  note(
    `${stats.body['totalSecrets']} secrets, ${stats.body['totalVersions']} versions: ${JSON.stringify(stats.body['byState'])}`,
  );
}

function privateKeyFile(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function signsAs(readBack: string, original: string): boolean {
  const message = randomBytes(32);
  const signature = sign(null, message, createPrivateKey(readBack));
  return readBack === original && verify(null, message, createPublicKey(original), signature);
}

/** Shredding and signing is a job: it comes within moments. */
async function signed(
  ask: () => Promise<{ readonly body: Record<string, unknown> }>,
): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    try {
      return (await ask()).body;
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}

function rows(list: unknown, columns: readonly string[]): string {
  const items = list as readonly Record<string, unknown>[];
  return table(
    columns,
    items.map((item) => columns.map((column) => String(item[column] ?? ''))),
  );
}

const indented = (text: string): string => text.split('\n').join('\n      ');
