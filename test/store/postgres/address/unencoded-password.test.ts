// A password with special characters that are not percent-encoded in DATABASE_URL: no part of it is shown.
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../server/config.ts';
import { hidePassword } from '../../../../server/store/postgres/address/hide-password.ts';
import { describeMissingTls } from '../../../../server/store/postgres/address/tls.ts';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';

/** All output about a URL in messages, the log and `config check`. */
function show(url: string): { isValid: boolean; text: string; password?: string | undefined } {
  try {
    readConfig({ DATABASE_URL: url });
    const address = parseDatabaseUrl(url, {});
    const text = [address.displayName, describeMissingTls(address), hidePassword(url)].join('\n');
    return { isValid: true, text, password: address.password };
  } catch (error) {
    return { isValid: false, text: JSON.stringify(error, Object.getOwnPropertyNames(error)) };
  }
}

/** A generator like BSD's `rand`, so that each run has the same passwords. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SPECIAL = '/ ? # @ & : = % , [ ] + ; // /@ 12/ :1/ ?a= &b='.split(' ');

/** Parts of a password, each long enough to be recognized, and the text before, between and after them. */
function createPassword(random: (below: number) => number): { password: string; parts: string[] } {
  const pick = <T>(from: ArrayLike<T>) => from[random(from.length)] as T;
  const parts = Array.from({ length: 1 + random(3) }, () => Array.from({ length: 8 }, () => pick(LETTERS)).join(''));
  const special = () => (random(4) === 0 ? '' : pick(SPECIAL));
  return { password: parts.map((part) => special() + part).join('') + special(), parts };
}

const URLS: [string, (password: string) => string][] = [
  ['with a host', (password) => `postgres://app:${password}@db.example:5432/prod`],
  ['with several hosts', (password) => `postgresql://app:${password}@h1:1,h2:2/prod?sslmode=disable`],
  ['with the folder of a socket', (password) => `postgres://app:${password}@/prod?host=/tmp`],
  ['with another password as a parameter', (password) => `postgres://app:${password}@h/prod?password=other`],
  ['with the password as a parameter', (password) => `postgres://h/prod?user=app&password=${password}`],
  ['with the password before a parameter', (password) => `postgres://h/prod?password=${password}&user=app`],
];

describe('a password that is not percent-encoded', () => {
  it.each(URLS)('is never shown in a URL %s, and taken as a whole or rejected', (_, format) => {
    const random = createRandom(1);
    for (let count = 0; count < 3000; count++) {
      const { password, parts } = createPassword(random);
      const { isValid, text, password: taken } = show(format(password));
      expect(
        parts.filter((part) => text.includes(part)),
        `${format(password)} shows ${text}`,
      ).toEqual([]);
      if (isValid) expect([decodeURIComponent(password), 'other']).toContain(taken);
    }
  });

  it.each([
    'postgres://app:/SECRET@h:5432/prod',
    'postgres://app:12/SECRET@h:5432/prod',
    'postgres://app:sup/SECRET@h:5432/prod',
    'postgres://app:a@b/SECRET@h/prod',
    'postgres://app:a@b:c/SECRET@h/prod',
    'postgres://app:a@SECRET@h/prod',
    'postgres://app:1/a?SECRET@h/prod',
    'postgres://app:1/a?user=SECRET@h/prod&b',
    'postgres://app:1?SECRET/a@h/prod',
    'postgres://app:]/SECRET@h/prod',
    'postgres://us/er:SECRET@h/prod',
    'postgres://h/prod?password=a&SECRET',
    'postgres://h/prod?password=a&SECRET=b&user=c',
  ])('is rejected with what to write instead: %s', (url) => {
    const { isValid, text } = show(url);

    expect(isValid).toBe(false);
    expect(text).toMatch(/percent-encoded.*\/ as %2F/);
    expect(text).not.toContain('SECRET');
  });

  it.each([
    'postgres://app:a#SECRET@h/prod',
    'postgres://app:a?SECRET@h/prod?password=other',
    'postgres://app:a#SECRET@h/prod?password=other',
    'postgres://app:a:SECRET@h/prod',
    'postgres://h/prod?password=a#SECRET',
    'postgres://h/prod?password=a/SECRET?b=SECRET@h/d',
  ])('is hidden as a whole where libpq takes it: %s', (url) => {
    const { isValid, text } = show(url);

    expect(isValid).toBe(true);
    expect(text).not.toContain('SECRET');
  });

  it.each([
    ['postgres://h/my%40base', 'my@base'],
    ['postgres://h/my:base', 'my:base'],
    ['postgres://h/a/b', 'a/b'],
    ['postgres:///d?host=/tmp', 'd'],
    ['postgres://h/d?user=me@tenant', 'd'],
    ['postgres://h1:1,h2/d?application_name=me@here', 'd'],
  ])('is not suspected in %s', (url, database) => {
    expect(parseDatabaseUrl(url, {}).database).toBe(database);
  });
});
