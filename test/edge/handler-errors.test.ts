// Handlers that fail or break the contract: the client gets 500, and the log has the cause.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CreateCustomerOrganizationResponse, Handlers } from '../../generated/operations.ts';
import { ApiError } from '../../server/edge/errors.ts';
import type { Context } from '../../server/edge/options.ts';
import { PreparedResponse } from '../../server/edge/prepared-response.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { send } from '../support/http/http.ts';
import { collectLog } from '../support/log-lines.ts';
import { startEdge } from '../support/targets.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

const ORGANIZATION = organizationWith();

/** Sends a request to this handler. Returns the response, and what was logged as an error. */
async function respondWith(handler: () => Promise<unknown>) {
  const { log, lines } = collectLog();
  // A handler in JavaScript may return this; the types of handlers forbid it.
  const wrong = { createCustomerOrganization: handler } as Pick<Handlers<Context>, 'createCustomerOrganization'>;
  const target = await startEdge(wrong, { log });
  onTestFinished(() => target.close());
  const reply = await send(target.url, { body: BODY });
  return { reply, errors: lines.filter(({ level }) => level === 'error') };
}

describe('a handler that fails or breaks the contract', () => {
  const right: CreateCustomerOrganizationResponse = { status: 201, body: ORGANIZATION };

  it('returns 500 without details, and logs the error with its cause', async () => {
    const { reply, errors } = await respondWith(async () => {
      throw new Error('password hunter2 rejected', { cause: new Error('connection to 10.1.2.3 lost') });
    });

    expect(reply.status).toBe(500);
    expect(reply.body).toEqual({
      error: {
        type: 'InternalError',
        message: 'Unexpected error. Report it with the X-Request-Id header.',
      },
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.requestId).toBe(reply.headers['x-request-id']);
    expect(errors[0]?.err?.message).toBe('password hunter2 rejected');
    expect(errors[0]?.err?.stack).toContain('handler-errors.test.ts');
    expect(errors[0]?.err?.cause?.message).toBe('connection to 10.1.2.3 lost');
  });

  it.each([
    ['throws a string', () => Promise.reject('text'), undefined],
    [
      'returns an undeclared status',
      async () => ({ ...right, status: 200 }),
      'The 200 response of createCustomerOrganization breaks the contract: ' +
        "no schema defined for status code '200' in the openapi spec",
    ],
    ['returns nothing', async () => undefined, expect.any(String)],
    ['returns no body', async () => ({ status: 201 }), expect.any(String)],
    [
      'returns a body without a required field',
      async () => ({ ...right, body: { ...ORGANIZATION, owner: { id: ORGANIZATION.id } } }),
      'The 201 response of createCustomerOrganization breaks the contract: ' +
        "/response/owner must have required property 'name'",
    ],
    [
      'returns a field of a wrong type',
      async () => ({ ...right, body: { ...ORGANIZATION, id: 7 } }),
      expect.stringContaining('/response/id must be string'),
    ],
    [
      'returns a header that HTTP does not allow',
      async () => ({ ...right, headers: { 'Idempotency-Replayed': 'true\r\nX-Injected: yes' } }),
      'Invalid character in header content ["Idempotency-Replayed"]',
    ],
    [
      'throws an error that the contract does not declare for it',
      async () => {
        throw new ApiError('NotFound');
      },
      expect.stringContaining("no schema defined for status code '404'"),
    ],
    [
      'returns upper-case IDs',
      async () => ({ ...right, body: { ...ORGANIZATION, id: ORGANIZATION.id.toUpperCase() } }),
      expect.stringContaining('/response/id must match pattern'),
    ],
    [
      'returns an undeclared header',
      async () => ({ ...right, headers: { 'X-Secret': 'x' } }),
      'The 201 response of createCustomerOrganization breaks the contract: the header X-Secret is not declared.',
    ],
    [
      'returns no required header',
      async () => ({ status: 503, body: { error: { type: 'Unavailable', message: 'x' } } }),
      'The 503 response of createCustomerOrganization breaks the contract: the header Retry-After is missing.',
    ],
    [
      'returns the error type of another status',
      async () => ({ status: 409, body: { error: { type: 'Unavailable', message: 'x' } } }),
      expect.stringContaining('must be equal to one of the allowed values'),
    ],
    [
      'returns an invalid body with a 5xx status',
      async () => ({ status: 500, body: { secret: 'x' } }),
      expect.stringContaining('error'),
    ],
    [
      'returns a prepared text of an undeclared status',
      async () => new PreparedResponse(404, { texts: ['{}'], sample: { error: { type: 'NotFound', message: 'x' } } }),
      expect.stringContaining("no schema defined for status code '404'"),
    ],
    [
      'returns a prepared text of another form',
      async () => new PreparedResponse(400, { texts: ['{}'], sample: { error: { type: 'InvalidRequest' } } }),
      expect.stringContaining("must have required property 'message'"),
    ],
    [
      'returns a header with an invalid body',
      async () => ({ status: 201, headers: { 'Idempotency-Replayed': 'true' }, body: {} }),
      expect.any(String),
    ],
  ])('returns 500 and logs the reason when it %s', async (_, handler, message) => {
    const { reply, errors } = await respondWith(handler);

    expect(reply.status).toBe(500);
    expect(reply.text).not.toMatch(/secret|response/i);
    expect(errors).toHaveLength(1);
    if (message !== undefined) expect(errors[0]?.err?.message).toEqual(message);
  });
});
