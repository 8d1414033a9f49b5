// Loads a contract from its files: checked, bundled and completed.

import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { checkOpenApi } from '../check/check-openapi.ts';
import { checkValues, completeExamples, type Problem } from '../check/check-values.ts';
import type { Contract, Schema } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import { unescapeSegment } from '../json-pointer.ts';
import { readOperationTables } from '../operation-tables.ts';
import { toOneLine } from '../source/explain-problem.ts';
import { deprecationHeaders } from '../versions/deprecation.ts';
import { readLiveVersions } from '../versions/released-versions.ts';
import { completeContract } from './complete-contract.ts';
import { findForeignErrors } from './foreign-errors.ts';
import { openSources, readContract } from './read-contract.ts';

/**
 * The contract in the form that every part of this project reads. `path` is absolute, or relative to the working
 * directory.
 *
 * @throws ContractError with one line for each problem, with file, line, column, pointer and reason
 */
export async function loadContract(path: string): Promise<Contract> {
  const contract: Contract = JSON.parse(await readContract(path));
  try {
    const problems = await completeAndCheck(path, contract);
    if (problems.length === 0) return contract;
    const files = await openSources(path);
    const lines: string[] = [];
    for (const { keys, message } of problems) lines.push(`${await files.locate(keys)} ${message}`);
    // Each operation reports the problems of shared components.
    throw new ContractError([...new Set(lines)].map(toOneLine).join('\n'));
  } catch (cause) {
    if (cause instanceof ContractError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError(`${path}:1:1 at #/: The contract cannot be read: ${reason}`, { cause });
  }
}

async function completeAndCheck(path: string, contract: Contract): Promise<Problem[]> {
  const structure = await checkOpenApi(contract);
  if (structure.length > 0) return structure;
  const values = checkValues(contract);
  // Invalid examples would be reported twice, with different messages.
  if (values.length > 0) return values;
  const deprecation = await explain(() => deprecationHeaders(contract));
  if (deprecation.length > 0) return deprecation;
  completeContract(contract);
  const ajv = new Ajv({ strict: false, validateSchema: false });
  formats.default(ajv);
  const isValid = (schema: Schema, body: unknown) =>
    ajv.validate({ ...schema, components: contract.components }, body) === true;
  const foreign = findForeignErrors(contract, isValid).map(({ pointer, status, types }): Problem => {
    const names = types.map((type) => `\`${type}\``).join(', ');
    return {
      keys: keysOf(pointer),
      message:
        `Errors have the envelope {"error":{"type","message"}}, but the schema of ${status} does not allow it, ` +
        `with the type ${names}. Allow that, or leave out the response: it is added then.`,
    };
  });
  return [
    ...foreign,
    ...completeExamples(contract),
    ...(await explain(() => readOperationTables(contract))),
    ...(await explain(() => readLiveVersions(path, contract))),
  ];
}

/** Why the contract cannot be read. */
async function explain(read: () => unknown): Promise<Problem[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return [{ keys: keysOf(error.pointer ?? ''), message: error.message }];
  }
}

function keysOf(pointer: string): string[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => unescapeSegment(segment));
}
