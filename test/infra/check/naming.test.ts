import { expect } from 'chai';
import { kebabOf, namingProblems } from '../../../infra/check/naming.ts';
import type { Registry } from '../../../src/kernel/registry.ts';

interface Planted {
  readonly name: string;
  readonly file: string;
  readonly kind?: string;
  readonly permission?: string;
  readonly [other: string]: unknown;
}

const found = <T>(file: string, context: string, value: T): { value: T; file: string; context: string } => ({
  value,
  file,
  context,
});
const nothing = { endpoints: [], aggregates: [], projections: [], reactions: [], workers: [], schedules: [] };
const registry = (part: object): Registry => ({ ...nothing, ...part }) as unknown as Registry;

function endpoints(...planted: Planted[]): Registry {
  const contextOf = (file: string): string => file.split('/').slice(1, -1).join('/');
  return registry({
    endpoints: planted.map(({ file, permission = 'kms.key.rotate', kind = 'command', ...rest }) =>
      found(file, contextOf(file), { kind, controls: { permission }, ...rest }),
    ),
  });
}

const complaints = (planted: Planted): readonly string[] => namingProblems(endpoints(planted));

describe('names', () => {
  it('turn into file names', () => {
    expect(['rotateKey', 'PQCReadiness', 'listAPIKeys', 'addV2Key', 'Key'].map(kebabOf)).to.deep.equal([
      'rotate-key',
      'pqc-readiness',
      'list-api-keys',
      'add-v2-key',
      'key',
    ]);
  });

  it('are right in the house’s examples', () => {
    const all = registry({
      ...endpoints(
        {
          name: 'kms.rotateKey',
          file: 'commands/kms/rotate-key.js',
          route: 'POST /kms/v1/keys/:keyId/rotate',
          rejections: { KeyNotActive: 409 },
        },
        { name: 'kms.splitShare', file: 'commands/kms/escrow/split-share.js', permission: 'authenticated' },
        { name: 'kms.getKey', file: 'queries/kms/get-key.js', kind: 'query' },
        { name: 'kms.openKey', file: 'queries/kms/open-key.js', kind: 'operation' },
      ),
      aggregates: [found('src/domain/kms/wrapped-key.js', 'kms', { name: 'kms.WrappedKey', schemas: { Rotated: {} } })],
      projections: [
        found('projections/kms/kms-keys.js', 'kms', { name: 'kms_keys', table: 'create table kms_keys (x int)' }),
      ],
      reactions: [
        found('src/reactions/kms/when-key-destroyed-shred-secrets.js', 'kms', {
          name: 'when-key-destroyed-shred-secrets',
        }),
      ],
      workers: [found('src/workers/kms/shred-key.js', 'kms', { queue: 'kms.shred-key' })],
      schedules: [found('src/workers/kms/apply-retention.js', 'kms', { name: 'kms.apply-retention' })],
    });
    expect(namingProblems(all)).to.deep.equal([]);
  });

  const wrong: Readonly<Record<string, readonly [Planted, string]>> = {
    'an endpoint in another file': [
      { name: 'kms.rotateKey', file: 'commands/kms/turn-key.js' },
      'should stand in rotate-key.ts',
    ],
    'an endpoint of another context': [
      { name: 'vault.rotateKey', file: 'commands/kms/rotate-key.js' },
      'should begin with "kms."',
    ],
    'an endpoint that is no verb and noun': [
      { name: 'kms.rotate', file: 'commands/kms/rotate.js' },
      'should be a verb and a noun',
    ],
    'a command among queries': [{ name: 'kms.rotateKey', file: 'queries/kms/rotate-key.js' }, 'belongs in commands'],
    'a query among commands': [
      { name: 'kms.getKey', file: 'commands/kms/get-key.js', kind: 'query' },
      'belongs in queries',
    ],
    'a query that finds': [
      { name: 'kms.findKey', file: 'queries/kms/find-key.js', kind: 'query' },
      'begins with get or list',
    ],
    'a foreign permission': [
      { name: 'kms.rotateKey', file: 'commands/kms/rotate-key.js', permission: 'vault.x' },
      'the permission "vault.x"',
    ],
    'a refusal of one word': [
      { name: 'kms.rotateKey', file: 'commands/kms/rotate-key.js', rejections: { Missing: 404 } },
      'Missing should be a noun and a state',
    ],
    'a parameter in another case': [
      { name: 'kms.rotateKey', file: 'commands/kms/rotate-key.js', route: 'POST /keys/:key_id' },
      'in camelCase',
    ],
    'an alias with other parameters': [
      {
        name: 'kms.rotateKey',
        file: 'commands/kms/rotate-key.js',
        route: 'POST /keys/:keyId',
        aliases: ['POST /v1/keys/:id'],
      },
      'should have the parameters of',
    ],
  };
  for (const [what, [planted, sentence]] of Object.entries(wrong)) {
    it(`refuse ${what}`, () => {
      const found = complaints(planted);
      expect(found.join('\n')).to.contain(sentence);
      expect(found[0]).to.match(/^[a-z/-]+\.ts: /);
    });
  }

  it('refuse two endpoints in one file', () => {
    const file = 'commands/kms/rotate-key.js';
    const found = namingProblems(endpoints({ name: 'kms.rotateKey', file }, { name: 'kms.turnKey', file }));
    expect(found.join('\n')).to.contain('commands/kms/rotate-key.ts: holds several endpoints');
  });

  it('refuse what stands elsewhere than it is called', () => {
    const all = registry({
      aggregates: [found('src/domain/kms/keys.js', 'kms', { name: 'kms.Key', schemas: { rotated: {} } })],
      projections: [
        found('projections/kms/keys.js', 'kms', { name: 'vault_keys', table: 'create table keys (x int)' }),
      ],
      reactions: [found('src/reactions/kms/when-a-do-b.js', 'kms', { name: 'when-b-do-a' })],
      workers: [found('src/workers/kms/shred.js', 'kms', { queue: 'shred' })],
    });
    expect(namingProblems(all)).to.deep.equal([
      'src/domain/kms/keys.ts: "kms.Key" should stand in key.ts',
      'src/domain/kms/keys.ts: rotated should be in PascalCase and the past tense, as "Rotated"',
      'projections/kms/keys.ts: "vault_keys" should begin with "kms_"',
      'projections/kms/keys.ts: "vault_keys" should stand in vault-keys.ts',
      'projections/kms/keys.ts: its table should be called vault_keys',
      'projections/kms/keys.ts: its table keys should begin with "kms_"',
      'src/reactions/kms/when-a-do-b.ts: "when-b-do-a" should be "when-a-do-b"',
      'src/workers/kms/shred.ts: "shred" should be "kms.shred"',
    ]);
  });
});
