// The responses that a preference can select: every status of an operation, with its examples.
import { type ContractExamples, UNNAMED } from '../../openapi/model/examples/operation-examples.ts';

export interface Scenario {
  status: number;
  /** The name of the example; undefined for a response without examples. */
  example?: string;
  summary: string;
  /** The headers that the contract requires of the response, besides the headers of all responses. */
  headers: Readonly<Record<string, string>>;
  /** The body; undefined for a response without one. */
  body: unknown;
  /** The older version whose contract has it. Default: the newest version. */
  version?: string;
}

/** Scenarios, keyed by operationId. */
export type Scenarios = ReadonlyMap<string, readonly Scenario[]>;

/** Returns the scenarios of each operation, keyed by operationId, in the order of the contract. */
export function scenariosOf(examples: ContractExamples): Map<string, Scenario[]> {
  return new Map(
    Object.entries(examples).map(([operationId, { responses }]) => [
      operationId,
      Object.entries(responses).flatMap(([status, named]) =>
        Object.entries(named).map(
          ([name, { summary, headers, body }]): Scenario => ({
            status: Number(status),
            ...(name !== UNNAMED && { example: name }),
            summary,
            headers,
            body: body ?? undefined,
          }),
        ),
      ),
    ]),
  );
}

/**
 * Returns the scenarios for requests of an older version: those of its own contract, which preferences can select, and
 * then those of the newest version alone, which a test can queue and which are converted.
 */
export function olderScenariosOf(version: string, examples: ContractExamples, newest: Scenarios): Scenarios {
  return new Map(
    [...scenariosOf(examples)].map(([operationId, listed]) => {
      const own = listed.map((each) => ({ ...each, version }));
      const isOwn = ({ status, example }: Scenario) =>
        own.some((each) => each.status === status && each.example === example);
      return [operationId, [...own, ...(newest.get(operationId) ?? []).filter((each) => !isOwn(each))]];
    }),
  );
}

/** Returns the header that requests the scenario. */
export function preferHeader({ status, example }: Pick<Scenario, 'status' | 'example'>): string {
  return `Prefer: code=${status}${example === undefined ? '' : `, example=${example}`}`;
}

/** Lists all scenarios in one line: `201 (asPublished, oneMember), 401 (Unauthorized)`. */
export function listScenarios(scenarios: readonly Scenario[]): string {
  const statuses = [...new Set(scenarios.map(({ status }) => status))].sort((one, other) => one - other);
  return statuses
    .map((code) => {
      const names = scenarios.flatMap(({ status, example }) => (status === code && example ? [example] : []));
      return names.length > 0 ? `${code} (${names.join(', ')})` : String(code);
    })
    .join(', ');
}
