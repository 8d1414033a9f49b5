// Three versions of the API: that of the tests, then two that break its clients. The conversions are like those of
// modules in server/versions/.
import type { Contract, Schema } from '../../../openapi/model/contract.ts';
import { completeContract } from '../../../openapi/model/load/complete-contract.ts';
import { ApiError } from '../../../server/edge/errors.ts';
import type { AnyHandler } from '../../../server/edge/steps/call-handler.ts';
import type { OlderVersion } from '../../../server/versions/older-versions.ts';
import type { VersionChange } from '../../../server/versions/version-change.ts';
import { TESTED_VERSION, testedContract, testedOrganizationWith } from './tested-version.ts';

export const FIRST = TESTED_VERSION;
export const SECOND = '2025-06-01';
export const THIRD = '2026-01-02';

/** A copy of the contract under another date, with these texts and values replaced wherever they stand. */
function derive(from: Contract, versions: string[], texts: Record<string, string>): Contract {
  let text = JSON.stringify(from);
  for (const [search, replacement] of Object.entries(texts)) text = text.replaceAll(search, replacement);
  const derived: Contract = JSON.parse(text);
  derived.info.version = versions.at(-1) ?? '';
  derived.components.schemas.ApiVersion = { type: 'string', enum: versions };
  return derived;
}

function schemaOf(from: Contract, name: string): Schema & { required: string[]; properties: Record<string, Schema> } {
  return from.components.schemas[name] as ReturnType<typeof schemaOf>; // The contract has these parts.
}

/** The request examples of the operation. */
export function requestExamples(from: Contract): { value: Record<string, unknown> }[] {
  const { post } = from.paths['/customer-organizations'] as unknown as {
    post: {
      requestBody: { content: Record<string, { examples: Record<string, { value: Record<string, unknown> }> }> };
    };
  };
  return Object.values(post.requestBody.content['application/json']?.examples ?? {});
}

const first = derive(testedContract, [FIRST], {});

/**
 * The second version: members are called customers, the owner is called parent, the currency is required, and customers
 * are listed.
 */
const second = derive(first, [FIRST, SECOND], {
  memberIds: 'customerIds',
  '"owner"': '"parent"',
});
{
  const organization = schemaOf(second, 'NewCustomerOrganization');
  organization.required.push('currency');
  organization.properties.currency = { type: 'string', enum: ['EUR', 'USD'] };
  for (const { value } of requestExamples(second)) value.currency = 'EUR';
  const list = {
    operationId: 'listParties',
    summary: 'List customers',
    parameters: [{ $ref: '#/components/parameters/SequenceVersion' }],
    responses: {
      200: {
        description: 'All.',
        content: { 'application/json': { schema: { type: 'array', items: { type: 'string' } } } },
      },
    },
  };
  // The new operations are beside a method of the first version, and at a path of their own.
  Object.assign(second.paths['/customer-organizations'] ?? {}, { get: list });
  second.paths['/all-customers'] = { get: { ...list, operationId: 'listAll' } };
  // Adds the errors of the edge.
  completeContract(second);
}

/** The third version: the owner is the parent in requests, too, and too many customers are an error of their own. */
const third = derive(second, [FIRST, SECOND, THIRD], {
  ownerId: 'parentId',
  '["InvalidRequest","MalformedJson",': '["TooManyCustomers","InvalidRequest","MalformedJson",',
});
// Adds an example of the new error.
completeContract(third);

/** A body in the conversions of this file, whose types would usually be generated. */
type Body = Record<string, unknown>;

export const toSecond: VersionChange = {
  version: SECOND,
  operations: {
    createCustomerOrganization: {
      upgradeRequest: ({ body, ...request }) => {
        const { memberIds, ...others } = body as Body;
        return { ...request, body: { ...others, customerIds: memberIds, currency: 'EUR' } };
      },
      downgradeResponse: {
        201: ({ body, ...response }) => {
          const { id, parent, ...others } = body as Body;
          return { ...response, body: { id, owner: parent, ...others } };
        },
      },
      pointers: { body: { '/customerIds': '/memberIds', '/currency': '' } },
    },
  },
};

export const toThird: VersionChange = {
  version: THIRD,
  operations: {
    createCustomerOrganization: {
      upgradeRequest: ({ body, ...request }) => {
        const { ownerId, ...others } = body as Body;
        return { ...request, body: { parentId: ownerId, ...others } };
      },
      downgradeResponse: {
        400: (response) => {
          const { error } = response.body as { error: { type: string } };
          if (error.type !== 'TooManyCustomers') return response;
          return { ...response, body: { error: { ...error, type: 'InvalidRequest' } } };
        },
      },
      pointers: { body: { '/parentId': '/ownerId' } },
    },
  },
};

/** The options of `createApp` for all three versions. Another conversion may replace the last one. */
export function threeVersions(last: VersionChange = toThird) {
  const older: OlderVersion[] = [
    { version: FIRST, contract: first, change: toSecond },
    { version: SECOND, contract: second, change: last },
  ];
  return { contract: third, olderVersions: older };
}

/** Owners and customers that the handlers do not know. */
export const UNKNOWN = '00000000-0000-4000-8000-000000000000';
/** An owner that may have no customers. */
export const FULL = '11111111-1111-4111-8111-111111111111';

/** An owner for which the handler throws. */
export const THROWS = '22222222-2222-4222-8222-222222222222';

/** An owner for which the handler responds in the version of the request. */
export const OLDER = '33333333-3333-4333-8333-333333333333';

/** An owner for which the handler claims this, but responds in the newest version. */
export const MISNAMED = '44444444-4444-4444-8444-444444444444';

/** Handlers of the third version. `received` collects their requests. */
export function thirdHandlers() {
  const received: { headers: object; body: unknown }[] = [];
  const create: AnyHandler<undefined> = async (request, { version }) => {
    const { headers, body } = request as { headers: object; body: { parentId: string; customerIds: string[] } };
    received.push({ headers, body });
    if (body.parentId === FULL)
      return { status: 400, body: { error: { type: 'TooManyCustomers', message: 'There are too many.' } } };
    if (body.parentId === THROWS) throw new ApiError('IdempotencyKeyReused');
    if (body.parentId === OLDER) return { status: 201, body: testedOrganizationWith({ members: [] }), version };
    const unknown = [body.parentId, ...body.customerIds].indexOf(UNKNOWN);
    if (unknown === -1) {
      const { owner, ...organization } = testedOrganizationWith({ members: [] });
      const isMisnamed = body.parentId === MISNAMED;
      return { status: 201, body: { ...organization, parent: owner }, ...(isMisnamed && { version }) };
    }
    const pointer = unknown === 0 ? '/parentId' : `/customerIds/${unknown - 1}`;
    const details = [{ in: 'body', pointer, message: 'There is no such customer.' }];
    return { status: 400, body: { error: { type: 'UnknownCustomers', message: 'There are unknown IDs.', details } } };
  };
  const list = async () => ({ status: 200, body: ['Acme'] });
  const handlers = Object.fromEntries(
    Object.entries({ createCustomerOrganization: create, listParties: list, listAll: list }),
  );
  return { handlers, received };
}
