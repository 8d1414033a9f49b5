// Options that `conform` rejects before it sends anything.
import { describe, expect, it } from 'vitest';
import { checkConformArguments } from '../options/conform-options.ts';

const URL_TARGET = { url: 'http://localhost/api' };
const ID = '50af5191-05a3-42a5-802a-6b59091157af';
const KEY = { clientId: 'key', clientSecret: 's' };

describe('the arguments of conform', () => {
  it.each([
    [URL_TARGET, {}],
    [{ url: new URL('http://localhost') }, { seed: undefined, user2: undefined, otherUser: undefined }],
    [
      { listener: () => {}, url: undefined },
      { credentials: KEY, user2: { ...KEY, clientId: 'b' }, basePath: '/v2/' },
    ],
    [
      { __proto__: null, ...URL_TARGET },
      { __proto__: null, customers: { __proto__: null, [ID]: '' } },
    ],
    [{ fetch: () => {} }, { owner: ID, members: [ID.toUpperCase()], customers: { [ID]: 'A' }, rate: 1, seed: 0 }],
    [URL_TARGET, { apiVersion: '2024-07-30', requests: 0, timeoutMs: 1, mock: true, strictHeaders: false }],
    [URL_TARGET, { allowedHeaders: ['Via'], only: [], baseline: { failures: [] } }],
  ])('are accepted: %j, %j', (target, options) => {
    expect(() => checkConformArguments(target, options)).not.toThrow();
  });

  it.each([
    // These are options of the command.
    [{ user: KEY }, 'There is no option "user". Use `credentials`: an object with clientId and clientSecret.'],
    [{ timeout: 300 }, 'There is no option "timeout". Use `timeoutMs`: an integer from 1 to 3,600,000.'],
    [{ member: ID }, 'There is no option "member". Use `members`: an array of at least one UUID.'],
    [{ customer: {} }, 'There is no option "customer". Use `customers`:'],
    [{ allowHeader: [] }, 'There is no option "allowHeader". Use `allowedHeaders`: an array of strings.'],
    [{ json: true }, 'There is no option "json". The report is what is returned. Known here: credentials, '],
    [{ contract: 'x' }, 'There is no option "contract". Known here: credentials, '],
    // These names are misspelt.
    [{ onyl: ['order'] }, 'There is no option "onyl". Use `only`: an array of strings.'],
    [{ Seed: 1 }, 'There is no option "Seed". Use `seed`:'],
    [{ 'strict-headers': true }, 'There is no option "strict-headers". Use `strictHeaders`: true or false.'],
    [{ otherUsr: KEY }, 'There is no option "otherUsr". Use `otherUser`:'],
    [{ timeoutMS: 1 }, 'Use `timeoutMs`:'],
    [{ __proto__: null, constructor: 1 }, 'There is no option "constructor". Known here: '],
    [{ zzz: undefined }, 'There is no option "zzz". Known here: '],
    // These are in nested objects.
    [
      { credentials: { ...KEY, secret: 's' } },
      'There is no option "credentials.secret". Use `clientSecret`: a string.',
    ],
    [{ user2: { username: 'a', password: 'b' } }, 'There is no option "user2.username". Use `clientId`: '],
    [{ otherUser: { clientld: 'a' } }, 'There is no option "otherUser.clientld". Use `clientId`: '],
    [{ credentials: { clientId: 'a' } }, 'The `credentials.clientSecret` option must be a string, not undefined.'],
    [{ credentials: { clientId: 'a:b', clientSecret: '' } }, 'option must be a string without a colon, not "a:b".'],
    [{ credentials: { clientId: 'a', clientSecret: 5 } }, 'option must be a string, not 5.'],
    [{ credentials: 'key:geheim' }, 'The `credentials` option must be an object with clientId and clientSecret'],
    [{ user2: KEY, otherUser: KEY }, 'The `otherUser` option has the client of another option.'],
    // These values have another type.
    [{ owner: '123' }, 'The `owner` option must be a UUID, not "123".'],
    [{ members: ID }, 'The `members` option must be an array of at least one UUID, not '],
    [{ members: ['123'] }, 'The `members` option must be an array of at least one UUID, not an array.'],
    [{ customers: { x: 'A' } }, 'The `customers` option must be an object with names by UUID, not an object.'],
    [{ customers: new Map([[ID, 'A']]) }, 'must be an object with names by UUID, not an object of type Map.'],
    [{ customers: { [ID]: 5 } }, 'The `customers` option must be an object with names by UUID, not an object.'],
    [{ customers: [[ID, 'A']] }, 'The `customers` option must be an object with names by UUID, not an array.'],
    [{ members: new Set([ID]) }, 'must be an array of at least one UUID, not an object of type Set.'],
    [{ members: [] }, 'The `members` option must be an array of at least one UUID, not an array.'],
    [{ credentials: new Map(Object.entries(KEY)) }, 'clientId and clientSecret, not an object of type Map.'],
    [{ baseline: new Map([['failures', []]]) }, 'The `baseline` option must be a report of an earlier run'],
    [{ only: new Set(['order']) }, 'must be an array of strings, not an object of type Set.'],
    [{ allowedHeaders: new Headers({ Via: '' }) }, 'must be an array of strings, not an object of type Headers.'],
    [{ seed: '1' }, 'The `seed` option must be an integer from 0 to 2,147,483,648, not "1".'],
    [{ requests: Number.NaN }, 'The `requests` option must be an integer from 0 to 1,000,000, not NaN.'],
    [{ timeoutMs: null }, 'The `timeoutMs` option must be an integer from 1 to 3,600,000, not null.'],
    [{ apiVersion: new Date(0) }, 'The `apiVersion` option must be a string, not an object of type Date.'],
    [{ strictHeaders: 1 }, 'The `strictHeaders` option must be true or false, not 1.'],
    [{ basePath: new URL('http://x/api') }, 'must be a path, such as "/api", not an object of type URL.'],
    [{ owner: null }, 'The `owner` option must be a UUID, not null.'],
    [new Map([['seed', 1]]), 'The options must be an object, not an object of type Map.'],
    [{ only: 'order' }, 'The `only` option must be an array of strings, not "order".'],
    [{ mock: 'yes' }, 'The `mock` option must be true or false, not "yes".'],
    [{ seed: 1.5 }, 'The `seed` option must be an integer from 0 to 2,147,483,648, not 1.5.'],
    [{ rate: 0 }, 'The `rate` option must be an integer from 1 to 100,000, not 0.'],
    [{ basePath: 'api' }, 'The `basePath` option must be a path, such as "/api", not "api".'],
    [{ basePath: '/api' }, 'The `basePath` option is for handlers. Write the path into the url.'],
    [{ allowedHeaders: ['Via', 'X Cache'] }, 'option must contain names of headers, not "X Cache".'],
    [{ baseline: [] }, 'The `baseline` option must be a report of an earlier run'],
    [null, 'The options must be an object, not null.'],
  ])('are rejected: the options %j', (options, message) => {
    expect(messageOf(URL_TARGET, options)).toContain(message);
  });

  it.each([
    ['http://localhost', 'The target must be an object, not "http://localhost".'],
    [new Map([['url', 'http://localhost']]), 'The target must be an object, not an object of type Map.'],
    [{ URL: 'http://localhost' }, 'There is no kind of target "URL". Use `url`: a string or a URL.'],
    [{ baseUrl: 'http://localhost' }, 'There is no kind of target "baseUrl". Use `url`: '],
    [{ app: () => {} }, 'There is no kind of target "app". Use `listener`: a function.'],
    [{ ...URL_TARGET, seed: 1 }, 'There is no kind of target "seed". Known here: url, listener, fetch.'],
    [{ listener: {} }, 'The `listener` of the target must be a function, not an object.'],
    [{ url: 5 }, 'The `url` of the target must be a string or a URL, not 5.'],
  ])('are rejected: the target %j', (target, message) => {
    expect(messageOf(target, {})).toContain(message);
  });

  it('are rejected without the secret in the message', () => {
    expect(messageOf(URL_TARGET, { credentials: 'key:geheim' })).not.toContain('geheim');
  });
});

/** The message; only of a TypeError. */
function messageOf(target: unknown, options: unknown): string | undefined {
  try {
    checkConformArguments(target, options);
    return undefined;
  } catch (error) {
    return error instanceof TypeError ? error.message : String(error);
  }
}
