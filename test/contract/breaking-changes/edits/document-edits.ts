// Edits of operations, credentials, servers, versions, limits and the order of checks.
import { all, append, type Row, remove, rename, set } from './edit.ts';

const SCHEMES = '/components/securitySchemes';
const LIST = '/paths/~1customers/get';
const CREATE = '/paths/~1customer-organizations/post';
const PUT = '/paths/~1customers~1{customerId}/put';
const PAINT = '/paths/~1customers~1{customerId}/patch';
const ENUM = '/components/schemas/ApiVersion/enum';

/** Writes the entries of a map in another order. */
function reverse(contract: object, key: string): void {
  const entries = Object.entries(Reflect.get(contract, key));
  Reflect.set(contract, key, Object.fromEntries(entries.reverse()));
}

const LIMITS = [
  ...['members', 'requestBodyBytes', 'listedViolations', 'requestsPerMinute', 'failedLoginsPerMinute'],
  ...['idempotencyKeyCharacters', 'idempotencyKeyHours'],
].map((name) => `/x-limits/${name}`);
const CHECKS = '/x-order-of-checks';
const PUT_SERVERS = '/paths/~1customers~1{customerId}/servers';
const HOST = '/servers/2/variables/host';
const REGIONS = { default: 'us', enum: ['eu', 'us'] };

function serverWith(region: object) {
  return { url: 'https://{region}.sequencehq.com/api', variables: { region } };
}

const renameVariable = all(set('/servers/2/url', 'http://{name}:3000/api'), rename(HOST, 'name'));

export const DOCUMENT_EDITS: Row[] = [
  ['a removed path', remove('/paths/~1customers'), 'breaking', '/paths/~1customers'],
  ['a removed method', remove(PAINT), 'breaking', PAINT],
  ['another method', rename(PAINT, 'post'), 'breaking', PAINT],
  ['a renamed path', rename('/paths/~1customers', '/clients'), 'breaking', '/paths/~1customers'],
  [
    'a new operation',
    set('/paths/~1customers/delete', { responses: { 204: { description: 'Gone.' } } }),
    'compatible',
    '/paths/~1customers/delete',
  ],
  ['another operationId', set(`${LIST}/operationId`, 'findCustomers'), 'compatible'],
  [
    'reworded operations',
    all(set(`${LIST}/summary`, 'x'), set(`${LIST}/description`, 'x'), set(`${LIST}/tags`, ['x'])),
    'compatible',
  ],
  ['a deprecated operation', set(`${LIST}/deprecated`, true), 'compatible'],

  ['reworded credentials', set(`${SCHEMES}/basic/description`, 'x'), 'compatible'],
  ['bearerFormat, which is documentation', set(`${SCHEMES}/bearer/bearerFormat`, 'JWT'), 'compatible'],
  ['the name of the scheme in capitals', set(`${SCHEMES}/basic/scheme`, 'Basic'), 'compatible'],
  [
    'another name of the scheme',
    all(
      rename(`${SCHEMES}/basic`, 'login'),
      set('/security', [{ login: [] }]),
      set(`${LIST}/security/0`, { login: [] }),
    ),
    'compatible',
  ],
  ['a scheme that nobody uses', set(`${SCHEMES}/other`, { type: 'http', scheme: 'digest' }), 'compatible'],
  ['an alternative scheme', append('/security', { bearer: [] }), 'compatible', '/security'],
  ['an alternative without credentials', append('/security', {}), 'compatible', '/security'],
  ['no credentials', remove('/security'), 'compatible', [CREATE, PUT]],
  ['an operation without credentials', set(`${CREATE}/security`, []), 'compatible', `${CREATE}/security`],
  ['a removed alternative that clients use', remove(`${LIST}/security/1`), 'breaking', `${LIST}/security`],
  ['credentials of the document written at the operation', set(`${CREATE}/security`, [{ basic: [] }]), 'compatible'],
  [
    'credentials for an operation that had none',
    set(`${PAINT}/security`, [{ basic: [] }]),
    'breaking',
    `${PAINT}/security`,
  ],
  ['optional credentials for an operation that had none', set(`${PAINT}/security`, [{ basic: [] }, {}]), 'compatible'],
  ['two schemes at once', set(`${CREATE}/security`, [{ basic: [], bearer: [] }]), 'breaking', `${CREATE}/security`],
  ['another scope', set(`${LIST}/security/1/bearer`, ['read', 'list']), 'breaking', `${LIST}/security`],
  ['no scope', set(`${LIST}/security/1/bearer`, []), 'compatible', `${LIST}/security`],
  [
    'another scheme for all',
    set(`${SCHEMES}/basic`, { type: 'http', scheme: 'digest' }),
    'breaking',
    ['/security', `${LIST}/security`],
  ],
  [
    'an API key for all',
    set(`${SCHEMES}/basic`, { type: 'apiKey', in: 'header', name: 'X-Key' }),
    'breaking',
    ['/security', `${LIST}/security`],
  ],

  ['a new server', append('/servers', { url: 'https://us.example.com/api' }), 'compatible', '/servers/4'],
  ['a removed server', remove('/servers/1'), 'breaking', '/servers/1'],
  ['a removed server on the machine of the reader', remove('/servers/3'), 'compatible'],
  ['another URL of a server', set('/servers/0/url', 'https://eu.example.com/api'), 'breaking', '/servers/0'],
  ['a server in capitals', set('/servers/0/url', 'HTTPS://EU.SequenceHQ.com/api'), 'compatible'],
  ['the port of https', set('/servers/0/url', 'https://eu.sequencehq.com:443/api/'), 'compatible'],
  ['another port', set('/servers/0/url', 'https://eu.sequencehq.com:8443/api'), 'breaking', '/servers/0'],
  ['a path in capitals', set('/servers/0/url', 'https://eu.sequencehq.com/API'), 'breaking', '/servers/0'],
  [
    'the port of https as a variable',
    set('/servers/0', { url: 'https://eu.sequencehq.com:{port}/api', variables: { port: { default: '443' } } }),
    'compatible',
  ],
  ['a variable in capitals', set('/servers/0', serverWith({ default: 'EU', enum: ['EU', 'US'] })), 'compatible'],
  [
    'an operation at another server',
    set(`${PAINT}/servers/0/url`, 'https://paint.example.com/v2'),
    'breaking',
    `${PAINT}/servers`,
  ],
  ['an operation at the servers of the document', remove(`${PAINT}/servers`), 'breaking', PAINT],
  ['an operation at one more server', append(`${PAINT}/servers`, { url: 'https://p.example.com' }), 'compatible'],
  [
    'the servers of an operation at its path',
    all(
      set('/paths/~1customers~1{customerId}/servers', [{ url: 'https://paint.example.com/v1' }]),
      remove(`${PAINT}/servers`),
    ),
    'breaking',
    PUT_SERVERS,
  ],
  ['an operation at a server of its own', set(`${LIST}/servers`, [{ url: '/' }]), 'breaking', `${LIST}/servers`],
  [
    'the servers of the document at an operation',
    (contract) =>
      void Reflect.set(
        Reflect.get(Reflect.get(contract, 'paths'), '/customers').get,
        'servers',
        structuredClone(Reflect.get(contract, 'servers')),
      ),
    'compatible',
  ],
  ['servers in another order', (contract) => void Reflect.get(contract, 'servers').reverse(), 'compatible'],
  ['a reworded server', set('/servers/0/description', 'x'), 'compatible'],
  [
    'a server without its variable, whose other values clients had',
    set('/servers/2', { url: 'http://localhost:3000/api' }),
    'breaking',
    '/servers/2',
  ],
  ['a variable that becomes an enum', set(`${HOST}/enum`, ['localhost', 'example.com']), 'breaking', '/servers/2'],
  ['another name of a variable', renameVariable, 'compatible'],
  ['a reworded variable', set(`${HOST}/description`, 'x'), 'compatible'],
  ['another default on the machine of the reader', set(`${HOST}/default`, '127.0.0.1'), 'compatible'],
  ['another default elsewhere', set(`${HOST}/default`, 'example.com'), 'breaking', '/servers/2'],
  ['a server that gets a variable', set('/servers/0', serverWith({ default: 'eu' })), 'compatible'],
  [
    'a variable with the URL before among its values',
    set('/servers/0', serverWith(REGIONS)),
    'compatible',
    '/servers/0',
  ],
  [
    'a variable without the URL before among its values',
    set('/servers/0', serverWith({ default: 'us', enum: ['us', 'asia'] })),
    'breaking',
    '/servers/0',
  ],

  ['a new live version', append(ENUM, '2099-01-01'), 'compatible', ENUM],
  ['a live version less', set(ENUM, ['2099-01-01']), 'breaking', ENUM],

  [
    'a smaller body limit',
    set('/x-limits/requestBodyBytes/value', 524_288),
    'breaking',
    '/x-limits/requestBodyBytes/value',
  ],
  [
    'a larger body limit',
    set('/x-limits/requestBodyBytes/value', 2_097_152),
    'compatible',
    '/x-limits/requestBodyBytes/value',
  ],
  [
    'fewer requests per minute',
    set('/x-limits/requestsPerMinute/value', 600),
    'breaking',
    '/x-limits/requestsPerMinute/value',
  ],
  [
    'more requests per minute',
    set('/x-limits/requestsPerMinute/value', 3000),
    'compatible',
    '/x-limits/requestsPerMinute/value',
  ],
  [
    'idempotency keys that expire sooner',
    set('/x-limits/idempotencyKeyHours/value', 1),
    'breaking',
    '/x-limits/idempotencyKeyHours/value',
  ],
  [
    'idempotency keys that expire later',
    set('/x-limits/idempotencyKeyHours/value', 48),
    'compatible',
    '/x-limits/idempotencyKeyHours/value',
  ],
  [
    'a new limit',
    set('/x-limits/connections', { description: 'Connections', value: 10 }),
    'breaking',
    '/x-limits/connections',
  ],
  ['no limits', remove('/x-limits'), 'compatible', LIMITS],
  ['no limit in x-limits', set('/x-limits', {}), 'compatible', LIMITS],
  ...LIMITS.map((each): Row => [`no ${each.slice(10)}`, remove(each), 'compatible', each]),
  [
    'another name of a limit, which is a new one',
    rename('/x-limits/requestsPerMinute', 'requestsPerKeyAndMinute'),
    'breaking',
    '/x-limits/requestsPerKeyAndMinute',
  ],
  ['no order of checks', remove('/x-order-of-checks'), 'breaking', '/x-order-of-checks'],
  ['a limit in another order', (contract) => void reverse(contract, 'x-limits'), 'compatible'],
  ['a reworded limit', set('/x-limits/requestsPerMinute/description', 'x'), 'compatible'],
  [
    'a limit of a schema that is stated',
    set('/x-limits/names', { description: 'Names', at: '#/components/schemas/Customer/properties/name/maxLength' }),
    'compatible',
    '/x-limits/names',
  ],
  ['a limit without its number', remove('/x-limits/members/at'), 'compatible', '/x-limits/members'],
  ['a limit that points nowhere', set('/x-limits/members/at', '#/nowhere'), 'compatible', '/x-limits/members'],
  [
    'a limit that points to a smaller number',
    set('/x-limits/members/at', '#/components/schemas/Customer/properties/name/maxLength'),
    'breaking',
    '/x-limits/members/at',
  ],
  [
    'a limit that points to a greater number',
    set('/x-limits/idempotencyKeyCharacters/at', '#/components/schemas/ErrorMessage/maxLength'),
    'compatible',
    '/x-limits/idempotencyKeyCharacters/at',
  ],
  ['the same number, written out', set('/x-limits/members', { description: 'x', value: 10_000 }), 'compatible'],
  [
    'a smaller number, written out',
    set('/x-limits/members', { description: 'x', value: 9999 }),
    'breaking',
    '/x-limits/members/value',
  ],
  [
    'another order of checks',
    all(remove('/x-order-of-checks/4'), (contract) => Reflect.get(contract, 'x-order-of-checks').unshift('version')),
    'breaking',
    '/x-order-of-checks',
  ],
  ['another check', append(CHECKS, 'quota'), 'breaking', CHECKS],
  [
    'another check, before all',
    (contract) => Reflect.get(contract, 'x-order-of-checks').unshift('x'),
    'breaking',
    CHECKS,
  ],
  ['a check less', remove(`${CHECKS}/3`), 'breaking', CHECKS],
  ['the first check less', remove(`${CHECKS}/0`), 'breaking', CHECKS],
  ['the last check less', remove(`${CHECKS}/10`), 'breaking', CHECKS],
  ['another name of a check', set(`${CHECKS}/5`, 'contentType'), 'breaking', CHECKS],
  ['no check at all', set(CHECKS, []), 'breaking', CHECKS],

  [
    'a reworded document',
    all(set('/info/title', 'x'), set('/info/description', 'x'), set('/info/summary', 'x')),
    'compatible',
  ],
  [
    'a contact and a licence',
    all(set('/info/contact', { name: 'x' }), set('/info/license', { name: 'x' })),
    'compatible',
  ],
  ['tags', append('/tags', { name: 'Zebra' }), 'compatible'],
  ['another version of OpenAPI 3.1', set('/openapi', '3.1.0'), 'compatible'],
  ['an unknown extension', set('/x-other', 1), 'compatible'],
];
