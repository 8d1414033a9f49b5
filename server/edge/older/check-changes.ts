// What the types of a version's module do not see, found with the contracts and their examples before requests come:
// places in maps or far down, and properties that stay in a value although its type has lost them.
import {
  type Contract,
  type Header,
  type MediaType,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  type Response,
  resolve,
  type Schema,
} from '../../../openapi/model/contract.ts';
import { findUndeclared, isDeclared, listPlaces } from '../../../openapi/model/versions/declared-places.ts';
import { StartupError } from '../../startup-error.ts';
import type { OlderVersion } from '../../versions/older-versions.ts';
import type { AnyConversion, AnyRequest, Pointers } from '../../versions/version-change.ts';
import { convertRequest, convertResponse, movePointer } from './convert.ts';

/** Two neighbouring versions with an operation that they share. */
interface Step {
  change: OlderVersion['change'];
  id: string;
  older: Version;
  newer: Version;
}

interface Version {
  name: string;
  contract: Contract;
  entry: OperationEntry;
}

/** @throws StartupError with one line for each mistake in the modules of versions */
export function checkChanges(older: readonly OlderVersion[], newest: Contract): void {
  const problems = findChangeProblems(older, newest);
  if (problems.length > 0) throw new StartupError(problems.join('\n'));
}

/** One line for each mistake in the modules of versions, oldest first. */
export function findChangeProblems(older: readonly OlderVersion[], newest: Contract): string[] {
  return older.flatMap(({ version, contract, change }, index) => {
    const newer = older[index + 1]?.contract ?? newest;
    const shared = operationsOf(contract).flatMap((entry) => {
      const id = entry.operation.operationId;
      const match = operationsOf(newer).find(({ operation }) => operation.operationId === id);
      if (!match) return [];
      const step: Step = {
        change,
        id,
        older: { name: version, contract, entry },
        newer: { name: change.version, contract: newer, entry: match },
      };
      return [...checkPointers(step), ...checkRequests(step), ...checkResponses(step)];
    });
    return [...new Set(shared)].map((problem) => `server/versions/${change.version}.ts: ${problem}`);
  });
}

const PARTS = ['body', 'header', 'path', 'query'] as const;

function checkPointers({ change, id, older, newer }: Step): string[] {
  const pointers = change.operations[id]?.pointers ?? {};
  return PARTS.flatMap((part) => {
    const table = pointers[part] ?? {};
    const [from, to] = [schemaOf(newer, part), schemaOf(older, part)];
    const misplaced = Object.entries(table).flatMap(([key, value]) => [
      ...(isDeclared(newer.contract, from, key) ? [] : [`${newer.name} has no ${part} "${key}"`]),
      ...(isDeclared(older.contract, to, value) ? [] : [`${older.name} has no ${part} "${value}"`]),
    ]);
    const unmoved = listPlaces(newer.contract, from).filter(
      (place) => !isDeclared(older.contract, to, movePointer(place, table)),
    );
    const outermost = unmoved.filter((place) => !unmoved.some((other) => place.startsWith(`${other}/`)));
    return [
      ...misplaced.map((problem) => `\`pointers\` of ${id}: ${problem}. Correct the entry.`),
      ...outermost.map(
        (place) =>
          `\`pointers\` of ${id}: ${older.name} has no ${part} "${movePointer(place, table)}". Add "${place}".`,
      ),
    ];
  });
}

/** A part of the request as one schema: parameters are the properties of an object. */
function schemaOf({ contract, entry: { operation, parameters } }: Version, part: keyof Pointers): Schema {
  if (part === 'body') return bodyOf(operation.requestBody && resolve<RequestBody>(contract, operation.requestBody));
  const declared = parameters.filter((each) => each.in === part && each.name !== 'Sequence-Version');
  return { type: 'object', properties: Object.fromEntries(declared.map(({ name, schema }) => [name, schema])) };
}

const mediaTypeOf = (owner: { content?: Record<string, MediaType> } | undefined) =>
  Object.values(owner?.content ?? {})[0];

/** Without a body there is no place. */
const bodyOf = (owner: { content?: Record<string, MediaType> } | undefined): Schema =>
  mediaTypeOf(owner)?.schema ?? { type: 'null' };

const valuesOf = (owner: { content?: Record<string, MediaType> } | undefined): unknown[] => {
  const examples = Object.values(mediaTypeOf(owner)?.examples ?? {}).map(({ value }) => structuredClone(value));
  return examples.length > 0 ? examples : [undefined];
};

function checkRequests({ change, id, older, newer }: Step): string[] {
  const { contract, entry } = older;
  if (!change.operations[id]?.upgradeRequest) return [];
  const named = (part: string) =>
    entry.parameters.flatMap((each): [string, unknown][] =>
      each.in === part && each.name !== 'Sequence-Version' && exampleOf(each) !== undefined
        ? [[each.name, exampleOf(each)]]
        : [],
    );
  const [path, query, headers] = ['path', 'query', 'header'].map((part) => Object.fromEntries(named(part)));
  const { requestBody } = entry.operation;
  return valuesOf(requestBody && resolve<RequestBody>(contract, requestBody)).flatMap((body) =>
    attempt(() => {
      const request: AnyRequest = { path: path ?? {}, query: query ?? {}, headers: headers ?? {}, body };
      const upgraded = convertRequest([change], id, request);
      const parts = { body: upgraded.body, header: upgraded.headers, path: upgraded.path, query: upgraded.query };
      return PARTS.flatMap((part) =>
        findUndeclared(newer.contract, schemaOf(newer, part), parts[part]).map(
          (place) => `\`upgradeRequest\` of ${id} returns ${part} "${place}", which ${newer.name} does not have.`,
        ),
      );
    }),
  );
}

function checkResponses({ change, id, older, newer }: Step): string[] {
  const downgrades: AnyConversion['downgradeResponse'] = change.operations[id]?.downgradeResponse ?? {};
  return Object.entries(newer.entry.operation.responses).flatMap(([status, declared]) => {
    const response = resolve<Response>(newer.contract, declared);
    if (!downgrades[Number(status)]) return [];
    const headers = Object.fromEntries(
      Object.entries(response.headers ?? {}).flatMap(([name, each]) => {
        const header = resolve<Header>(newer.contract, each);
        return header.required && exampleOf(header) !== undefined ? [[name, exampleOf(header)]] : [];
      }),
    );
    return valuesOf(response).flatMap((body) =>
      attempt(() => {
        const downgraded = convertResponse([change], id, { status: Number(status), headers, body });
        const match = older.entry.operation.responses[downgraded.status];
        if (!match)
          return [`\`downgradeResponse\` of ${id} returns ${downgraded.status}, which ${older.name} has not.`];
        const schema = bodyOf(resolve<Response>(older.contract, match));
        return findUndeclared(older.contract, schema, downgraded.body).map(
          (place) =>
            `\`downgradeResponse\` of ${id} returns "${place}" with ${downgraded.status}, ` +
            `which ${older.name} does not have.`,
        );
      }),
    );
  });
}

function exampleOf({ example, examples, schema }: Header): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value ?? schema.default ?? schema.enum?.[0];
}

/** A conversion that throws for an example of its contract would throw for requests. */
function attempt(convert: () => string[]): string[] {
  try {
    return convert();
  } catch (error) {
    return [`${error instanceof Error ? error.message : error}, for an example of the contract.`];
  }
}
