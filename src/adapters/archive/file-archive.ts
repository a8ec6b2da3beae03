import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ArchivedFile, ArchiveStore, Seal } from '../../kernel/archive.ts';

const part = /^[a-z0-9][a-z0-9.-]{0,199}$/;

/**
 * Files under one directory, compressed (gzip), a folder a tenant. Each is written beside its place and moved there once it and its folder are synced, so that
 * nobody reads half a file.
 */
export function createFileArchive(dir: string): ArchiveStore {
  const pathOf = (tenant: string, name: string): string => {
    if (!part.test(tenant) || !part.test(name))
      throw new TypeError(`${tenant}/${name} cannot be a file of the archive`);
    return join(dir, tenant, name);
  };
  return {
    put: (tenant, name, content, seal) => put(pathOf(tenant, name), content, seal),
    keepOnly: async (tenant, prefix, name) => {
      const folder = dirname(pathOf(tenant, name));
      const left = (await readdir(folder)).filter((file) => file.startsWith(prefix) && file !== name);
      await Promise.all(left.map((file) => rm(join(folder, file), { force: true })));
    },
    open: async (tenant, name) => {
      const file = await open(pathOf(tenant, name), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return file?.createReadStream();
    },
  };
}

async function put(path: string, content: AsyncIterable<Uint8Array>, seal: Seal | undefined): Promise<ArchivedFile> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    const written = await write(unfinished, content, seal);
    await rename(unfinished, path);
    await sync(folder);
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function write(path: string, content: AsyncIterable<Uint8Array>, seal: Seal | undefined): Promise<ArchivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    const add = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    };
    for await (const chunk of compressed(content)) await add(chunk);
    if (seal !== undefined) await add(await seal({ bytes, sha256: hash.copy().digest('hex') }));
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** An error of the source shows here. */
async function* compressed(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const source = Readable.from(content, { objectMode: false });
  const gzip = createGzip();
  source.on('error', (error) => gzip.destroy(error));
  yield* source.pipe(gzip);
}

/** A new name is only durable once its folder is synced. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
