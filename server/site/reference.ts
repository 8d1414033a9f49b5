// Serves the reference site at `/`. A rebuilt site is served from the next request on.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import { ApiError } from '../edge/errors.ts';
import { noteReadOnly, noteResource } from '../edge/exchange/exchange.ts';
import { writeJson } from '../edge/steps/write-response.ts';
import { buildReference } from './build-reference.ts';
import { AddressedPage, originOf, tagAt } from './page-with-origin.ts';
import { SendTurns } from './send-turns.ts';
import { shareWhilePending } from './share-while-pending.ts';

/** An entry of `files.json`. */
interface SiteFile {
  type: string;
  etag: string;
  immutable: boolean;
  compressed: boolean;
  policy?: string;
  /** The placeholder for the origin in the file, which then has no precompressed forms. */
  originPlaceholder?: string;
}

interface Site {
  files: Map<string, SiteFile>;
  /**
   * The files that have been requested so far. All responses share them, so a client that does not read its response
   * costs no memory of its own.
   */
  contents: Map<string, Promise<Buffer>>;
  /** The pages with a placeholder that have been requested so far. */
  pages: Map<string, Promise<AddressedPage>>;
}

const FOLDER = fileURLToPath(new URL('../../generated/reference/', import.meta.url));

/** The list of the files of the site, which the build writes last. */
const LIST = 'files.json';

/** The page with the try-it panel. `index.html` is for static hosts, and has none. */
const PAGE = 'served.html';

/** The files that this server sends in place of others. A static host sends those on the left. */
const SERVED = new Map([
  ['', PAGE],
  ['index.html', PAGE],
  ['reference.md', 'served.md'],
  ['changelog.html', 'served-changelog.html'],
]);

/** The path of an older version, whose folder has its own page and files. */
const VERSION = /^\/versions\/\d{4}-\d\d-\d\d$/;

/** The names of the other files. */
const FILE = /^(openapi\.(json|yaml)|postman\.json|llms\.txt|changelog\.md|bruno\/[\w./-]+|assets\/[\w.-]+)$/;

/** The turns of all responses with a file. */
const turns = new SendTurns();

const NOT_BUILT = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Customer Organizations API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body>
<h1>Customer Organizations API</h1>
<p>The server is running, but its reference could not be built. The reason is in its output.</p>
</body>
</html>
`;

/**
 * Creates middleware that responds to GET and HEAD on the paths of the site, and passes everything else on. In the
 * repository, it builds the site when the page is requested and there is none or the contract is newer; packages
 * contain the site.
 */
export function serveReference(
  folder: string = FOLDER,
  build = folder === FOLDER ? buildReference : undefined,
): RequestHandler {
  const list = join(folder, LIST);
  // All requests that arrive during a look at the disk share it.
  const readSite = shareWhilePending(siteReader(list));
  const buildOnce = build && shareWhilePending(() => build(list));
  return async (request, response, next) => {
    const name = nameOf(request);
    if (name === undefined) return next();
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (name.endsWith(PAGE) && isRead) await buildOnce?.();
    const site = await readSite();
    const file = site?.files.get(name);
    if (file || name === PAGE) {
      if (!isRead) {
        noteReadOnly(response);
        return next();
      }
      noteResource(response, 'reference');
      if (!meetsIfMatch(request)) return rejectHeader(response, 412, 'If-Match names no current version of this file.');
    }
    // The links of the page are relative, so its path must end with a slash.
    if (file && VERSION.test(request.path)) {
      response.set('Cache-Control', 'no-cache');
      return response.redirect(308, `${request.path.split('/').at(-1)}/`);
    }
    if (site && file) {
      if (file.originPlaceholder !== undefined)
        return sendPage(request, response, file, await pageOf(site, join(folder, name), file.originPlaceholder));
      return sendFile(request, response, file, (suffix) => contentOf(site, join(folder, name + suffix)));
    }
    if (name !== PAGE || site) return next();
    const headers = { type: 'text/html; charset=utf-8', cache: 'no-store', policy: "default-src 'none'" };
    send(request, response, headers, [Buffer.from(NOT_BUILT)]);
  };
}

/** The delay of the build, so that it does not slow down the first requests to a new process. */
const BUILD_AFTER_MS = 1_000;

/** Builds the site in the background if necessary, in the repository only. Does not keep the process alive. */
export function buildReferenceSoon(): void {
  setTimeout(() => void buildReference(join(FOLDER, LIST)), BUILD_AFTER_MS).unref();
}

/**
 * Returns whether `If-Match` is satisfied. RFC 9110, section 13.1.1: tags are compared strongly, and all tags of the
 * site are weak. The site has no dates, so `If-Unmodified-Since` must be ignored (section 13.1.4).
 */
function meetsIfMatch({ headers }: Request): boolean {
  const tags = headers['if-match'];
  return tags === undefined || tags.trim() === '*';
}

/** Returns the file for a path, or undefined for a path outside the site. Does not access the disk. */
function nameOf({ path }: Request): string | undefined {
  if (VERSION.test(path)) return `${path.slice(1)}/${PAGE}`;
  const [, folder = '', file = ''] = /^\/(versions\/\d{4}-\d\d-\d\d\/)?(.*)$/.exec(path) ?? [];
  const served = SERVED.get(file) ?? (FILE.test(file) ? file : undefined);
  return path.startsWith('/') && served !== undefined ? folder + served : undefined;
}

/** Returns a function that reads the site. Only listed files are ever read, so that no path leads out of the folder. */
function siteReader(list: string): () => Promise<Site | undefined> {
  // Contains only the newest build. Requests that arrive while it is being read share the result.
  const sites = new Map<number, Promise<Site>>();
  return async () => {
    try {
      const { mtimeMs } = await stat(list);
      if (!sites.has(mtimeMs)) sites.clear();
      return await readOnce(sites, mtimeMs, () => openSite(list));
    } catch (error) {
      if (!isMissing(error)) throw error;
      return undefined;
    }
  };
}

async function openSite(list: string): Promise<Site> {
  const files: Record<string, SiteFile> = JSON.parse(await readFile(list, 'utf8'));
  return { files: new Map(Object.entries(files)), contents: new Map(), pages: new Map() };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The content codings of files, best first, with their file extensions. RFC 9110, section 8.4.1.3: x-gzip is gzip. */
const COMPRESSED = new Map([
  ['br', '.br'],
  ['gzip', '.gz'],
  ['x-gzip', '.gz'],
  ['identity', ''],
]);
const PLAIN = new Map([['identity', '']]);

/** Reads a file, which stays in memory until the site is rebuilt. All files together have about 4 MB. */
function contentOf({ contents }: Site, path: string): Promise<Buffer> {
  return readOnce(contents, path, () => readFile(path));
}

function pageOf({ pages }: Site, path: string, placeholder: string): Promise<AddressedPage> {
  return readOnce(pages, path, async () => new AddressedPage(await readFile(path), placeholder));
}

/** Caches what was read, but not failures. */
function readOnce<Key, Content>(
  known: Map<Key, Promise<Content>>,
  key: Key,
  read: () => Promise<Content>,
): Promise<Content> {
  const content = known.get(key) ?? read();
  known.set(key, content);
  content.catch(() => known.delete(key));
  return content;
}

async function sendFile(
  request: Request,
  response: Response,
  file: SiteFile,
  read: (suffix: string) => Promise<Buffer>,
): Promise<void> {
  if (file.compressed) response.vary('Accept-Encoding');
  const codings = file.compressed ? COMPRESSED : PLAIN;
  const coding = chooseCoding(request, response, codings);
  if (coding === undefined) return;
  const content = await read(codings.get(coding) ?? '');
  return sendCoded(request, response, file, coding, [content]);
}

async function sendPage(request: Request, response: Response, file: SiteFile, page: AddressedPage): Promise<void> {
  response.vary('Accept-Encoding');
  const coding = chooseCoding(request, response, COMPRESSED);
  if (coding === undefined) return;
  const origin = originOf(request);
  const compressed = await page.compress(origin, coding === 'x-gzip' ? 'gzip' : coding);
  const atOrigin = { ...file, etag: tagAt(origin, file.etag) };
  if (compressed) return sendCoded(request, response, atOrigin, coding, [compressed]);
  return sendCoded(request, response, atOrigin, 'identity', page.at(origin));
}

/** Negotiates the content coding. Returns undefined if a 406 was sent. */
function chooseCoding(request: Request, response: Response, codings: Map<string, string>): string | undefined {
  // RFC 9110, section 12.5.3: identity is acceptable unless the client excludes it, for example by `*;q=0`.
  const coding = request.acceptsEncodings(...codings.keys());
  if (coding !== false) return coding;
  const list = [...codings.keys()].join(', ');
  const message = `Accept-Encoding allows no content coding of this file. It has: ${list}.`;
  rejectHeader(response, 406, message);
  return undefined;
}

/** Responds with the error format of the contract, and a status that the contract does not have. */
function rejectHeader(response: Response, status: 406 | 412, message: string): void {
  const { body } = new ApiError('InvalidRequest', { message });
  writeJson(response, { status, headers: { 'Cache-Control': 'no-store' }, body });
}

async function sendCoded(
  request: Request,
  response: Response,
  { type, etag, policy, immutable }: SiteFile,
  coding: string,
  content: readonly Buffer[],
): Promise<void> {
  // Before any field is set, because the request may be rejected meanwhile.
  await turns.take(response);
  if (coding !== 'identity') response.setHeader('Content-Encoding', coding === 'x-gzip' ? 'gzip' : coding);
  const cache = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  send(request, response, { type, cache, etag, policy }, content);
}

interface Headers {
  type: string;
  cache: string;
  etag?: string | undefined;
  policy?: string | undefined;
}

function send(request: Request, response: Response, headers: Headers, content: readonly Buffer[]): void {
  response.set({
    'Content-Type': headers.type,
    'Cache-Control': headers.cache,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(headers.etag && { ETag: headers.etag }),
    ...(headers.policy && { 'Content-Security-Policy': headers.policy }),
  });
  if (request.fresh) {
    response.removeHeader('Content-Encoding');
    response.status(304).end();
    return;
  }
  response.setHeader(
    'Content-Length',
    content.reduce((sum, { length }) => sum + length, 0),
  );
  response.cork();
  for (const part of content) response.write(part);
  response.end();
  response.uncork();
}
