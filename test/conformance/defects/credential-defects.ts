// Implementations that read credentials or versions too leniently, or not at all.
import type { Defect, ProxyRequest, Rewrite } from './rewriting-proxy.ts';

const PLAIN = { clientId: 'key', secret: 'secret' };

const encode = (clientId: string, secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

/** Accepts the secret of the demo key in another form. */
const accepts = (isSame: (secret: string) => boolean): Rewrite => ({
  request({ headers }) {
    const text = Buffer.from(headers.authorization?.replace(/^basic +/i, '') ?? '', 'base64').toString();
    const colon = text.indexOf(':');
    if (text.slice(0, colon) === PLAIN.clientId && isSame(text.slice(colon + 1)))
      headers.authorization = encode(PLAIN.clientId, PLAIN.secret);
  },
});

/** Decodes Base64 that is not canonical. */
const decodes = (pattern: RegExp, correct: (encoded: string) => string): Rewrite => ({
  request({ headers }) {
    const [, encoded] = pattern.exec(headers.authorization ?? '') ?? [];
    if (encoded !== undefined)
      headers.authorization = `Basic ${Buffer.from(correct(encoded), 'base64').toString('base64')}`;
  },
});

/** Rejects credentials that it cannot read. */
const rejects = (pattern: RegExp): Rewrite => ({
  request({ headers }) {
    const text = Buffer.from(headers.authorization?.replace(/^basic +/i, '') ?? '', 'base64').toString();
    if (pattern.test(text)) headers.authorization = 'Basic invalid';
  },
});

const acceptsVersion = (isSame: (version: string) => boolean): Rewrite => ({
  request({ headers }: ProxyRequest) {
    if (isSame(String(headers['sequence-version'] ?? ''))) delete headers['sequence-version'];
  },
});

const isDate = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text);
const { secret: SECRET } = PLAIN;

const security = (name: string, rewrite: Rewrite): Defect => ({ name, rule: 'security', ...rewrite });
const versions = (name: string, rewrite: Rewrite): Defect => ({ name, rule: 'versions', ...rewrite });

export const CREDENTIAL_DEFECTS: Defect[] = [
  security(
    'accepts a prefix of the secret',
    accepts((given) => given !== '' && SECRET.startsWith(given)),
  ),
  security(
    'accepts the empty secret',
    accepts((given) => given === ''),
  ),
  security(
    'compares as many characters as it knows',
    accepts((given) => given.startsWith(SECRET)),
  ),
  security(
    'ignores the letter case of the secret',
    accepts((given) => given.toLowerCase() === SECRET),
  ),
  security(
    'trims the end of the secret',
    accepts((given) => given.trimEnd() === SECRET),
  ),
  security(
    'trims the beginning of the secret',
    accepts((given) => given.trimStart() === SECRET),
  ),
  security(
    'reads the secret up to a NUL',
    accepts((given) => given.split('\0')[0] === SECRET),
  ),
  security(
    'reads the secret up to a line feed',
    accepts((given) => given.split('\n')[0] === SECRET),
  ),
  security(
    'reads the secret up to a second colon',
    accepts((given) => given.split(':')[0] === SECRET),
  ),
  security(
    'accepts any secret of the account',
    accepts((given) => given === 'pass:wörd'),
  ),
  security('rejects secrets with a colon', rejects(/:.*:/)),
  security('rejects secrets beyond ASCII', rejects(/[^\0-\x7f]/)),
  security(
    'accepts Base64 without its padding',
    decodes(/^Basic ([^= ]+)$/, (encoded) => encoded),
  ),
  security(
    'accepts Base64 with bits left over',
    decodes(/^Basic ([^= ]+==?)$/, (encoded) => encoded),
  ),
  security(
    'skips spaces in Base64',
    decodes(/^Basic (\S+ \S{8,})$/, (encoded) => encoded.replace(' ', '')),
  ),
  security(
    'skips foreign characters in Base64',
    decodes(/^Basic (\S*!\S*)$/, (encoded) => encoded.replace('!', '')),
  ),
  security(
    'ignores what is behind the credentials',
    decodes(/^Basic (\S+) \S{1,3}$/, (encoded) => encoded),
  ),
  security(
    'takes the last word as credentials',
    decodes(/^Bearer (?:\S+ )?(\S+)$/, (encoded) => encoded),
  ),

  versions(
    'accepts older dates',
    acceptsVersion((given) => isDate(given) && given < '2024-07-30'),
  ),
  versions(
    'accepts newer dates',
    acceptsVersion((given) => isDate(given) && given > '2024-07-30'),
  ),
  versions(
    'accepts the day before',
    acceptsVersion((given) => given === '2024-07-29'),
  ),
  versions(
    'accepts the day after',
    acceptsVersion((given) => given === '2024-07-31'),
  ),
  versions(
    'accepts the wrong version of the example',
    acceptsVersion((given) => given === '2023-01-01'),
  ),
  versions(
    'accepts dates without hyphens',
    acceptsVersion((given) => /^\d{8}$/.test(given)),
  ),
  versions(
    'accepts times',
    acceptsVersion((given) => given.includes('T')),
  ),
  versions(
    'accepts latest',
    acceptsVersion((given) => given === 'latest'),
  ),
];
