// Checks that a response reflects its request, which no schema can express. Operations without an entry have no checks.
import { type DemandName, placeOf } from '../cases/demands.ts';
import type { Violation } from './validate-response.ts';

/** State collected from the earlier responses of a run. */
export interface RunState {
  requestIds: Set<string>;
  createdIds: Set<string>;
  /** The name of each customer, by ID. */
  names: Map<string, string>;
  /** The given names of customers, by ID. */
  given: ReadonlyMap<string, string>;
  /** Whether a proxy has named itself in a response. */
  hasProxy: boolean;
}

export function createRunState(given: ReadonlyMap<string, string> = new Map()): RunState {
  return { requestIds: new Set(), createdIds: new Set(), names: new Map(given), given, hasProxy: false };
}

interface SemanticContext {
  replayed: boolean;
  /** The mock returns the same organization for the same request. */
  mock: boolean;
  state: RunState;
  /** The bodies of the responses before the request was sent, as far as the case knows. */
  earlier: readonly unknown[];
}

type SemanticCheck = (request: unknown, response: unknown, context: SemanticContext) => Violation[];

export function checkSemantics(
  operationId: string,
  request: unknown,
  response: unknown,
  context: SemanticContext,
): Violation[] {
  return SEMANTIC_CHECKS[operationId]?.(request, response, context) ?? [];
}

interface Party {
  id: string;
  name: string;
}

const SEMANTIC_CHECKS: Record<string, SemanticCheck> = {
  createCustomerOrganization(request, response, { replayed, mock, state, earlier }) {
    if (!isNewOrganization(request) || !isOrganization(response)) return []; // The schema validation reports it.
    const violation = (message: string, demand: DemandName, rule = 'semantics'): Violation => ({
      ...{ rule, message },
      ...placeOf(demand),
    });
    const owner = request.ownerId.toLowerCase();
    const members = [...new Set(request.memberIds.map((id) => id.toLowerCase()))].filter((id) => id !== owner);
    const actual = response.members.map(({ id }) => id);
    const violations: Violation[] = [];
    if (response.owner.id !== owner)
      violations.push(violation(`The owner is ${response.owner.id}; expected ${owner}.`, 'owner'));
    if (actual.includes(owner)) violations.push(violation('The members include the owner.', 'members'));
    else if (JSON.stringify(actual) !== JSON.stringify(members))
      violations.push(
        violation(`The members are ${shorten(actual)}; expected ${shorten(members)}, in this order.`, 'members'),
      );
    if (!replayed && !mock && state.createdIds.has(response.id))
      violations.push(violation(`Two organizations have the ID ${response.id}.`, 'new IDs'));
    state.createdIds.add(response.id);
    if (!replayed && !mock) {
      const error = explainId(response.id, Date.now(), earlier.filter(isOrganization));
      if (error !== undefined) violations.push(violation(error, 'new IDs'));
    }
    for (const { id, name } of [response.owner, ...response.members]) {
      const known = state.names.get(id) ?? name;
      state.names.set(id, known);
      const source = state.given.has(id) ? 'its name is' : 'an earlier response has';
      if (known !== name)
        violations.push(
          violation(
            `Customer ${id} has the name ${JSON.stringify(name)}, but ${source} ${JSON.stringify(known)}.`,
            'names',
            state.given.has(id) ? 'names' : 'semantics',
          ),
        );
    }
    return violations;
  },
};

/** The clocks of client and server may differ. */
const MAX_CLOCK_DIFFERENCE_MS = 3_600_000;

/** The clocks of an implementation's servers may differ, too. */
const MAX_SKEW_MS = 1_000;

/** Why this is no version 7 UUID of this time (RFC 9562, section 5.7). */
function explainId(id: string, nowMs: number, earlier: readonly { id: string }[]): string | undefined {
  if (!/^.{14}7.{4}[89ab]/.test(id)) return `The ID ${id} is no version 7 UUID.`;
  const createdMs = millisecondsOf(id);
  if (Math.abs(createdMs - nowMs) > MAX_CLOCK_DIFFERENCE_MS)
    return `The ID ${id} is of ${new Date(createdMs).toISOString()}, not of its creation.`;
  const later = earlier.find((each) => millisecondsOf(each.id) > createdMs + MAX_SKEW_MS);
  return later && `The ID ${id} sorts before ${later.id}, of an organization that was created earlier.`;
}

function millisecondsOf(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16);
}

function shorten(ids: string[]): string {
  return ids.length > 6 ? `${ids.length} customers` : `[${ids.join(', ')}]`;
}

function isNewOrganization(value: unknown): value is { ownerId: string; memberIds: string[] } {
  return (
    isObject(value) &&
    typeof value.ownerId === 'string' &&
    Array.isArray(value.memberIds) &&
    value.memberIds.every((id) => typeof id === 'string')
  );
}

function isOrganization(value: unknown): value is { id: string; owner: Party; members: Party[] } {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    isParty(value.owner) &&
    Array.isArray(value.members) &&
    value.members.every(isParty)
  );
}

function isParty(value: unknown): value is Party {
  return isObject(value) && typeof value.id === 'string' && typeof value.name === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
