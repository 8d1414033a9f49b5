// Cases for credentials. RFC 7617 and RFC 9110, section 11: the scheme is case-insensitive, the credentials are not.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, type Expected, encodeBasic, rejected } from '../case.ts';
import type { DemandName } from '../demands.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';

type Sent = [label: string, authorization: string | undefined];

export function deriveCredentials(builder: RequestBuilder): Case[] {
  const { entry, subject, authorization, secured } = builder;
  const own = entry.operation.security !== undefined;
  if (!secured) return [];
  const pointer = own ? `${builder.pointer}/security` : '/security';
  const encoded = authorization.slice('Basic '.length);
  const make = (label: string, value: string | undefined, expected: Expected, demand: DemandName) =>
    makeCase(
      ...([builder, 'security', pointer, `credentials: ${label}`, { headers: { authorization: value } }] as const),
      expected,
      demand,
    );
  const malformed: Sent[] = [
    ['none', undefined],
    ['empty', ''],
    ['the scheme only', 'Basic'],
    ['another scheme', `Bearer ${encoded}`],
    ['another scheme that contains the right one', `Bearer notbasic ${encoded}`],
    ['no scheme', encoded],
    ['not Base64', `Basic ${subject.clientId}:${subject.secret}`],
    ['no colon', `Basic ${Buffer.from(subject.clientId).toString('base64')}`],
  ];
  const reject = (demand: DemandName, list: Sent[]) =>
    list.map(([label, value]) => make(label, value, rejected('credentials'), demand));
  return [
    ...['basic', 'BASIC'].map((name) => make(`the scheme as ${name}`, `${name} ${encoded}`, ACCEPTED, 'basic')),
    ...reject('unauthorized', malformed),
    ...reject('canonical Base64', sloppyBase64(encoded)),
    ...(subject.mock
      ? []
      : [
          ...reject('unauthorized', wrongClients(builder)),
          ...reject('exact credentials', wrongSecrets(builder)),
          ...otherClients(builder).map(([label, value]) => make(label, value, ACCEPTED, 'basic')),
        ]),
  ];
}

/** Base64 that lenient decoders accept as the same text (RFC 4648, sections 3 and 4). */
function sloppyBase64(encoded: string): Sent[] {
  const padded = encoded.endsWith('=');
  const body = encoded.replace(/=+$/, '');
  // The unused bits of the last character must be zero (section 3.5).
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const next = digits[digits.indexOf(body.at(-1) ?? '') + 1];
  return [
    ...(padded ? [['Base64 without its padding', `Basic ${body}`] satisfies Sent] : []),
    ...(padded && next
      ? [
          [
            'Base64 with bits left over',
            `Basic ${body.slice(0, -1)}${next}${encoded.slice(body.length)}`,
          ] satisfies Sent,
        ]
      : []),
    ['Base64 with a space inside', `Basic ${encoded.slice(0, 4)} ${encoded.slice(4)}`],
    ['Base64 with a foreign character', `Basic ${encoded.slice(0, 4)}!${encoded.slice(4)}`],
    ['Base64 with text behind it', `Basic ${encoded} x`],
  ];
}

function wrongClients({ subject: { clientId, secret, user2 } }: RequestBuilder): Sent[] {
  return [
    ['an unknown client', encodeBasic({ clientId: randomUUID(), secret })],
    ...(swapCase(clientId) === clientId
      ? []
      : [['the client ID in other letter case', encodeBasic({ clientId: swapCase(clientId), secret })] satisfies Sent]),
    ...wrongIds(clientId).map(([label, each]): Sent => [label, encodeBasic({ clientId: each, secret })]),
    ...(secret === clientId
      ? []
      : [['ID and secret exchanged', encodeBasic({ clientId: secret, secret: clientId })] satisfies Sent]),
    ...(user2
      ? [['the secret of another client', encodeBasic({ clientId, secret: user2.secret })] satisfies Sent]
      : []),
  ];
}

/** User names that a JavaScript object inherits, or that programs normalize. */
function wrongIds(clientId: string): [label: string, clientId: string][] {
  return [
    ['the client ID constructor', 'constructor'],
    ['the client ID __proto__', '__proto__'],
    ['a space before the client ID', ` ${clientId}`],
    ['a byte order mark before the client ID', `\ufeff${clientId}`],
    ['the client ID in full-width characters', toFullWidth(clientId)],
    ['a NUL behind the client ID', `${clientId}\0`],
  ];
}

/** Wrong credentials. There are few, because servers limit the number of failed logins. */
function wrongSecrets({ subject: { clientId, secret } }: RequestBuilder): Sent[] {
  const wrong: [string, string][] = [
    ['a wrong secret', `${secret}x`],
    ['an empty secret', ''],
    ['the secret without its last character', secret.slice(0, -1)],
    ['the secret in other letter case', swapCase(secret)],
    // These are equal after normalization to NFKC.
    ['the secret in full-width characters', toFullWidth(secret)],
    ['a space behind the secret', `${secret} `],
    ['a space before the secret', ` ${secret}`],
    ['a line feed behind the secret', `${secret}\n`],
    ['a NUL behind the secret', `${secret}\0`],
    ['a colon behind the secret', `${secret}:`],
  ];
  return wrong
    .filter(([, each]) => each !== secret)
    .map(([label, each]) => [label, encodeBasic({ clientId, secret: each })]);
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}

/** Converts ASCII to the Unicode block Halfwidth and Fullwidth Forms, which has the same order. */
function toFullWidth(text: string): string {
  return text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
}

function otherClients({ subject: { user2 } }: RequestBuilder): Sent[] {
  return user2 ? [['another client of the account', encodeBasic(user2)]] : [];
}
