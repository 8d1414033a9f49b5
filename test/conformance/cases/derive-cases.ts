// Derives the cases of every operation from the contract alone: valid requests, and for each constraint requests that
// violate only that one.
import { hash } from 'node:crypto';
import type { Case } from './case.ts';
import { deriveCustomers } from './customers/customer-cases.ts';
import { deriveIdempotency } from './customers/idempotency-cases.ts';
import { deriveUnusedId } from './customers/unused-id-cases.ts';
import { type DemandName, demandsOf } from './demands.ts';
import { deriveCredentials } from './protocol/credential-cases.ts';
import { deriveHttpCases } from './protocol/http-cases.ts';
import { deriveJson } from './protocol/json-cases.ts';
import { deriveOrder } from './protocol/order-cases.ts';
import { deriveTransfers } from './protocol/transfer-cases.ts';
import { deriveVersions } from './protocol/version-cases.ts';
import type { RequestBuilder } from './request-builder.ts';
import { deriveBodies } from './values/body-cases.ts';
import { deriveExamples } from './values/example-cases.ts';
import { deriveParameters } from './values/parameter-cases.ts';

/** The cases of all operations, without duplicate requests. */
export function deriveCases(builders: readonly RequestBuilder[]): Case[] {
  const cases = builders.flatMap((builder) => [
    ...deriveExamples(builder),
    ...deriveBodies(builder),
    ...deriveParameters(builder).filter(({ request }) => isShort(request)),
    ...deriveCredentials(builder),
    ...deriveHttpCases(builder),
    ...deriveJson(builder),
    ...deriveTransfers(builder),
    ...deriveVersions(builder),
    ...deriveCustomers(builder),
    ...deriveUnusedId(builder),
    ...deriveIdempotency(builder),
    ...deriveOrder(builder),
  ]);
  const [builder] = builders;
  const stated = builder ? demandsOf(builder.contract) : new Set<DemandName>();
  const known = new Map<string, Case>();
  for (const derived of cases) {
    const each = withoutUnstated(derived, stated);
    const { request, expected, before = [], demand, delivery } = each;
    // Cases whose requirement the contract does not state are dropped.
    if (demand && !stated.has(demand)) continue;
    // Equal requests with different expectations are both kept: one of them fails, and shows the contradiction.
    const key = JSON.stringify([before, delivery, expected, { ...request, body: summarize(request.body) }]);
    const same = known.get(key);
    if (same) {
      same.alsoAt = [...(same.alsoAt ?? []), each.pointer];
      if (demand) same.demand ??= demand;
    } else known.set(key, each);
  }
  return makeNamesUnique([...known.values()]);
}

/** Removes additional requirements of a case that the contract does not state. */
function withoutUnstated({ message, header, ...each }: Case, stated: ReadonlySet<DemandName>): Case {
  return {
    ...each,
    ...(message && stated.has(message.demand) && { message }),
    ...(header && stated.has(header.demand) && { header }),
  };
}

/** A key that identifies a body. For a long body it is the hash, which is faster to compare. */
function summarize(body: string | Buffer | undefined): string | undefined {
  return body === undefined || body.length < 10_000 ? body?.toString('latin1') : hash('sha1', body);
}

/** Longer targets may be rejected for their length (RFC 9110, section 4.1), and so may longer headers. */
const MAX_LENGTH = 8000;

function isShort({ path, headers }: Case['request']): boolean {
  const values = Object.values(headers ?? {}).map((value) => String(value).length);
  return [path.length, ...values].every((length) => length <= MAX_LENGTH);
}

/** Numbers repeated names. */
function makeNamesUnique(cases: Case[]): Case[] {
  const count = new Map<string, number>();
  return cases.map((each) => {
    const times = (count.get(each.name) ?? 0) + 1;
    count.set(each.name, times);
    return times === 1 ? each : { ...each, name: `${each.name} (${times})` };
  });
}
