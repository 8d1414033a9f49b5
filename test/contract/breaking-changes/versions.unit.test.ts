// Released versions: changes that break their clients, which the gate rejects, and changes that it allows.
import { describe, expect, it } from 'vitest';
import {
  type ContractFile,
  checkVersions,
  type VersionState,
} from '../../../openapi/breaking-changes/check-versions.ts';
import type { ModuleConversions } from '../../../openapi/breaking-changes/find-unconverted.ts';
import { readBaseContract } from './base-contract.ts';
import { all, append, type Edit, remove, rename, set } from './edits/edit.ts';

const createBase = await readBaseContract();

const FIRST = '2024-07-30';
const SECOND = '2025-06-01';
const MEMBERS = '/components/schemas/NewCustomerOrganization/properties/memberIds';
const KEY = '/components/parameters/IdempotencyKey/schema';
const DETAILS = '/components/schemas/BadRequestError/properties/error/then/properties/details/maxItems';
const PROFILE = '/components/schemas/Profile/properties';
const VIEW = '/components/schemas/ProfileView/properties';
const ENUM = '/components/schemas/ApiVersion/enum';
/** The minimum of a second version. */
const DATED = all(set('/info/version', SECOND), append(ENUM, SECOND));

function file(name: string, ...edits: Edit[]): ContractFile {
  const contract = createBase();
  all(...edits)(contract);
  return { file: name, contract };
}

/** One released version that has not changed, and a contract with these edits. */
function state(newest: Edit[], changes: Partial<VersionState> = {}): VersionState {
  const released = new Map([[FIRST, file(`openapi/versions/${FIRST}.yaml`)]]);
  return {
    before: released,
    after: released,
    newest: file('openapi/openapi.yaml', ...newest),
    modules: new Map(),
    today: '2026-01-01',
    ...changes,
  };
}

const edited = (...edits: Edit[]) => new Map([[FIRST, file(`openapi/versions/${FIRST}.yaml`, ...edits)]]);
/** Conversions of everything that needs one. */
const CONVERSIONS: ModuleConversions = Object.fromEntries(
  Object.values<Record<string, { operationId?: string }>>(Object(createBase()).paths)
    .flatMap((item) => Object.values(item).flatMap(({ operationId }) => operationId ?? []))
    .map((id) => [id, { upgradeRequest: true, downgradeResponse: { 200: true, 201: true, 400: true } }]),
);
const withModule = { modules: new Map([[SECOND, CONVERSIONS]]) };

/** Ways to break clients of the first version. */
const REJECTED: [title: string, state: VersionState, pointers: string[], file?: string][] = [
  ['a tighter request under the same date', state([set(`${MEMBERS}/maxItems`, 9)]), [`${MEMBERS}/maxItems`]],
  [
    'a new response status under the same date',
    state([set('/paths/~1customer-organizations/post/responses/403', { description: 'Forbidden.' })]),
    ['/paths/~1customer-organizations/post/responses/403'],
  ],
  ['a day that does not exist', state([set('/info/version', '2025-02-30')]), ['/info/version']],
  ['a day before one that is released', state([set('/info/version', '2024-07-29')], withModule), ['/info/version']],
  ['a listed version that is no date', state([DATED, append(ENUM, '2025-6-1')], withModule), [ENUM]],
  ['a date with a letter after it', state([set('/info/version', '2024-07-30b')]), ['/info/version']],
  [
    'a renamed property under a new date without a module',
    state([
      DATED,
      rename(MEMBERS, 'customerIds'),
      set('/components/schemas/NewCustomerOrganization/required', ['ownerId', 'customerIds']),
    ]),
    [MEMBERS, '/components/schemas/NewCustomerOrganization/properties/customerIds'],
  ],
  [
    'a changed default under a new date with a module of another one',
    state([DATED, set('/paths/~1customers/get/parameters/0/schema/default', 5)], {
      modules: new Map([['2025-06-02', CONVERSIONS]]),
    }),
    ['/paths/~1customers/get/parameters/0/schema/default'],
  ],
  [
    'an edit of the file of the first version, with a new date and a module',
    state([DATED], { ...withModule, after: edited(remove(MEMBERS)) }),
    [MEMBERS],
  ],
  [
    'a response property of the first version that is made optional in its file',
    state([DATED], { ...withModule, after: edited(set('/components/schemas/Customer/required', ['id'])) }),
    ['/components/schemas/Customer/required'],
    `openapi/versions/${FIRST}.yaml`,
  ],
  [
    'the file of the first version removed',
    state([set('/info/version', SECOND), set(ENUM, [SECOND])], { ...withModule, after: new Map() }),
    ['/components/schemas/ApiVersion'],
  ],
  [
    'the file of the first version given another date',
    state([set('/info/version', SECOND), set(ENUM, [SECOND])], {
      ...withModule,
      after: new Map([
        [SECOND, file(`openapi/versions/${SECOND}.yaml`, set('/info/version', SECOND), set(ENUM, [SECOND]))],
      ]),
    }),
    ['/components/schemas/ApiVersion'],
  ],
  [
    'the first version taken from the list under a new date with a module',
    state([set('/info/version', SECOND), set(ENUM, [SECOND])], withModule),
    [ENUM],
  ],
  [
    'a sunset that is announced for today',
    state([], { after: edited(set('/x-deprecation', { deprecatedAt: '2026-01-01', sunsetAt: '2026-01-01' })) }),
    ['/x-deprecation/sunsetAt'],
    `openapi/versions/${FIRST}.yaml`,
  ],
  [
    'a lower limit under a new date with a module',
    state([DATED, set('/x-limits/requestsPerMinute/value', 60)], withModule),
    ['/x-limits/requestsPerMinute/value'],
  ],
  [
    'a lower limit of requests that is a schema keyword, under a new date with a module',
    state([DATED, set(`${MEMBERS}/maxItems`, 9000), set(`${KEY}/maxLength`, 100)], withModule),
    [`${KEY}/maxLength`, `${MEMBERS}/maxItems`],
  ],
  [
    'a lower limit of responses that is a schema keyword, under a new date with a module',
    state([DATED, set(DETAILS, 50)], withModule),
    [DETAILS],
  ],
  [
    'a lower limit that is named in another way, under a new date with a module',
    state([DATED, set(`${MEMBERS}/maxItems`, 9000), rename('/x-limits/members', 'customers')], withModule),
    [`${MEMBERS}/maxItems`],
  ],
  [
    'a lower limit that is stated no longer, under a new date with a module',
    state([DATED, set(`${MEMBERS}/maxItems`, 9000), remove('/x-limits/members')], withModule),
    [`${MEMBERS}/maxItems`],
  ],
  [
    'a lower limit that points elsewhere, under a new date with a module',
    state(
      [
        DATED,
        rename(MEMBERS, 'customerIds'),
        set('/components/schemas/NewCustomerOrganization/properties/customerIds/maxItems', 9000),
        set('/x-limits/members/at', '#/components/schemas/NewCustomerOrganization/properties/customerIds/maxItems'),
      ],
      withModule,
    ),
    ['/x-limits/members/at'],
  ],
  [
    'another order of checks under a new date with a module',
    state([DATED, set('/x-order-of-checks', ['path', 'method', 'contract', 'credentials', 'version'])], withModule),
    ['/x-order-of-checks'],
  ],
  [
    'other credentials under a new date with a module',
    state([DATED, set('/components/securitySchemes/basic', { type: 'http', scheme: 'digest' })], withModule),
    ['/security', '/paths/~1customers/get/security'],
  ],
  ['a server removed under a new date with a module', state([DATED, remove('/servers/0')], withModule), ['/servers/0']],
  [
    'an operation removed under a new date with a module',
    state([DATED, remove('/paths/~1customers/get')], withModule),
    ['/paths/~1customers/get'],
  ],
  [
    'another fallback response under a new date with a module',
    state([DATED, set('/x-fallback-responses/410', { description: 'Gone.' })], withModule),
    ['/x-fallback-responses/410'],
  ],
];

/** A first version whose sunset was announced. */
const announced = edited(set('/x-deprecation', { deprecatedAt: '2025-06-01', sunsetAt: '2025-12-31' }));
const RETIRED: Partial<VersionState> = { ...withModule, before: announced, after: new Map() };

const ALLOWED: [title: string, state: VersionState][] = [
  ['no change', state([])],
  [
    'a new optional property under the same date',
    state([set(`/components/schemas/NewCustomerOrganization/properties/label`, { type: 'string' })]),
  ],
  ['a reworded file of a released version', state([], { after: edited(set('/info/summary', 'x')) })],
  [
    'a tighter request, a looser response and a renamed property under a new date with its module',
    state(
      [
        DATED,
        set(`${MEMBERS}/minItems`, 1),
        remove('/components/schemas/Customer/required'),
        rename('/components/schemas/CustomerOrganization/properties/owner', 'parent'),
      ],
      withModule,
    ),
  ],
  [
    'a compatible new date without a module',
    state([DATED, set('/components/schemas/Customer/properties/label', { type: 'string' })]),
  ],
  ['a version removed after its sunset', state([set('/info/version', SECOND), set(ENUM, [SECOND])], RETIRED)],
  ['what was never released', state([set(`${MEMBERS}/maxItems`, 9)], { before: new Map(), after: new Map() })],
];

describe('the gate on versions', () => {
  it.each(REJECTED)('rejects %s', (_, versions, pointers, place) => {
    const violations = checkVersions(versions);

    expect(violations.map(({ pointer }) => pointer)).toEqual(pointers);
    if (place !== undefined) expect(violations.map(({ file }) => file)).toEqual([place]);
    for (const { wayOut } of violations) expect(wayOut).toMatch(/\.$/);
  });

  it.each(ALLOWED)('allows %s', (_, versions) => {
    expect(checkVersions(versions)).toEqual([]);
  });

  it('rejects a sunset that comes sooner than was announced, and allows a later one', () => {
    const moved = (sunsetAt: string) => edited(set('/x-deprecation', { deprecatedAt: '2025-06-01', sunsetAt }));
    const check = (sunsetAt: string) =>
      checkVersions(state([], { before: announced, after: moved(sunsetAt), today: '2025-07-01' }));

    expect(check('2025-12-30').map(({ wayOut }) => wayOut)).toEqual([
      'Name a day not before 2025-12-31, as was announced.',
    ]);
    expect(check('2026-03-31')).toEqual([]);
  });

  it('refuses to remove a version on the day of its sunset', () => {
    const versions = state([set('/info/version', SECOND), set(ENUM, [SECOND])], { ...RETIRED, today: '2025-12-31' });

    expect(checkVersions(versions).map(({ message }) => message)).toEqual([
      expect.stringContaining(`${FIRST} was removed with openapi/versions/${FIRST}.yaml`),
    ]);
  });

  it('requires a record of newly allowed changes under the same date', () => {
    const violations = checkVersions(state([set(`${MEMBERS}/maxItems`, 20_000)]));

    expect(violations).toMatchObject([
      { rule: 'unrecorded-change', pointer: `${MEMBERS}/maxItems`, wayOut: expect.stringContaining('npm run release') },
    ]);
  });
});

describe('a change of a new version that types do not check', () => {
  const [REQUEST, RESPONSE] = ['`upgradeRequest` of replaceProfile', '`downgradeResponse` of replaceProfile for 200'];
  const CONSTRAINTS: [title: string, edit: Edit, pointer: string, conversion: string][] = [
    ['a shorter text', set(`${PROFILE}/name/maxLength`, 100), `${PROFILE}/name/maxLength`, REQUEST],
    ['a longer text at least', set(`${PROFILE}/name/minLength`, 3), `${PROFILE}/name/minLength`, REQUEST],
    ['a narrower pattern', set(`${PROFILE}/code/pattern`, '^[0-9]{8}$'), `${PROFILE}/code/pattern`, REQUEST],
    ['a format', set(`${PROFILE}/name/format`, 'email'), `${PROFILE}/name/format`, REQUEST],
    ['a value less', remove(`${PROFILE}/status/enum/1`), `${PROFILE}/status/enum`, REQUEST],
    ['fewer items', set(`${PROFILE}/labels/maxItems`, 4), `${PROFILE}/labels/maxItems`, REQUEST],
    ['a lower maximum', set(`${PROFILE}/employees/maximum`, 9), `${PROFILE}/employees/maximum`, REQUEST],
    ['another default', set(`${PROFILE}/isVisible/default`, false), `${PROFILE}/isVisible/default`, REQUEST],
    ['fewer properties', set(`${PROFILE}/counts/maxProperties`, 9), `${PROFILE}/counts/maxProperties`, REQUEST],
    [
      'a shorter parameter',
      set('/paths/~1customers~1{customerId}/put/parameters/0/schema/maxLength', 35),
      '/paths/~1customers~1{customerId}/put/parameters/0/schema/maxLength',
      REQUEST,
    ],
    ['a longer text in a response', set(`${VIEW}/name/maxLength`, 300), `${VIEW}/name/maxLength`, RESPONSE],
    ['more items in a response', set(`${VIEW}/labels/maxItems`, 6), `${VIEW}/labels/maxItems`, RESPONSE],
    ['any text in a response', remove(`${VIEW}/code/pattern`), `${VIEW}/code/pattern`, RESPONSE],
  ];
  const others = { ...CONVERSIONS, replaceProfile: {} };
  const complete = { replaceProfile: { upgradeRequest: true, downgradeResponse: { 200: true } } };
  const check = (edit: Edit, conversions: ModuleConversions) =>
    checkVersions(state([DATED, edit], { modules: new Map([[SECOND, conversions]]) }));

  it.each(CONSTRAINTS)('is rejected without the conversion of its operation: %s', (_, edit, pointer, conversion) => {
    expect(check(edit, others)).toMatchObject([
      {
        rule: 'breaking-change',
        file: 'openapi/openapi.yaml',
        wayOut: `Revert it, or add ${conversion} to server/versions/${SECOND}.ts: without it, this is a 500.`,
      },
    ]);
    expect(check(edit, others).map((each) => each.pointer)).toEqual([expect.stringContaining(pointer)]);
  });

  it.each(CONSTRAINTS)('is allowed with it: %s', (_, edit) => {
    expect(check(edit, complete)).toEqual([]);
  });

  it.each([
    ['a longer text', set(`${PROFILE}/name/maxLength`, 300)],
    ['a shorter text in a response', set(`${VIEW}/name/maxLength`, 100)],
  ])('needs none when it is valid in both: %s', (_, edit) => {
    expect(check(edit, others)).toEqual([]);
  });

  it('is rejected in a released version, too', () => {
    const second = file(`openapi/versions/${SECOND}.yaml`, DATED, set(`${PROFILE}/name/maxLength`, 100));
    const released = new Map([
      [FIRST, file(`openapi/versions/${FIRST}.yaml`)],
      [SECOND, second],
    ] as const);
    const third = file('openapi/openapi.yaml', DATED, set(`${PROFILE}/name/maxLength`, 100));
    const versions = { before: released, after: released, newest: third, today: '2026-01-01' };

    expect(checkVersions({ ...versions, modules: new Map([[SECOND, others]]) })).toMatchObject([
      { pointer: `${PROFILE}/name/maxLength` },
    ]);
    expect(checkVersions({ ...versions, modules: new Map([[SECOND, complete]]) })).toEqual([]);
  });
});
