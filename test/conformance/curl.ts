// Writes a request as a `curl` command to paste. Secrets stay in the environment, because reports end up in shared
// logs.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HttpRequest, Subject } from './case.ts';

/** The environment variable that holds the credentials, as `id:secret`. */
export const USER_VARIABLE = 'CONFORMANCE_USER';

/**
 * Returns one command. It contains the body, encoded when a terminal cannot take it, so that it works on another
 * machine than that of the run; only a body that stays large is written to a file.
 */
export function writeCurl({ url, clientId, secret }: Subject, { method, path, headers, body }: HttpRequest): string {
  const { authorization, 'content-type': contentType, ...others } = headers;
  const { before = '', data } = body === undefined ? {} : writeBody(body);
  const all = [
    'curl --include --path-as-is --globoff',
    method === 'HEAD' ? '--head' : `--request ${method}`,
    quote(url + path),
    ...(authorization === undefined ? [] : [writeAuthorization(authorization, clientId, secret)]),
    // Without this, curl adds its own content type.
    ...(contentType !== undefined || body !== undefined ? [writeHeader('Content-Type', contentType)] : []),
    ...Object.entries(others).map(([name, value]) => writeHeader(name, value)),
    ...(data === undefined ? [] : [`--data-binary ${data}`]),
  ];
  return before + all.join(' \\\n  ');
}

function writeHeader(name: string, value: string | undefined): string {
  if (value === undefined) return `--header ${quote(`${name}:`)}`;
  return `--header ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`;
}

/** Replaces the secret with a reference to the variable. */
function writeAuthorization(value: string, clientId: string, secret: string): string {
  const user = `${clientId}:${secret}`;
  const encoded = Buffer.from(user).toString('base64');
  const [, basic = ''] = /^basic (\S+)$/i.exec(value) ?? [];
  const decoded = Buffer.from(basic, 'base64').toString();
  if (value.startsWith('Basic ') && decoded.startsWith(user))
    return `--user "\${${USER_VARIABLE}}"${quoteRest(decoded.slice(user.length))}`;
  // Another client ID with the same secret: the part after the first colon of the variable.
  if (value.startsWith('Basic ') && secret !== '' && decoded.endsWith(`:${secret}`))
    return `--user "${quoteInside(decoded.slice(0, -secret.length))}\${${USER_VARIABLE}#*:}"`;
  const hidden = value
    .split(encoded)
    .map(quoteInside)
    .join(`$(printf %s "\${${USER_VARIABLE}}" | base64 | tr -d '\\n')`)
    .replaceAll(quoteInside(user), `\${${USER_VARIABLE}}`);
  return value === '' ? writeHeader('Authorization', value) : `--header "Authorization: ${hidden}"`;
}

/** Received text with the credentials replaced. */
export function hideCredentials({ clientId, secret }: Subject, text: string): string {
  const user = `${clientId}:${secret}`;
  const encoded = Buffer.from(user).toString('base64');
  // A short secret may be an ordinary word.
  const hidden = [encoded, user, ...(secret.length > 12 ? [secret] : [])];
  return hidden.reduce((rest, each) => rest.replaceAll(each, '(credentials)'), text);
}

function quoteRest(text: string): string {
  return text === '' ? '' : quote(text);
}

function quoteInside(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Control characters other than tab and line feed, and bytes that are not UTF-8. */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\ufffd]/u;

/** The most characters of a body in a command. */
const MAX_INLINE = 2_000;

let folder: string | undefined;

/** The argument that gives curl the body, and the command that is piped into curl before. */
function writeBody(body: string | Buffer): { before?: string; data: string } {
  const text = body.toString();
  const bytes = Buffer.from(body);
  // curl takes what follows an @ for the name of a file.
  const isPlain = typeof body === 'string' && !text.startsWith('@') && !UNPRINTABLE.test(text);
  if (isPlain && text.length < MAX_INLINE) return { data: quote(text) };
  const escaped = writeOctal(bytes);
  if (escaped.length < MAX_INLINE) return { before: `printf ${quote(escaped)} | `, data: '@-' };
  const packed = gzipSync(bytes).toString('base64');
  if (packed.length < MAX_INLINE) return { before: `printf %s ${packed} | base64 -d | gunzip | `, data: '@-' };
  folder ??= mkdtempSync(join(tmpdir(), 'customer-organizations-conformance-'));
  // Named after its content: each format of the report refers to the same file.
  const file = join(folder, `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.body`);
  writeFileSync(file, bytes);
  return { data: quote(`@${file}`) };
}

/** A format of `printf`: octal escapes, because POSIX knows no others. A hyphen at its start would be an option. */
function writeOctal(bytes: Buffer): string {
  return Array.from(bytes, (byte, index) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x25 && (index > 0 || byte !== 0x2d)
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  ).join('');
}
