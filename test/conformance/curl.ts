// Writes a request as a `curl` command that a person can paste. Secrets stay in the environment: reports end up in the logs of others.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sent, Subject } from './case.ts';

/** The variable that the commands take the credentials from, as `id:secret`. */
export const USER_VARIABLE = 'CONFORMANCE_USER';

/** One command for each request. A body that no terminal takes is put into a file. */
export function writeCurl({ url, clientId, secret }: Subject, { method, path, headers, body }: Sent): string {
  const { authorization, 'content-type': contentType, ...others } = headers;
  const all = [
    'curl --include --path-as-is --globoff',
    method === 'HEAD' ? '--head' : `--request ${method}`,
    quote(url + path),
    ...(authorization === undefined ? [] : [writeAuthorization(authorization, clientId, secret)]),
    // curl would add a content type of its own.
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

/** Whatever holds the secret names the variable instead. */
function writeAuthorization(value: string, clientId: string, secret: string): string {
  const user = `${clientId}:${secret}`;
  const encoded = Buffer.from(user).toString('base64');
  const [, basic = ''] = /^basic (\S+)$/i.exec(value) ?? [];
  const decoded = Buffer.from(basic, 'base64').toString();
  if (value.startsWith('Basic ') && decoded.startsWith(user))
    return `--user "\${${USER_VARIABLE}}"${quoteRest(decoded.slice(user.length))}`;
  // Another client with the secret of this one: what follows the first colon of the variable.
  if (value.startsWith('Basic ') && secret !== '' && decoded.endsWith(`:${secret}`))
    return `--user "${quoteInside(decoded.slice(0, -secret.length))}\${${USER_VARIABLE}#*:}"`;
  const hidden = value
    .split(encoded)
    .map(quoteInside)
    .join(`$(printf %s "\${${USER_VARIABLE}}" | base64 | tr -d '\\n')`)
    .replaceAll(quoteInside(user), `\${${USER_VARIABLE}}`);
  return value === '' ? writeHeader('Authorization', value) : `--header "Authorization: ${hidden}"`;
}

/** A text that came from outside, without the credentials that it may repeat. */
export function hideCredentials({ clientId, secret }: Subject, text: string): string {
  const user = `${clientId}:${secret}`;
  const encoded = Buffer.from(user).toString('base64');
  // A short secret may be an ordinary word.
  const told = [encoded, user, ...(secret.length > 12 ? [secret] : [])];
  return told.reduce((rest, each) => rest.replaceAll(each, '(credentials)'), text);
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

/** What a terminal does not take: control characters but for tab and line feed, and what was no UTF-8. */
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
