import type { Context } from '../../../kernel/endpoint.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { checked, csvBody, ndjsonBody, Summed } from './body.ts';
import { bundle } from './bundle.ts';
import { type ExportFormat, headerOf, type SignedManifest } from './manifest.ts';
import { ndjsonLine } from './ndjson.ts';
import { walkOf } from './plan.ts';
import type { ExportLine } from './proven.ts';
import { pagesOf } from './range.ts';
import { type Asked, sealManifest, startOf } from './sealing.ts';
import type { EntryWalk } from './walk.ts';

/** An export while it is made. */
export interface Making {
  readonly content: AsyncIterable<Uint8Array>;
  /** Of what was made; once the content has ended. */
  readonly manifest: () => SignedManifest;
}

/** What the making of an export may ask. */
export interface Maker {
  readonly ports: Ports;
  readonly context: Pick<Context, 'actor' | 'now' | 'tenant'>;
  readonly tenantName: string;
}

interface Work extends Maker {
  readonly asked: Asked;
  readonly walk: EntryWalk;
  readonly summed: Summed;
  readonly pages: AsyncIterable<readonly ExportLine[]>;
  /** Signs the manifest, when the body is whole. */
  readonly seal: () => Promise<SignedManifest>;
}

export const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  pdf: 'application/pdf',
};

const contents: Readonly<Record<ExportFormat, (work: Work) => AsyncIterable<Uint8Array>>> = { csv, ndjson, pdf };

/** Begins to make an export. Nothing is read before it is iterated. */
export function makeExport(maker: Maker, asked: Asked): Making {
  const { context, ports } = maker;
  const { plan } = asked;
  const walk = walkOf(plan);
  const summed = new Summed();
  const range = { from: plan.start.frontier.size, end: plan.end };
  const pages = checked(
    pagesOf((statement) => ports.read(context.tenant, statement), context.tenant, range),
    walk,
  );
  let signed: SignedManifest | undefined;
  const seal = async (): Promise<SignedManifest> => {
    signed = await sealManifest(ports, context, asked, { walk, body: summed.sum });
    return signed;
  };
  return {
    content: contents[asked.format]({ ...maker, asked, walk, summed, pages, seal }),
    manifest: () => {
      if (signed === undefined) throw new TypeError('an export has no manifest before its end');
      return signed;
    },
  };
}

async function* csv({ pages, seal, summed }: Work): AsyncGenerator<Uint8Array> {
  yield* csvBody(pages, summed);
  await seal();
}

async function* ndjson({ asked, pages, seal, summed }: Work): AsyncGenerator<Uint8Array> {
  const header = ndjsonLine(headerOf({ exportId: asked.exportId, ...startOf(asked.plan) }));
  yield* ndjsonBody(header, pages, summed);
  yield Buffer.from(ndjsonLine({ kind: 'manifest', ...(await seal()) }));
}

async function* pdf({ asked, context, pages, ports, seal, summed, tenantName }: Work): AsyncGenerator<Uint8Array> {
  const csv = csvBody(pages, summed);
  yield* bundle(ports, { csv, exportId: asked.exportId, at: context.now, manifest: seal, tenantName });
}
