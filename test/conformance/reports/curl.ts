// Writes a request as a `curl` command to paste. Secrets stay in the environment, because reports end up in shared
// logs.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Credentials, encodeBasic, type HttpRequest, type Subject } from '../cases/case.ts';
import { OTHER_USER_VARIABLE, USER_VARIABLE, USER2_VARIABLE } from '../options/user-variables.ts';

/**
 * Returns one command. It contains the body, encoded where a terminal cannot take it, so that it works on any machine.
 * Only a body that stays large is written to a file.
 */
export function writeCurl(subject: Subject, { method, path, headers, body }: HttpRequest): string {
  const { url } = subject;
  const { authorization, 'content-type': contentType, ...others } = headers;
  const { before = '', data } = body === undefined ? {} : writeBody(body);
  const all = [
    'curl --include --path-as-is --globoff',
    method === 'HEAD' ? '--head' : `--request ${method}`,
    quote(url + path),
    ...(authorization === undefined ? [] : [writeAuthorization(authorization, subject)]),
    // Otherwise curl adds its own content type.
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

/** The credentials of a subject, with the variables that hold them. */
function usersOf(subject: Subject): [variable: string, credentials: Credentials][] {
  const { user2, otherUser } = subject;
  return [
    [USER_VARIABLE, subject],
    ...(user2 ? [[USER2_VARIABLE, user2] satisfies [string, Credentials]] : []),
    ...(otherUser ? [[OTHER_USER_VARIABLE, otherUser] satisfies [string, Credentials]] : []),
  ];
}

/** Replaces secrets with references to their variables. */
function writeAuthorization(value: string, subject: Subject): string {
  for (const [variable, credentials] of usersOf(subject)) {
    const written = value.startsWith('Basic ') ? writeUser(value, variable, credentials) : undefined;
    if (written !== undefined) return written;
  }
  const [variable, { clientId, secret }] = [USER_VARIABLE, subject];
  const hidden = value
    .split(encodeBasic(subject).slice('Basic '.length))
    .map(quoteInside)
    .join(`$(${writeEncoded(variable)})`)
    .replaceAll(quoteInside(`${clientId}:${secret}`), `\${${variable}}`);
  return value === '' ? writeHeader('Authorization', value) : `--header "Authorization: ${hidden}"`;
}

function writeEncoded(variable: string, format = '%s', values = `"\${${variable}}"`): string {
  return `printf ${format} ${values} | base64 | tr -d '\\n'`;
}

/** A reference to the variable, for credentials that are equal or similar to its value; otherwise undefined. */
function writeUser(value: string, variable: string, credentials: Credentials): string | undefined {
  const { clientId, secret } = credentials;
  const user = `${clientId}:${secret}`;
  const sent = value.slice('Basic '.length);
  const decoded = Buffer.from(sent, 'base64').toString();
  if (Buffer.from(decoded).toString('base64') !== sent) {
    const same = encodeBasic(credentials).slice('Basic '.length);
    // Another form of the same Base64: the common part comes from the variable.
    return Buffer.from(sent.replace(/ .$/, ''), 'base64').toString('base64').startsWith(same.slice(0, -4))
      ? writeNearly(sent, same, variable)
      : undefined;
  }
  const [ownId, ownSecret] = [`\${${variable}%%:*}`, `\${${variable}#*:}`];
  if (decoded === `${secret}:${clientId}`) return `--user "${ownSecret}:${ownId}"`;
  // An argument of a command cannot contain a NUL.
  if (decoded === `${clientId}\0:${secret}`)
    return `--header "Authorization: Basic $(${writeEncoded(variable, "'%s\\0:%s'", `"${ownId}" "${ownSecret}"`)})"`;
  if (decoded === `${user}\0`) return `--header "Authorization: Basic $(${writeEncoded(variable, "'%s\\0'")})"`;
  if (decoded.startsWith(user)) return `--user "\${${variable}}"${quoteRest(decoded.slice(user.length))}`;
  if (secret.length > 1 && decoded === user.slice(0, -1)) return `--user "\${${variable}%?}"`;
  for (const [change, letters] of [
    [secret.toUpperCase(), 'a-z A-Z'],
    [secret.toLowerCase(), 'A-Z a-z'],
  ] as const)
    if (decoded === `${clientId}:${change}`) return `--user "${ownId}:$(printf %s "${ownSecret}" | tr ${letters})"`;
  // The secret with another client ID, or with text before it, is the part after the first colon of the variable.
  if (secret !== '' && decoded.endsWith(secret) && decoded.slice(0, -secret.length).includes(':'))
    return `--user "${quoteInside(decoded.slice(0, -secret.length))}${ownSecret}"`;
  return undefined;
}

/** Takes the common beginning and end of two texts from the variable. */
function writeNearly(sent: string, same: string, variable: string): string {
  let start = 0;
  while (start < same.length && sent[start] === same[start]) start++;
  let end = 0;
  while (end < same.length - start && end < sent.length - start && sent.at(-1 - end) === same.at(-1 - end)) end++;
  const part = (range: string) => `$(${writeEncoded(variable)} | cut -c${range})`;
  const [before, after] = [start > 0 ? part(`1-${start}`) : '', end > 0 ? part(`${same.length - end + 1}-`) : ''];
  return `--header "Authorization: Basic ${before}${quoteInside(sent.slice(start, sent.length - end))}${after}"`;
}

/** Received text with the credentials replaced. */
export function hideCredentials(subject: Subject, text: string): string {
  const hidden = usersOf(subject).flatMap(([, credentials]) => {
    const { clientId, secret } = credentials;
    // A short secret may be an ordinary word.
    return [
      encodeBasic(credentials).slice('Basic '.length),
      `${clientId}:${secret}`,
      ...(secret.length > 12 ? [secret] : []),
    ];
  });
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

/** The argument that passes the body to curl, and the command that is piped into it. */
function writeBody(body: string | Buffer): { before?: string; data: string } {
  const text = body.toString();
  const bytes = Buffer.from(body);
  // curl reads the text after an @ as the name of a file.
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
