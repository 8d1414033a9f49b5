// Serving the reference site: security policy, compression, caching, and paths that it leaves to the API.
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import { PAGE_ORIGIN } from '../../openapi/reference/site/served-contract.ts';
import { exchange } from '../support/http/http.ts';
import { ROOT } from '../support/project-copy.ts';
import { startSqliteServer, type Target } from '../support/targets.ts';

const SITE = join(ROOT, 'generated/reference');

describe('serveReference', () => {
  let server: Target;
  beforeAll(async () => {
    server = await startSqliteServer();
  });
  afterAll(() => server?.close());

  const fetchPath = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    exchange(server.url, { method, path, headers });

  it('sends a strict Content-Security-Policy', async () => {
    const { status, headers } = await fetchPath('/');

    const policy = new Map(
      headers['content-security-policy']?.split('; ').map((line): [string, string] => {
        const [directive = '', ...sources] = line.split(' ');
        return [directive, sources.join(' ')];
      }),
    );
    expect(status).toBe(200);
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toMatch(/^'self' 'sha256-[^' ]+'$/);
    expect(policy.get('style-src-elem')).not.toContain('unsafe');
    expect(policy.get('connect-src')?.split(' ').slice(1)).toEqual(
      bundled.servers
        .map(({ url }) => url)
        .filter((url) => url.startsWith('https:'))
        .map((url) => new URL(url).origin),
    );
    expect([...policy.values()].join(' ')).not.toContain('unsafe-eval');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('compresses with %s', async (encoding, decompress) => {
    const response = await fetchRaw(`${server.url}/`, encoding);

    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers.vary).toBe('Accept-Encoding');
    const page = await readFile(join(SITE, 'served.html'), 'utf8');
    expect(decompress(response.bytes).toString()).toBe(page.replaceAll(PAGE_ORIGIN, server.url));
  });

  // A reader without scripts sees only this.
  it('names its own address, and no default port or command of the repository', async () => {
    const { text } = await fetchPath('/');

    const inSamples = text.match(/http:\/\/[^\s"'<&]*\/customer-organizations/g) ?? [];
    expect(inSamples.length).toBeGreaterThan(10);
    expect(new Set(inSamples)).toEqual(new Set([`${server.url}/api/customer-organizations`]));
    expect(text.match(/localhost:|127\.0\.0\.1:3000\b|:4010\b|npm (start|run)|this-page/g)).toBeNull();
  });

  it.each([
    ['/reference.md', 'text/markdown; charset=utf-8', /^# Customer Organizations API\n/],
    ['/llms.txt', 'text/plain; charset=utf-8', /^# Customer Organizations API\n[\s\S]*\(reference\.md\)/],
    ['/postman.json', 'application/json; charset=utf-8', /^\{\n {2}"item": \[[\s\S]*"key": "baseUrl"/],
    ['/bruno/collection.bru', 'text/plain; charset=utf-8', /^auth \{/],
    ['/bruno/environments/Local.bru', 'text/plain; charset=utf-8', /^vars \{/],
  ])('serves %s as %s', async (path, type, text) => {
    const response = await fetchPath(path);

    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe(type);
    expect(response.text).toMatch(text);
    expect(response.text).not.toContain('this-page');
  });

  it.each([
    ['api.example.com', 'http://api.example.com'],
    ['API.example.com:8443', 'http://API.example.com:8443'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['', undefined],
    ["a'b", undefined],
    ['a&quot;b', undefined],
    ['a;b', undefined],
    ['a$(id)', undefined],
  ])('writes the Host %j into the page as %s', async (host, origin) => {
    const { text, headers } = await fetchPath('/', { host });
    const own = await fetchPath('/');

    expect(text).toContain(`<meta name="origin" content="${origin ?? server.url}">`);
    expect(headers.etag === own.headers.etag).toBe(origin === undefined);
  });

  it('sends the page to any number of made-up hosts, compressed or not', async () => {
    const hosts = Array.from({ length: 40 }, (_, index) => `host-${index}.example`);
    const texts = await Promise.all(
      hosts.map(async (host) => {
        const { bytes, headers } = await fetchRaw(`${server.url}/`, 'gzip', host);
        return String(headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes);
      }),
    );

    expect(texts.map((text) => /name="origin" content="http:\/\/([^"]*)"/.exec(text)?.[1])).toEqual(hosts);
    expect(texts.every((text) => text.endsWith('</html>\n'))).toBe(true);
  });

  // RFC 9110, sections 8.4.1.3 and 12.5.3.
  it.each([
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0, br;q=0', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['*;q=0, identity', undefined],
    ['*', 'br'],
    ['*;q=0.5, gzip;q=0', 'br'],
    ['gzip;q=0, *', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['gzip;q=0.001', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['*;q=0, gzip', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0, *;q=0.1, br;q=0', 'gzip'],
  ])('comes in the best content coding that Accept-Encoding %j allows: %s', async (header, coding) => {
    const { status, headers } = await fetchPath('/', { 'accept-encoding': header });

    expect([status, headers['content-encoding'], headers.vary]).toEqual([200, coding, 'Accept-Encoding']);
  });

  it.each(['*;q=0', 'identity;q=0', 'deflate, *;q=0', 'identity;q=0, deflate', 'br;q=0, gzip;q=0, identity;q=0'])(
    'is a 406 that lists its content codings when Accept-Encoding allows none of them: %s',
    async (header) => {
      const { status, headers, body } = await fetchPath('/', { 'accept-encoding': header });

      expect([status, headers['content-type'], headers.vary]).toEqual([
        406,
        'application/json; charset=utf-8',
        'Accept-Encoding',
      ]);
      const message = expect.stringMatching(/It has: br, gzip, x-gzip, identity\.$/);
      expect(body).toEqual({ error: { type: 'InvalidRequest', message } });
    },
  );

  it('returns 304 for an unchanged page', async () => {
    const { headers, text } = await fetchPath('/');
    const again = await fetchPath('/', { 'if-none-match': headers.etag ?? '' });
    const changed = await fetchPath('/', { 'if-none-match': 'W/"other"' });

    expect(text.length).toBeGreaterThan(100_000);
    expect(headers['cache-control']).toBe('no-cache');
    expect([again.status, again.text]).toEqual([304, '']);
    expect(changed.status).toBe(200);
  });

  // RFC 9110, section 13.1.1: a weak tag never matches. There is no date to compare with If-Unmodified-Since.
  it('returns 412 when If-Match names a version, and ignores dates', async () => {
    const { headers } = await fetchPath('/');
    const past = 'Thu, 01 Jan 2015 00:00:00 GMT';

    for (const path of ['/', '/openapi.json'])
      for (const tags of ['"x"', '"x", W/"y"', 'W/"x"', headers.etag ?? '', '']) {
        const response = await fetchPath(path, { 'if-match': tags });
        expect([path, tags, response.status]).toEqual([path, tags, 412]);
        const message = 'If-Match names no current version of this file.';
        expect(response.body).toEqual({ error: { type: 'InvalidRequest', message } });
      }
    const any = { 'if-match': '*' };
    expect((await fetchPath('/', any)).status).toBe(200);
    expect((await fetchPath('/', { ...any, 'if-none-match': headers.etag ?? '' })).status).toBe(304);
    expect((await fetchPath('/', { 'if-unmodified-since': past, 'if-modified-since': past })).status).toBe(200);
    expect((await fetchPath('/none', { 'if-match': '"x"' })).status).toBe(404);
  });

  // RFC 9110, section 15.5.6.
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'returns 405 with Allow for %s of a file, and 404 where there is none',
    async (method) => {
      const [, script = ''] =
        /src="\.?\/?(assets\/redoc[^"]*)"/.exec(await readFile(join(SITE, 'index.html'), 'utf8')) ?? [];
      for (const path of ['/', '/index.html', '/reference.md', '/openapi.json', '/llms.txt', `/${script}`]) {
        const { status, headers, body } = await fetchPath(path, {}, method);
        expect([path, status, headers.allow]).toEqual([path, 405, 'GET, HEAD']);
        expect(body).toMatchObject({ error: { type: 'MethodNotAllowed' } });
      }
      for (const path of ['/assets/none.js', '/none', '/served.html', '/files.json'])
        expect([path, (await fetchPath(path, {}, method)).status]).toEqual([path, 404]);
    },
  );

  it('marks content-hashed files as immutable', async () => {
    const page = await readFile(join(SITE, 'index.html'), 'utf8');
    const [, script = ''] = /src="(assets\/redoc[^"]*)"/.exec(page) ?? [];
    const { status, headers } = await fetchPath(`/${script}`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('returns no body for HEAD', async () => {
    const { status, headers, text } = await fetchPath('/', {}, 'HEAD');

    expect([status, text]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(100_000);
  });

  it.each([
    ['GET', '/assets/nothing.js'],
    ['GET', '/assets/..%2f..%2f..%2fpackage.json'],
    ['GET', '/assets/../../../package.json'],
    ['GET', '/files.json'],
    ['GET', '//'],
    ['POST', '//'],
    ['GET', '/api'],
  ])('leaves %s %s to the API, which returns 404', async (method, path) => {
    const { status, body } = await fetchPath(path, {}, method);

    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'NotFound' } });
  });
});

/** Fetches without decompression. */
function fetchRaw(url: string, encoding: string, host?: string) {
  return new Promise<{ headers: Record<string, unknown>; bytes: Buffer }>((settle, fail) => {
    request(url, { headers: { 'accept-encoding': encoding, ...(host && { host }) } }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      settle({ headers: response.headers, bytes: Buffer.concat(chunks) });
    })
      .on('error', fail)
      .end();
  });
}
