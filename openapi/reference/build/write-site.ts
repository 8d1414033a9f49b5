// Writes the files of the site with their compressed forms, and files.json, which the server reads.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Asset } from '../site/asset.ts';

const MEDIA_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.bru': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const LIST = 'files.json';

/** The site of the last build. */
interface BuiltSite {
  folder: string;
  /** The ETag of each file, by its name. */
  etags: Map<string, string>;
}

/** The files of the site; empty where there is none. */
async function readEtags(folder: string): Promise<BuiltSite['etags']> {
  const text = await readFile(join(folder, LIST), 'utf8').catch(() => '{}');
  const entries = Object.entries<{ etag: string }>(JSON.parse(text));
  return new Map(entries.map(([name, { etag }]) => [name, etag]));
}

/** The quality of Brotli. Level 11 would save another tenth, and take ten times as long. */
const LEVELS = { brotli: 9, gzip: 9 } as const;

/** Writes the site into an empty folder. Compressed forms are reused from `previous`, the folder of the last build. */
export async function writeSite(folder: string, assets: readonly Asset[], previous?: string): Promise<void> {
  const built = previous === undefined ? undefined : { folder: previous, etags: await readEtags(previous) };
  const entries = await Promise.all(assets.map((asset) => write(folder, asset, built)));
  await writeFile(join(folder, LIST), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}

async function write(
  folder: string,
  { name, content, immutable = false, policy, originPlaceholder }: Asset,
  built: BuiltSite | undefined,
) {
  const type = MEDIA_TYPES[extname(name)];
  if (!type) throw new Error(`MEDIA_TYPES has no entry for ${name}.`);
  const path = join(folder, name);
  const bytes = Buffer.from(content);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  // The server replaces the placeholder in a page before it compresses the page. Bruno opens its folder as files on
  // disk.
  const isPlain = extname(name) === '.woff2' || name.startsWith('bruno/');
  const compressed = !isPlain && originPlaceholder === undefined;
  const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  // Compressing the script of Redoc takes 0.2 s, and a page 0.1 s.
  const isSame = built?.etags.get(name) === etag;
  const reused = compressed && built && isSame && (await copyCompressed(join(built.folder, name), path));
  if (compressed && !reused)
    await Promise.all([
      toBrotli(bytes).then((data) => writeFile(`${path}.br`, data)),
      toGzip(bytes).then((data) => writeFile(`${path}.gz`, data)),
    ]);
  return [
    name,
    { type, etag, immutable, compressed, ...(policy && { policy }), ...(originPlaceholder && { originPlaceholder }) },
  ] as const;
}

/** Copies the compressed forms of a file. Resolves with false when there are none. */
async function copyCompressed(from: string, to: string): Promise<boolean> {
  try {
    await Promise.all(['.br', '.gz'].map((ending) => copyFile(from + ending, to + ending)));
    return true;
  } catch {
    return false;
  }
}

function toBrotli(bytes: Buffer): Promise<Buffer> {
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: LEVELS.brotli } });
}

function toGzip(bytes: Buffer): Promise<Buffer> {
  return promisify(gzip)(bytes, { level: LEVELS.gzip });
}
