// What an answer has to say about its request, where no schema can state it. By operation; an operation without an entry has no such rules.
import type { Finding } from './validate-response.ts';

/** What a run remembers of earlier answers. */
export interface Memory {
  requestIds: Set<string>;
  createdIds: Set<string>;
  /** The name of each customer, by ID. */
  names: Map<string, string>;
}

export function createMemory(): Memory {
  return { requestIds: new Set(), createdIds: new Set(), names: new Map() };
}

interface Situation {
  replayed: boolean;
  /** A mock has one organization for each request. */
  mock: boolean;
  memory: Memory;
}

type Meaning = (request: unknown, answer: unknown, situation: Situation) => Finding[];

export function judgeMeaning(operationId: string, request: unknown, answer: unknown, situation: Situation): Finding[] {
  return MEANINGS[operationId]?.(request, answer, situation) ?? [];
}

interface Party {
  id: string;
  name: string;
}

const MEANINGS: Record<string, Meaning> = {
  createCustomerOrganization(request, answer, { replayed, mock, memory }) {
    if (!isNew(request) || !isOrganization(answer)) return []; // What has the wrong shape is the judge's finding.
    const schema = '/components/schemas/CustomerOrganization';
    const finding = (message: string, part: string): Finding => ({
      rule: 'meaning',
      message,
      contractPointer: `${schema}/properties/${part}`,
    });
    const owner = request.ownerId.toLowerCase();
    const members = [...new Set(request.memberIds.map((id) => id.toLowerCase()))].filter((id) => id !== owner);
    const got = answer.members.map(({ id }) => id);
    const findings: Finding[] = [];
    if (answer.owner.id !== owner)
      findings.push(finding(`The owner is ${answer.owner.id}, but ${owner} was asked for.`, 'owner'));
    if (got.includes(owner)) findings.push(finding('The owner is among the members.', 'members'));
    else if (JSON.stringify(got) !== JSON.stringify(members))
      findings.push(
        finding(`The members are ${shorten(got)}, but should be ${shorten(members)}, in this order.`, 'members'),
      );
    if (!replayed && !mock && memory.createdIds.has(answer.id))
      findings.push(finding(`Two organizations have the ID ${answer.id}.`, 'id'));
    memory.createdIds.add(answer.id);
    for (const { id, name } of [answer.owner, ...answer.members]) {
      const known = memory.names.get(id) ?? name;
      memory.names.set(id, known);
      if (known !== name)
        findings.push(
          finding(`Customer ${id} is called ${JSON.stringify(name)}, and ${JSON.stringify(known)} elsewhere.`, 'owner'),
        );
    }
    return findings;
  },
};

function shorten(ids: string[]): string {
  return ids.length > 6 ? `${ids.length} customers` : `[${ids.join(', ')}]`;
}

function isNew(value: unknown): value is { ownerId: string; memberIds: string[] } {
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
