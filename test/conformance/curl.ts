// Writes a request as a `curl` command to paste. Secrets stay in the environment, because reports end up in shared
// logs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpRequest, Subject } from './case.ts';

/** The environment variable that holds the credentials, as `id:secret`. */
export const USER_VARIABLE = 'CONFORMANCE_USER';

/** Returns one command. A body that a terminal cannot take is written to a file. */
export function writeCurl({ url, clientId, secret }: Subject, { method, path, headers, body }: HttpRequest): string {
  const { authorization, 'content-type': contentType, ...others } = headers;
  const all = [
    'curl --include --path-as-is --globoff',
    method === 'HEAD' ? '--head' : `--request ${method}`,
    quote(url + path),
    ...(authorization === undefined ? [] : [writeAuthorization(authorization, clientId, secret)]),
    // Without this, curl adds its own content type.
    ...(contentType !== undefined || body !== undefined ? [writeHeader('Content-Type', contentType)] : []),
    ...Object.entries(others).map(([name, value]) => writeHeader(name, value)),
    ...(body === undefined ? [] : [`--data-binary ${writeBody(body)}`]),
  ];
  return all.join(' \\\n  ');
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

let files = 0;

function writeBody(body: string | Buffer): string {
  const text = body.toString();
  const printable = typeof body === 'string' && body.length < 2_000 && !UNPRINTABLE.test(text);
  if (printable) return quote(text);
  const folder = join(tmpdir(), `customer-organizations-conformance-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${++files}.body`);
  writeFileSync(file, body);
  return quote(`@${file}`);
}
