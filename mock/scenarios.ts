// The responses that a preference can name: every status of an operation, with its examples.
import { type Contract, operationsOf, responsesOf } from '../openapi/model/contract.ts';

export interface Scenario {
  status: number;
  /** The name of the example; undefined for a response without examples. */
  example?: string;
  summary: string;
}

/** The scenarios of each operation, by operationId, in the order of the contract. */
export function scenariosOf(contract: Contract): Map<string, Scenario[]> {
  return new Map(
    operationsOf(contract).map(({ operation }) => [
      operation.operationId,
      responsesOf(contract, operation).flatMap(({ status, response }): Scenario[] => {
        const [firstLine = ''] = response.description.trim().split('\n');
        const examples = Object.entries(Object.values(response.content ?? {})[0]?.examples ?? {});
        if (examples.length === 0) return [{ status, summary: firstLine }];
        return examples.map(([example, { summary = firstLine }]) => ({ status, example, summary }));
      }),
    ]),
  );
}

/** The header that requests the scenario. */
export function preferHeader({ status, example }: Scenario): string {
  return `Prefer: code=${status}${example === undefined ? '' : `, example=${example}`}`;
}

/** All scenarios in one line: `201 (asPublished, oneMember), 401 (Unauthorized)`. */
export function listScenarios(scenarios: readonly Scenario[]): string {
  const statuses = [...new Set(scenarios.map(({ status }) => status))];
  return statuses
    .map((code) => {
      const names = scenarios.flatMap(({ status, example }) => (status === code && example ? [example] : []));
      return names.length > 0 ? `${code} (${names.join(', ')})` : String(code);
    })
    .join(', ');
}
