// Modules of versions that return too much or move pointers wrongly. `npm run types` fails when an expected error is
// missing.
import type { Checked, Conversions } from '../../../server/versions/conversion-types.ts';
import type { SurplusPointer } from '../../../server/versions/exact-types.ts';
import type { PointerTo, Same, UnmovedPointer } from '../../../server/versions/pointer-types.ts';
import type { First, Second, Third } from './versions.types.ts';

/** Like `defineVersion`, from the first version to the second. */
declare function define<const G extends Conversions<First, Second>>(operations: G & Checked<First, Second, G>): G;

/** Like `defineVersion`, from the second version to the third. */
declare function defineThird<const G extends Conversions<Second, Third>>(operations: G & Checked<Second, Third, G>): G;

const { create } = define({
  create: {
    upgradeRequest: ({ body: { memberIds, ...body }, ...request }) => ({
      ...request,
      body: { ...body, customerIds: memberIds, currency: 'EUR' },
    }),
    downgradeResponse: {
      201: ({ status, body: { parent, ...body } }) => ({ status, body: { ...body, owner: parent } }),
    },
    pointers: { body: { '/customerIds': '/memberIds', '/currency': '' } },
  },
});
const { upgradeRequest, downgradeResponse, pointers } = create;

export const valid = [
  define({ create, keep: {} }),
  define({ create: { ...create, pointers: { body: { ...pointers.body, '/customerIds/0': '/memberIds/*' } } } }),
  define({ create: { ...create, pointers: { body: { ...pointers.body, '/ownerId': '/memberIds/0' } } } }),
  define({ create: { ...create, pointers: { ...pointers, header: { '/Idempotency-Key': '' } } } }),
  define({ create: { ...create, downgradeResponse: { ...downgradeResponse, 400: (response) => response } } }),
  defineThird({
    create: {
      upgradeRequest: (request) => request,
      downgradeResponse: {
        201: ({ body: { note: _, ...body }, ...response }) => ({ ...response, body }),
        400: ({ status }) => ({ status, body: { error: { type: 'InvalidRequest' } } }),
      },
      pointers: { body: { '/note': '' } },
    },
  }),
];

export const invalid = [
  // @ts-expect-error no pointers, though places are new
  define({ create: { upgradeRequest, downgradeResponse } }),
  // @ts-expect-error no pointers of the body
  define({ create: { ...create, pointers: {} } }),
  // @ts-expect-error no place for the new /currency
  define({ create: { ...create, pointers: { body: { '/customerIds': '/memberIds' } } } }),
  // @ts-expect-error no place for the renamed /customerIds
  define({ create: { ...create, pointers: { body: { '/currency': '' } } } }),
  // @ts-expect-error the newer request has no /custmerIds
  define({ create: { ...create, pointers: { body: { ...pointers.body, '/custmerIds': '/memberIds' } } } }),
  // @ts-expect-error the newer request has no /memberIds any more
  define({ create: { ...create, pointers: { body: { ...pointers.body, '/memberIds': '/memberIds' } } } }),
  // @ts-expect-error the older request has no /memberId
  define({ create: { ...create, pointers: { body: { '/customerIds': '/memberId', '/currency': '' } } } }),
  // @ts-expect-error the older request has no /currency
  define({ create: { ...create, pointers: { body: { '/customerIds': '/memberIds', '/currency': '/currency' } } } }),
  // @ts-expect-error pointers begin with a slash
  define({ create: { ...create, pointers: { body: { customerIds: '/memberIds', '/currency': '' } } } }),
  // @ts-expect-error a part that a request does not have
  define({ create: { ...create, pointers: { ...pointers, cookie: {} } } }),
  // @ts-expect-error headers of that name are in neither request
  define({ create: { ...create, pointers: { ...pointers, header: { '/X-New': '/X-Old' } } } }),
  // @ts-expect-error an operation that neither version has
  define({ create, creat: {} }),
  // @ts-expect-error a conversion that there is not
  define({ create: { ...create, downgradeRequest: upgradeRequest } }),
  // @ts-expect-error a status that the newer version does not have
  define({ create: { ...create, downgradeResponse: { ...downgradeResponse, 202: downgradeResponse[201] } } }),
  define({
    create: {
      ...create,
      // @ts-expect-error the older /memberIds is still in the request
      upgradeRequest: ({ body, ...request }) => ({
        ...request,
        body: { ...body, customerIds: body.memberIds, currency: 'EUR' },
      }),
    },
  }),
  define({
    create: {
      ...create,
      // @ts-expect-error a request has no such part
      upgradeRequest: (request) => ({ ...upgradeRequest(request), cookies: {} }),
    },
  }),
  define({
    create: {
      ...create,
      downgradeResponse: {
        // @ts-expect-error the newer /parent is still in the response
        201: ({ status, body }) => ({ status, body: { ...body, owner: body.parent } }),
      },
    },
  }),
  define({
    create: {
      ...create,
      downgradeResponse: {
        // @ts-expect-error in one of two responses it is
        201: ({ status, body: { id, parent } }) =>
          id === '' ? { status, body: { id, owner: parent } } : { status, body: { id, owner: parent, parent } },
      },
    },
  }),
  defineThird({
    create: {
      upgradeRequest: (request) => request,
      downgradeResponse: {
        // @ts-expect-error the optional /note of the newer response is still there
        201: (response) => response,
        400: ({ status }) => ({ status, body: { error: { type: 'InvalidRequest' } } }),
      },
      pointers: { body: { '/note': '' } },
    },
  }),
];

interface Tree {
  name: string;
  parent?: Tree;
  children: Tree[];
}

interface Older {
  lines: { name: string; price: number }[];
  owner: { id: string };
  'a/b~c': string;
  map: Record<string, { x: string }>;
  tree: Tree;
  choice: { kind: 'a'; a: string } | { kind: 'b'; b: number | null };
  plan: string;
}

interface Newer extends Omit<Older, 'lines' | 'owner' | 'map' | 'choice' | 'plan'> {
  lines: { name: string; amount: number }[];
  parent: { id: string; nick: string };
  map: Record<string, { y: string }>;
  choice: { kind: 'a'; a: string } | { kind: 'b'; c: number | null };
  billing?: { plan: string; cycle?: string };
}

const holds = <T extends true>(value: T) => value;
type Moved<M> = UnmovedPointer<Newer, PointerTo<Older>, M>;

holds<Same<PointerTo<{ 'a/b~c': { d: 1 }[] }>, '' | '/a~1b~0c' | `/a~1b~0c/${number | '*'}${'' | '/d'}`>>(true);
holds<Same<PointerTo<Tree>, '' | '/name' | '/parent' | '/children' | `/children/${number | '*'}`>>(true);
holds<Same<Moved<object>, '/lines/*/amount' | '/parent' | '/choice/c' | '/billing'>>(true);
// Places below an entry move with it, possibly to places that the older request lacks.
type Entries = { '/parent': '/owner'; '/billing': ''; '/lines/*/amount': '/lines/*/price'; '/choice/c': '/choice/b' };
holds<Same<Moved<Entries>, '/parent/nick' | '/billing/cycle'>>(true);
holds<Same<Moved<Entries & { '/parent/nick': '/owner'; '/billing/cycle': '' }>, never>>(true);
holds<Same<SurplusPointer<Older, Newer>, '/lines/*/amount' | '/parent' | '/choice/c' | '/billing'>>(true);
holds<Same<SurplusPointer<Older, Older> | SurplusPointer<Tree, Tree>, never>>(true);
holds<Same<SurplusPointer<{ any: unknown; map: Record<string, 1> }, { any: Older; map: { a: 1 } }>, never>>(true);
