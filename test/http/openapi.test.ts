import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { documentedRoutes } from '../../src/http/dialects/documented.ts';
import { openApiDocument } from '../../src/http/openapi/document.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { discover } from '../../src/kernel/registry.ts';
import { notesRegistry } from './notes.ts';
import { ask, type Surface, startSurface } from './surface.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Json[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Json; readonly headers?: Json }>
  >;
  readonly 'x-keyledger': Json;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const options = { registry: notesRegistry, version: '1.2.3', publicUrl: 'https://keyledger.example' };

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === '$ref' && typeof item === 'string') yield item;
    else yield* references(item);
  }
}

function resolved(document: Json, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document);
}

async function pathsOf(dialect?: 'zeriq' | 'certifyclouds'): Promise<Paths> {
  return (await openApiDocument({ ...options, dialect }))['paths'] as Paths;
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with every route of every endpoint', async () => {
    const document = await openApiDocument(options);
    expect(document).to.include({ openapi: '3.1.0' });
    expect(document['servers']).to.deep.equal([{ url: 'https://keyledger.example' }]);
    const paths = document['paths'] as Paths;
    for (const { value } of notesRegistry.endpoints) {
      for (const route of [value.route ?? '', ...(value.aliases ?? [])]) {
        const [method = '', path = ''] = route.replaceAll(/:(\w+)\+?/g, '{$1}').split(' ');
        expect(paths[path], path).to.have.property(method.toLowerCase());
      }
    }
  });

  it('resolves every reference, and names every operation once', async () => {
    const document = await openApiDocument(options);
    for (const reference of references(document)) expect(resolved(document, reference), reference).to.be.an('object');
    const ids = Object.values(document['paths'] as Paths).flatMap((item) =>
      Object.values(item).map((o) => o.operationId),
    );
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('has responses for each operation, a parameter for each place in a path, and known tags', async () => {
    const document = await openApiDocument(options);
    const tags = (document['tags'] as { name: string }[]).map(({ name }) => name);
    for (const [path, item] of Object.entries(document['paths'] as Paths)) {
      for (const operation of Object.values(item)) {
        expect(Object.keys(operation.responses)).not.to.be.empty;
        for (const { description } of Object.values(operation.responses)) expect(description).to.be.a('string');
        const named = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        expect(named).to.deep.equal([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
        for (const tag of operation.tags ?? []) expect(tags).to.include(tag);
      }
    }
  });

  it('is the same text for the same endpoints in another order', async () => {
    const reversed = { endpoints: [...notesRegistry.endpoints].reverse() };
    const [one, other] = await Promise.all([
      openApiDocument(options),
      openApiDocument({ ...options, registry: reversed }),
    ]);
    expect(JSON.stringify(one)).to.equal(JSON.stringify(other));
  });

  it('says what a write takes, answers and refuses, and what it costs', async () => {
    const write = (await pathsOf())['/vault/v1/notes/{noteId}']?.['put'];
    expect(write?.requestBody?.content['application/json'].schema).to.deep.include({ required: ['text'] });
    expect(write?.requestBody?.content['application/json'].schema['properties']).to.have.all.keys('text', 'ifVersion');
    expect(write?.responses['409']?.description).to.equal('Conflict, VersionMismatch');
    expect(write?.responses['422']?.description).to.equal('IdempotencyKeyReused');
    expect(write?.responses['200']?.headers).to.have.property('X-Log-Position');
    expect(write?.security).to.deep.equal([{ bearer: [] }]);
    expect(write?.['x-keyledger']).to.deep.equal({
      operation: 'test.writeNote',
      kind: 'command',
      context: 'test',
      dialect: 'qnsp',
      documented: false,
      permission: 'test.note.write',
      effect: 'change',
      billable: 'test.note',
    });
  });

  it('says what a list takes and how it goes on, in its dialect', async () => {
    const list = (await pathsOf())['/api/ledger']?.['get'];
    expect(list?.parameters?.map(({ name }) => name)).to.deep.include.members(['kind', 'limit', 'offset', 'cursor']);
    const body = list?.responses['200']?.content?.['application/json'];
    expect(body).to.have.nested.property('schema.properties.data.type', 'array');
    expect(body).to.have.nested.property('schema.properties.meta.properties.next_cursor');
    expect(list?.['x-keyledger']).to.include({ documented: true });
  });

  it('says 403 for a plan where the dialect does, and shows files, nothing and anybody', async () => {
    const paths = await pathsOf();
    expect(paths['/api/assets/discovery/scan']?.['post']?.responses['403']?.description).to.contain('NotEntitled');
    expect(paths['/api/assets/discovery/scan']?.['post']?.responses).not.to.have.property('402');
    expect(paths['/v1/tenants']?.['post']?.responses['402']?.description).to.equal('NotEntitled');
    const csv = paths['/api/audit/notes-export']?.['get']?.responses['200']?.content;
    expect(csv).to.have.all.keys('text/csv; charset=utf-8');
    expect(paths['/api/v1/jobs/claim']?.['post']?.responses).to.include.keys('200', '204');
    expect(paths['/api/auth/login']?.['post']?.security).to.deep.equal([]);
  });

  it('can be had for one dialect alone', async () => {
    expect(Object.keys(await pathsOf('zeriq'))).to.deep.equal(['/api/ledger', '/api/payouts']);
    expect(Object.keys(await pathsOf('certifyclouds'))).to.include.members(['/api/audit/notes-export', '/health']);
  });

  it('knows the documented routes', () => {
    const counts = Object.entries(documentedRoutes).map(([name, routes]) => [name, new Set(routes).size]);
    expect(Object.fromEntries(counts)).to.deep.equal({
      qnsp: 228,
      certifyclouds: 72,
      'secret-broker': 65,
      'tenant-registry': 17,
      zeriq: 74,
    });
  });
});

describe("the product's own surface", () => {
  it('can be mounted and described', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const registry = await discover(root);
    new RouteTable(registry);
    const document = await openApiDocument({ registry, version: '1.2.3' });
    for (const reference of references(document)) expect(resolved(document, reference), reference).to.be.an('object');
  });
});

describe('the viewer', () => {
  let surface: Surface;
  before(async () => {
    surface = await startSurface();
  });
  after(() => surface.close());
  const get = (path: string) => ask(surface.server.url, `GET ${path}`, { token: null });

  it('needs nothing from anywhere else', async () => {
    const page = await get('/docs');
    expect(page.headers['content-security-policy']).to.match(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const linked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(linked.filter((path) => /^\w+:|^\/\//.test(path))).to.be.empty;
    for (const path of linked) expect([path, (await get(`/${path}`)).status]).to.deep.equal([path, 200]);
    expect((await get('/docs/start.js')).text).not.to.match(/https?:/);
  });

  it('lists documents that are there', async () => {
    const start = (await get('/docs/start.js')).text;
    const urls = [...start.matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(urls).to.have.length(6);
    for (const url of urls) {
      const { body, status } = await get(`/${url}`);
      expect([url, status, body['openapi']]).to.deep.equal([url, 200, '3.1.0']);
    }
  });

  it('serves no other file of its package', async () => {
    for (const path of [
      '/docs/package.json',
      '/docs/index.html',
      '/docs/../package.json',
      '/docs/%2e%2e/package.json',
    ]) {
      expect([path, (await get(path)).status]).to.deep.equal([path, 404]);
    }
  });

  it('leads back from a slash at its end', async () => {
    const { headers, status } = await get('/docs/');
    expect([status, headers.location]).to.deep.equal([308, '../docs']);
  });
});
