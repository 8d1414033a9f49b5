// Released versions: changes that break their clients, which the gate rejects, and changes that it allows.
import { describe, expect, it } from 'vitest';
import { checkVersions, type VersionState } from '../../../openapi/breaking-changes/check-versions.ts';
import { append, remove, rename, set } from './edits/edit.ts';
import {
  CONVERSIONS,
  DATED,
  DETAILS,
  ENUM,
  edited,
  FIRST,
  file,
  KEY,
  MEMBERS,
  SECOND,
  state,
  withModule,
} from './version-state.ts';

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
    for (const { remedy } of violations) expect(remedy).toMatch(/\.$/);
  });

  it.each(ALLOWED)('allows %s', (_, versions) => {
    expect(checkVersions(versions)).toEqual([]);
  });

  it('rejects a sunset that comes sooner than was announced, and allows a later one', () => {
    const moved = (sunsetAt: string) => edited(set('/x-deprecation', { deprecatedAt: '2025-06-01', sunsetAt }));
    const check = (sunsetAt: string) =>
      checkVersions(state([], { before: announced, after: moved(sunsetAt), today: '2025-07-01' }));

    expect(check('2025-12-30').map(({ remedy }) => remedy)).toEqual([
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
      { rule: 'unrecorded-change', pointer: `${MEMBERS}/maxItems`, remedy: expect.stringContaining('npm run release') },
    ]);
  });
});
