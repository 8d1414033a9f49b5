// The response to unknown customers: with objects, and as a text that is composed without them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areMany, manyUnknownCustomers } from '../../../server/api/many-unknown-customers.ts';
import type { Parties } from '../../../server/api/organization-rules.ts';
import { unknownCustomers } from '../../../server/api/unknown-customers.ts';

const idOf = (number: number) => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;

/** Parties with so many members, of whom some are unknown, and the IDs of the unknown ones in the order of the text. */
function partiesWith(members: number, isUnknown: (index: number) => boolean) {
  const parties: Parties = { ownerId: idOf(0), memberIds: Array.from({ length: members }, (_, index) => idOf(index)) };
  return { parties, ids: parties.memberIds.filter((_, index) => isUnknown(index)) };
}

describe('manyUnknownCustomers', () => {
  it('returns the text of the response with objects', () => {
    const lengths = fc.constantFrom(0, 1, 2, 1023, 1024, 1025, 2048, 3000);
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 3 }), fc.boolean(), (length, step, isOwnerUnknown) => {
        const { parties, ids } = partiesWith(length, (index) => index % step === 0 && (index > 0 || isOwnerUnknown));
        const response = manyUnknownCustomers(ids, parties);
        const { status, body } = unknownCustomers(ids, parties);

        expect(response.texts.join('')).toBe(JSON.stringify(body));
        expect(response).toMatchObject({ status, body });
        expect(response.sample).toEqual({ error: { ...body.error, details: body.error.details?.slice(0, 1) } });
      }),
      { numRuns: 30 },
    );
  });

  it('divides a long text', () => {
    const { parties, ids } = partiesWith(10_000, () => true);

    const { texts } = manyUnknownCustomers(ids, parties);

    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(150_000);
  });
});

describe('areMany', () => {
  const { ids } = partiesWith(1024, () => true);

  it('accepts thousands of IDs', () => {
    expect(areMany(ids)).toBe(true);
    expect(areMany(ids.slice(1))).toBe(false);
  });

  // IDs of the contract have none; those of another contract might.
  it.each(['"', '\\', '\n', '\u0000', '\u001f', '\ud800'])(
    'rejects IDs with a character that needs an escape: %j',
    (text) => {
      expect(areMany(ids.with(500, `a${text}b`))).toBe(false);
    },
  );

  it.each(['é', '\u007f', '\u2028', '😀'])('accepts IDs with other characters: %j', (text) => {
    const { parties } = partiesWith(1024, () => true);
    const memberIds = parties.memberIds.with(500, `a${text}b`);

    expect(areMany(memberIds)).toBe(true);
    const { texts, body } = manyUnknownCustomers(memberIds, { ...parties, memberIds });
    expect(texts.join('')).toBe(JSON.stringify(body));
  });
});
