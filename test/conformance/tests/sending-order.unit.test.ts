// The order of cases, which spreads failed logins over a run, because they are limited for each minute.
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { type Case, rejected } from '../cases/case.ts';
import { createSuite } from '../run/suite.ts';
import { orderForSending } from '../send/sending-order.ts';
import { RICH_SUBJECT } from './support/rich-subject.ts';

const LIMIT = contract['x-limits']?.failedLoginsPerMinute?.value ?? 0;
const { cases } = createSuite({ contract, subject: RICH_SUBJECT, seed: 1, combinations: 300 });
const isFailedLogin = ({ before = [], expected }: Case) =>
  [...before, { expected }].some((each) => JSON.stringify(each.expected) === JSON.stringify(rejected('credentials')));

describe('orderForSending', () => {
  it('sends as many failed logins as a minute allows first, and the others last', () => {
    const order = orderForSending(cases, contract);
    const flags = order.map(([, each]) => isFailedLogin(each));
    const first = flags.indexOf(false);
    const count = flags.filter(Boolean).length;

    expect(first).toBeGreaterThan(LIMIT - 8);
    expect(first).toBeLessThanOrEqual(LIMIT);
    expect(flags.slice(first, flags.lastIndexOf(false) + 1)).not.toContain(true);
    expect(flags.slice(flags.lastIndexOf(false) + 1)).toHaveLength(count - first);
  });

  it('sends each case once, with its index', () => {
    const order = orderForSending(cases, contract);

    expect(order.toSorted(([one], [other]) => one - other)).toEqual([...cases.entries()]);
  });

  it('keeps the order where the contract limits no failed logins', () => {
    const unlimited = structuredClone(contract);
    Reflect.deleteProperty(unlimited, 'x-limits');

    expect(orderForSending(cases, unlimited)).toEqual([...cases.entries()]);
  });
});
