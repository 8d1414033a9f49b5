// Requests that reach a limit, and handlers that wait until the test opens them.
import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { CreateCustomerOrganizationResponse } from '../../../generated/operations.ts';
import type { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { DEMO, PATH } from '../../support/http/http.ts';

export const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
export const VALID = { ownerId: OWNER.id, memberIds: [] };

/** Members that make a response of 8 MB: more than the buffers of two sockets take in. */
export const MANY = Array.from({ length: 10_000 }, () => ({ ...OWNER, name: '€'.repeat(255) }));

/** A body of `count` members with 39 bytes each. */
export const withMembers = (count: number) => ({
  ownerId: OWNER.id,
  memberIds: Array.from({ length: count }, () => randomUUID()),
});

/** The header of a create, to be followed by its body. */
export const header = (fields: Record<string, string>) =>
  [
    `POST ${PATH} HTTP/1.1`,
    ...Object.entries({ Host: 'x', Authorization: DEMO, 'Content-Type': 'application/json', ...fields }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '\r\n',
  ].join('\r\n');

/** The header of a create in chunks. */
export const CHUNKED = header({ 'Transfer-Encoding': 'chunked' });

/** Splits the text into chunks of one character, without the last chunk. */
export const oneByteChunks = (text: string) => [...text].map((character) => `1\r\n${character}\r\n`).join('');

/** Handlers without a store, which wait until the test opens them. */
export function gated(body = organizationWith({ owner: OWNER, members: [] })) {
  const entered = vi.fn();
  const gate = Promise.withResolvers<void>();
  const handlers = {
    createCustomerOrganization: async (): Promise<CreateCustomerOrganizationResponse> => {
      entered();
      await gate.promise;
      return { status: 201, body };
    },
  };
  return { handlers, entered, open: gate.resolve };
}

/** Resolves when the budget is free. */
export const settled = (memory: MemoryBudget) => vi.waitFor(() => expect(memory.held).toBe(0), 10_000);
