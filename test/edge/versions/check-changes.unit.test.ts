// Mistakes in the modules of versions that their types do not detect.
import { describe, expect, it } from 'vitest';
import { contract as newest } from '../../../generated/contract.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { checkChanges, findChangeProblems } from '../../../server/edge/conversions/check-changes.ts';
import { StartupError } from '../../../server/startup-error.ts';
import { olderVersions } from '../../../server/versions/older-versions.ts';
import type { AnyConversion } from '../../../server/versions/version-change.ts';
import { THIRD, threeVersions, toThird } from '../../support/contract/three-versions.ts';

const { createCustomerOrganization: complete } = toThird.operations;

/** Contracts that a test may change. */
function structuredCopy({ olderVersions: older, contract }: ReturnType<typeof threeVersions>) {
  return {
    olderVersions: older.map((each) => ({ ...each, contract: structuredClone(each.contract) })),
    contract: structuredClone(contract),
  };
}

/** The problems of three versions, of which the last has this conversion. */
function check(conversion: AnyConversion): string[] {
  const operations = { createCustomerOrganization: { ...complete, ...conversion } };
  const { olderVersions: older, contract } = threeVersions({ version: THIRD, operations });
  return findChangeProblems(older, contract);
}

describe('the modules of versions', () => {
  it('have no mistakes in this project', () => {
    expect(findChangeProblems(olderVersions, newest)).toEqual([]);
  });

  it('are accepted in the form of three versions', () => {
    expect(check({})).toEqual([]);
  });

  it.each<[string, AnyConversion, string]>([
    [
      'forget a pointer',
      { pointers: {} },
      '`pointers` of createCustomerOrganization: 2025-06-01 has no body "/parentId". Add "/parentId".',
    ],
    [
      'have a pointer of no newer place',
      { pointers: { body: { '/parentId': '/ownerId', '/parent': '/ownerId' } } },
      '`pointers` of createCustomerOrganization: 2026-01-02 has no body "/parent". Correct the entry.',
    ],
    [
      'have a pointer to no older place',
      { pointers: { body: { '/parentId': '/ownerId', '/customerIds/0': '/customer/0' } } },
      '`pointers` of createCustomerOrganization: 2025-06-01 has no body "/customer/0". Correct the entry.',
    ],
    [
      'have a pointer of another part',
      { pointers: { body: { '/parentId': '/ownerId' }, header: { '/parentId': '' } } },
      '`pointers` of createCustomerOrganization: 2026-01-02 has no header "/parentId". Correct the entry.',
    ],
    [
      'leave a property in a request',
      {
        upgradeRequest: ({ body, ...request }) => ({
          ...request,
          body: { ...(body as { ownerId: string }), parentId: (body as { ownerId: string }).ownerId },
        }),
      },
      '`upgradeRequest` of createCustomerOrganization returns body "/ownerId", which 2026-01-02 does not have.',
    ],
    [
      'add a query to a request',
      {
        upgradeRequest: (request) => ({
          ...request,
          ...complete?.upgradeRequest?.(request),
          query: { a: 1 },
        }),
      },
      '`upgradeRequest` of createCustomerOrganization returns query "/a", which 2026-01-02 does not have.',
    ],
    [
      'leave a nested property in a response',
      {
        downgradeResponse: {
          201: ({ body, ...response }) => ({
            ...response,
            body: { ...(body as object), members: [{ id: '', name: '', nick: '' }] },
          }),
        },
      },
      '`downgradeResponse` of createCustomerOrganization returns "/members/0/nick" with 201, ' +
        'which 2025-06-01 does not have.',
    ],
    [
      'return a status that the version does not have',
      { downgradeResponse: { 201: (response) => ({ ...response, status: 202 }) } },
      '`downgradeResponse` of createCustomerOrganization returns 202, which 2025-06-01 has not.',
    ],
    [
      'have a pointer that is no text',
      { pointers: { body: { '/parentId': '/ownerId', '/customerIds': (() => '/customerIds') as never } } },
      '`pointers` of createCustomerOrganization: body "/customerIds" has the type function. Write a JSON Pointer.',
    ],
    [
      'drop an optional header of a request',
      {
        upgradeRequest: (request) => ({ ...request, ...complete?.upgradeRequest?.(request), headers: {} }),
      },
      '`upgradeRequest` of createCustomerOrganization loses "/headers/Idempotency-Key", which both versions have. ' +
        'Return it, or list it in `drops.request`.',
    ],
    [
      'drop an optional header of a response',
      { downgradeResponse: { 201: ({ headers: _, ...response }) => ({ ...response, headers: {} }) } },
      '`downgradeResponse` of createCustomerOrganization for 201 loses "/headers/Idempotency-Replayed", ' +
        'which both versions have. Return it, or list it in `drops.response`.',
    ],
    [
      'drop an optional property of an error',
      {
        downgradeResponse: {
          400: ({ body, ...response }) => {
            const { type, message } = (body as { error: { type: string; message: string } }).error;
            return { ...response, body: { error: { type, message } } };
          },
        },
      },
      '`downgradeResponse` of createCustomerOrganization for 400 loses "/body/error/details", ' +
        'which both versions have. Return it, or list it in `drops.response`.',
    ],
    [
      'throw',
      {
        downgradeResponse: {
          201: () => {
            throw new Error('broken');
          },
        },
      },
      '`downgradeResponse` of createCustomerOrganization failed for 201: broken, for an example of the contract.',
    ],
  ])('are rejected when they %s', (_, conversion, problem) => {
    expect(check(conversion)).toEqual([`server/versions/2026-01-02.ts: ${problem}`]);
  });

  it('may drop what they declare as dropped', () => {
    const { upgradeRequest } = complete ?? {};
    const conversion: AnyConversion = {
      upgradeRequest: (request) => ({ ...request, ...upgradeRequest?.(request), headers: {} }),
      downgradeResponse: { 201: ({ status, body }) => ({ status, body }) },
      drops: { request: ['/headers/Idempotency-Key'], response: ['/headers'] },
    };

    expect(check(conversion)).toEqual([]);
  });

  it('are rejected when they drop an optional property that no example has', () => {
    const addNote = (contract: Contract) => {
      for (const name of ['NewCustomerOrganization', 'CustomerOrganization'])
        Object.assign(contract.components.schemas[name]?.properties ?? {}, { note: { type: 'string', maxLength: 3 } });
      return contract;
    };
    const dropNote = (body: unknown) =>
      Object.fromEntries(Object.entries(body as object).filter(([name]) => name !== 'note'));
    const conversion: AnyConversion = {
      upgradeRequest: (request) => {
        const upgraded = complete?.upgradeRequest?.(request) ?? request;
        return { ...upgraded, body: dropNote(upgraded.body) };
      },
      downgradeResponse: {
        201: ({ body, ...response }) => ({ ...response, body: dropNote(body) }),
      },
    };
    const find = (drops?: AnyConversion['drops']) => {
      const operations = { createCustomerOrganization: { ...complete, ...conversion, drops } };
      const { olderVersions: older, contract } = structuredCopy(threeVersions({ version: THIRD, operations }));
      return findChangeProblems(
        older.map((each) => ({ ...each, contract: addNote(each.contract) })),
        addNote(contract),
      );
    };

    expect(find()).toEqual([
      expect.stringContaining('`upgradeRequest` of createCustomerOrganization loses "/body/note", '),
      expect.stringContaining('`downgradeResponse` of createCustomerOrganization for 201 loses "/body/note", '),
    ]);
    expect(find({ request: ['/body/note'], response: ['/body/note'] })).toEqual([]);
  });

  it('keep a program from starting, with one line for each mistake', () => {
    const { olderVersions: older, contract } = threeVersions({ version: THIRD, operations: {} });

    expect(() => checkChanges(older, contract)).toThrow(StartupError);
    expect(() => checkChanges(older, contract)).toThrow(/^server\/versions\/2026-01-02\.ts: `pointers` of [^\n]+$/);
  });
});
