// Writes the files of the site, compressed as well, and a list of them for the server.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Asset } from './assets.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Brotli's level 11 saves a tenth more than 9 and takes ten times as long. `quick` is for a site that is read from the same machine. */
const LEVELS = { best: { brotli: 9, gzip: 9 }, quick: { brotli: 2, gzip: 1 } } as const;

export type Effort = keyof typeof LEVELS;

export async function writeSite(folder: string, assets: readonly Asset[], effort: Effort): Promise<void> {
  const entries = await Promise.all(assets.map((asset) => write(folder, asset, effort)));
  await writeFile(join(folder, 'files.json'), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}

async function write(folder: string, { name, content, immutable = false, policy }: Asset, effort: Effort) {
  const type = TYPES[extname(name)];
  if (!type) throw new Error(`No media type is known for ${name}.`);
  const path = join(folder, name);
  const bytes = Buffer.from(content);
  await mkdir(dirname(path), { recursive: true });
  const compressed = extname(name) !== '.woff2';
  await Promise.all([
    writeFile(path, bytes),
    ...(compressed
      ? [writeFile(`${path}.br`, await toBrotli(bytes, effort)), writeFile(`${path}.gz`, await toGzip(bytes, effort))]
      : []),
  ]);
  const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return [name, { type, etag, immutable, compressed, ...(policy && { policy }) }] as const;
}

function toBrotli(bytes: Buffer, effort: Effort): Promise<Buffer> {
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: LEVELS[effort].brotli } });
}

function toGzip(bytes: Buffer, effort: Effort): Promise<Buffer> {
  return promisify(gzip)(bytes, { level: LEVELS[effort].gzip });
}
