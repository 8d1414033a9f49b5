// Limits and the order of checks, which the contract states once, as data.
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { limits, orderOfChecks } from '../../generated/limits.ts';
import { errorTypes } from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { describeLimits, showLimit } from '../../openapi/model/limits-and-checks.ts';
import { BODY_LIMIT } from '../../server/edge/body/decode-blocks.ts';
import { SETTINGS } from '../../server/settings.ts';
import { IDEMPOTENCY_TTL_MS } from '../../server/store/store.ts';
import { ERROR_TYPES } from '../conformance/cases/case.ts';

/** A contract with only this description and these extensions. */
function described(description: string, extensions: Partial<Contract>): string {
  const small: Contract = { ...contract, ...extensions, info: { title: 'Small', version: '1', description } };
  describeLimits(small);
  return String(small.info.description);
}

/** The schema of the members in a request: the only list in it. */
const membersOf = ({ components: { schemas } }: Contract) =>
  Object.values(schemas.NewCustomerOrganization?.properties ?? {}).find(({ type }) => type === 'array');

describe('x-limits', () => {
  it('has the limits that the server enforces', () => {
    const defaultOf = (setting: string) => Number(SETTINGS.find(({ name }) => name === setting)?.value);

    expect(BODY_LIMIT).toBe(contract['x-limits']?.requestBodyBytes?.value);
    expect(IDEMPOTENCY_TTL_MS).toBe(Number(contract['x-limits']?.idempotencyKeyHours?.value) * 3_600_000);
    expect(defaultOf('RATE_LIMIT_PER_MINUTE')).toBe(contract['x-limits']?.requestsPerMinute?.value);
    expect(defaultOf('FAILED_LOGINS_PER_MINUTE')).toBe(contract['x-limits']?.failedLoginsPerMinute?.value);
  });

  it('has the limits of schemas', () => {
    expect(limits).toMatchObject({
      members: membersOf(contract)?.maxItems,
      idempotencyKeyCharacters: 255,
      listedViolations: 100,
    });
  });

  it('matches the message of PayloadTooLarge', () => {
    expect(errorTypes.PayloadTooLarge.message).toContain(showLimit('requestBodyBytes', limits.requestBodyBytes));
  });

  it('is a table in the description, each limit with its unit', () => {
    for (const [name, { description }] of Object.entries(contract['x-limits'] ?? {})) {
      const value = Object.entries(limits).find(([each]) => each === name)?.[1] ?? 0;
      expect(contract.info.description).toContain(`\n| ${description} | ${showLimit(name, value)} |\n`);
    }
    expect(contract.info.description).not.toContain('x-limits');
  });

  it.each([
    ['requestBodyBytes', 2_097_152, '2 MiB (2,097,152 bytes)'],
    ['requestBodyBytes', 1_000_000, '1,000,000 bytes'],
    ['requestsPerMinute', 1500, '1,500 per minute'],
    ['idempotencyKeyHours', 24, '24 hours'],
    ['members', 10_000, '10,000'],
  ])('shows %s of %i as %s', (name, value, shown) => {
    expect(showLimit(name, value)).toBe(shown);
  });

  it('leaves a description without the sentence unchanged', () => {
    expect(described('Some text.', { 'x-limits': { things: { description: 'Things', value: 3 } } })).toBe('Some text.');
  });
});

describe('x-order-of-checks', () => {
  it('is described in words in the description', () => {
    expect(contract.info.description).toContain(
      'in this order, and the first failed check determines the response: path, method, credentials, rate limit, ' +
        'version, media type, size, JSON, contract, idempotency, customers.\n',
    );
  });

  it('is written at the end of its sentence, across lines', () => {
    const description = 'Checked in the order of `x-order-of-checks`,\none by one. More.\n';

    expect(described(description, { 'x-order-of-checks': ['path', 'mediaType'] })).toBe(
      'Checked in this order,\none by one: path, media type. More.\n',
    );
  });

  it('has each kind of client error that the conformance suite expects, in the same order', () => {
    const kinds: readonly string[] = Object.keys(ERROR_TYPES);

    expect(kinds).toEqual(orderOfChecks.filter((name) => name !== 'rateLimit'));
  });
});
