// The rules by which requests with one idempotency key count as the same.
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../server/api/organization-rules.ts';

const PARTIES = { ownerId: 'a', memberIds: ['b', 'c'] };

describe('canonicalText', () => {
  it('is that of the customers alone when the body has nothing else, so that stored keys stay valid', () => {
    expect(canonicalText(PARTIES, {})).toBe('["createCustomerOrganization","a",["b","c"]]');
  });

  it('is the same for properties in any order, those of their values included', () => {
    const one = canonicalText(PARTIES, { colour: 'red', address: { city: 'x', lines: [{ a: 1, b: 2 }] } });
    const other = canonicalText(PARTIES, { address: { lines: [{ b: 2, a: 1 }], city: 'x' }, colour: 'red' });

    expect(one).toBe(other);
  });

  it.each([
    ['the owner', { ...PARTIES, ownerId: 'd' }, {}],
    ['the order of members', { ...PARTIES, memberIds: ['c', 'b'] }, {}],
    ['a further property', PARTIES, { colour: 'red' }],
    ['its value', PARTIES, { colour: 'blue' }],
    ['its name', PARTIES, { color: 'blue' }],
    ['null', PARTIES, { colour: null }],
    ['the order of a list', PARTIES, { tags: ['x', 'y'] }],
    ['the same list in another order', PARTIES, { tags: ['y', 'x'] }],
    ['an object', PARTIES, { tags: { x: 'y' } }],
    ['a list of pairs', PARTIES, { tags: [['x', 'y']] }],
  ])('differs with %s', (name, parties, others) => {
    const texts = [
      canonicalText(PARTIES, {}),
      canonicalText(PARTIES, { colour: 'green' }),
      canonicalText(PARTIES, { tags: ['x'] }),
    ];

    expect(texts, name).not.toContain(canonicalText(parties, others));
  });
});
