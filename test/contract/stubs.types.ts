// What must not compile. Checked by `npm run types`: an expected error that does not come is an error itself.
import type { CreateCustomerOrganizationResponse, Handlers } from '../../generated/operations.ts';
import { organizationWith } from '../support/organization.ts';

const organization = organizationWith();
const internal = { error: { type: 'InternalError', message: '' } } as const;
const unavailable = { error: { type: 'Unavailable', message: '' } } as const;

/** What is said of one operation holds whatever others there are. */
type Stub = Pick<Handlers, 'createCustomerOrganization'>;

/** Answers with this, so that each case below is one line with one fault. */
const answering = (answer: CreateCustomerOrganizationResponse): Stub => ({
  createCustomerOrganization: async () => answer,
});

export const right = [
  answering({ status: 201, body: organization }),
  answering({ status: 201, headers: { 'Idempotency-Replayed': 'true' }, body: organization }),
  answering({ status: 503, headers: { 'Retry-After': 2 }, body: unavailable }),
];

// @ts-expect-error no handler for createCustomerOrganization
export const missing: Handlers = {};

// @ts-expect-error a handler that answers nothing
export const silent: Stub = { createCustomerOrganization: async () => undefined };

// @ts-expect-error an undeclared status
export const status = answering({ status: 200, body: organization });

// @ts-expect-error no body
export const bodiless = answering({ status: 201 });

// @ts-expect-error a missing body field
export const fieldless = answering({ status: 201, body: { id: '', owner: { id: '', name: '' } } });

// @ts-expect-error a wrong body field
export const wrongField = answering({ status: 201, body: { ...organization, id: 7 } });

// @ts-expect-error an undeclared body field
export const undeclaredField = answering({ status: 201, body: { ...organization, secret: '' } });

// @ts-expect-error the body of another status
export const otherBody = answering({ status: 201, body: unavailable });

// @ts-expect-error an error type of another status
export const otherType = answering({ status: 409, body: { error: { type: 'Unavailable', message: '' } } });

// @ts-expect-error a missing required header
export const headerless = answering({ status: 503, body: unavailable });

// @ts-expect-error a required header of the wrong type
export const wrongHeader = answering({ status: 503, headers: { 'Retry-After': 'soon' }, body: unavailable });

// @ts-expect-error an undeclared header
export const undeclaredHeader = answering({ status: 201, headers: { 'X-Other': '' }, body: organization });

// @ts-expect-error a header where none is declared
export const headerOnNone = answering({ status: 500, headers: { 'Retry-After': 2 }, body: internal });

// @ts-expect-error a header that the edge sets
export const edgeHeader = answering({ status: 201, headers: { 'X-Request-Id': '' }, body: organization });

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
      body: organizationWith({ id: key, members: body.memberIds.map((id) => ({ id, name: '' })) }),
    };
  },
};
