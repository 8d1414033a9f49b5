// Handlers that must not compile. `npm run types` fails when an expected error is missing.
import type { CreateCustomerOrganizationResponse, Handlers } from '../../generated/operations.ts';
import { memberIdsOf, organizationWith } from '../support/contract/organization.ts';

const organization = organizationWith();
const internal = { error: { type: 'InternalError', message: '' } } as const;
const unavailable = { error: { type: 'Unavailable', message: '' } } as const;

/** The handlers of one operation, whatever else the contract contains. */
type Stub = Pick<Handlers, 'createCustomerOrganization'>;

/** A handler that returns this response. */
const returning = (response: CreateCustomerOrganizationResponse): Stub => ({
  createCustomerOrganization: async () => response,
});

export const valid = [
  returning({ status: 201, body: organization }),
  returning({ status: 201, headers: { 'Idempotency-Replayed': 'true' }, body: organization }),
  returning({ status: 503, headers: { 'Retry-After': 2 }, body: unavailable }),
];

// @ts-expect-error no handler for createCustomerOrganization
export const missing: Handlers = {};

// @ts-expect-error a handler that returns nothing
export const noResponse: Stub = { createCustomerOrganization: async () => undefined };

// @ts-expect-error an undeclared status
export const status = returning({ status: 200, body: organization });

// @ts-expect-error no body
export const missingBody = returning({ status: 201 });

// @ts-expect-error a missing body field
export const missingField = returning({ status: 201, body: { id: '', owner: { id: '', name: '' } } });

// @ts-expect-error a wrong body field
export const wrongField = returning({ status: 201, body: { ...organization, id: 7 } });

// @ts-expect-error an undeclared body field
export const undeclaredField = returning({ status: 201, body: { ...organization, secret: '' } });

// @ts-expect-error the body of another status
export const otherBody = returning({ status: 201, body: unavailable });

// @ts-expect-error an error type of another status
export const otherType = returning({ status: 409, body: { error: { type: 'Unavailable', message: '' } } });

// @ts-expect-error a missing required header
export const missingHeader = returning({ status: 503, body: unavailable });

// @ts-expect-error a required header of the wrong type
export const wrongHeader = returning({ status: 503, headers: { 'Retry-After': 'soon' }, body: unavailable });

// @ts-expect-error an undeclared header
export const undeclaredHeader = returning({ status: 201, headers: { 'X-Other': '' }, body: organization });

// @ts-expect-error a header where none is declared
export const headerWithoutDeclaration = returning({ status: 500, headers: { 'Retry-After': 2 }, body: internal });

// @ts-expect-error a header that the edge sets
export const edgeHeader = returning({ status: 201, headers: { 'X-Request-Id': '' }, body: organization });

export const typedRequest: Stub = {
  createCustomerOrganization: async ({ body, headers }) => {
    // @ts-expect-error an undeclared property of the request
    void body.members;
    // @ts-expect-error an undeclared header of the request
    void headers['X-Other'];
    // @ts-expect-error an optional header may be absent
    const key: string = headers['Idempotency-Key'];
    return {
      status: 201,
      body: organizationWith({ id: key, members: memberIdsOf(body).map((id) => ({ id, name: '' })) }),
    };
  },
};
