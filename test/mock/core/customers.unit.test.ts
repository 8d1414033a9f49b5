// The names of the mock's customers.
import { describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { createNameOf } from '../../../mock/core/customers.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/;
const OTHER = '0b1e4f0e-63a5-4a8b-9e0d-6f1c2d3e4f5a';

const exampleOf = (body: unknown) => ({ summary: '', headers: {}, body });

/** A response that gives a customer of the creates another name, and has another customer. */
const naming = (id: string, name: string) => ({
  default: exampleOf([
    { id: OWNER, name: 'FinTech Holding Inc.' },
    { id, name },
  ]),
});

const added = { anAddedOperation: { requests: {}, responses: { 200: naming(OTHER, 'Other Ltd') } } };

describe('the name of a customer', () => {
  it.each([
    ['above', { ...added, ...examples }],
    ['below', { ...examples, ...added }],
  ])('is that of the examples of creates, with another operation %s', (_, all) => {
    const nameOf = createNameOf([all]);

    expect(nameOf(OWNER)).toBe('FinTech Solutions Inc.');
    expect(nameOf(OTHER)).toBe('Other Ltd');
  });

  it('is that of the first version that mentions it, be it as unknown', () => {
    const { UnknownCustomers } = examples.createCustomerOrganization.responses[400];
    const [unknown = ''] = JSON.stringify(UnknownCustomers.body).match(UUID) ?? [];
    const older = {
      createCustomerOrganization: {
        requests: {},
        responses: { 200: naming(unknown, 'Unknown Ltd'), 400: { UnknownCustomers: exampleOf({ message: OTHER }) } },
      },
    };

    const nameOf = createNameOf([examples, older]);

    expect(nameOf(OWNER)).toBe('FinTech Solutions Inc.');
    expect(nameOf(unknown)).toBeUndefined();
    expect(nameOf(OTHER)).toBeUndefined();
    expect(createNameOf([older, examples])(unknown)).toBe('Unknown Ltd');
  });

  it.each([
    { ownerId: OWNER, ownerName: 'Split Ltd' },
    { owner_id: OWNER, owner_name: 'Split Ltd' },
    { partyID: OWNER, partyName: 'Split Ltd' },
    { id: OWNER, name: 'Split Ltd' },
  ])('is found in an example with $ownerId$owner_id$partyID$id', (body) => {
    const nameOf = createNameOf([{ anOperation: { requests: {}, responses: { 200: { one: exampleOf([body]) } } } }]);

    expect(nameOf(OWNER)).toBe('Split Ltd');
  });

  it('is not a sibling that belongs to another ID', () => {
    const body = { ownerId: OWNER, name: 'Of the organization', paid: OTHER, memberName: 'Of a member' };
    const nameOf = createNameOf([{ anOperation: { requests: {}, responses: { 200: { one: exampleOf(body) } } } }]);

    expect([nameOf(OWNER), nameOf(OTHER)]).toEqual([createNameOf([])(OWNER), createNameOf([])(OTHER)]);
  });
});
