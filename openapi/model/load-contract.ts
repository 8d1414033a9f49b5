// Loads a contract from its files: checked, bundled and completed.
import { readFile } from 'node:fs/promises';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { completeContract, findForeignErrors } from './complete-contract.ts';
import type { Contract, Schema } from './contract.ts';
import { ContractError } from './contract-error.ts';
import { readContract } from './read-contract.ts';

/**
 * The contract in the form that every part of this project reads. `path` is absolute, or relative to the working
 * directory.
 *
 * @throws ContractError with one line for each problem, with file, line, column, pointer and reason
 */
export async function loadContract(path: string): Promise<Contract> {
  const contract: Contract = JSON.parse(await readContract(path));
  completeContract(contract);
  const ajv = new Ajv({ strict: false, validateSchema: false });
  formats.default(ajv);
  const isValid = (schema: Schema, body: unknown) =>
    ajv.validate({ ...schema, components: contract.components }, body) === true;
  const foreign = findForeignErrors(contract, isValid);
  if (foreign.length === 0) return contract;
  const text = await readFile(path, 'utf8');
  const lines = foreign.map(({ pointer, status, types }) => {
    const names = types.length > 0 ? `, among them the type ${types.map((type) => `\`${type}\``).join(', ')}` : '';
    return (
      `${path}:${locate(text, pointer)} at #${pointer}: Errors have the envelope {"error":{"type","message"}}, but the ` +
      `schema of ${status} does not allow it${names}. ` +
      `Write that envelope, or leave out ${types.length > 0 ? 'the response' : 'the content'}: it is added then.`
    );
  });
  throw new ContractError(lines.join('\n'));
}

/** Line and column of the value at a pointer, or of what contains it if it stands in another file. */
function locate(text: string, pointer: string): string {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (let length = keys.length; length > 0; length--) {
    const path = keys.slice(0, length);
    const last = Number(path.at(-1));
    // A status without quotes is a number in YAML.
    const node = document.getIn(path, true) ?? document.getIn([...path.slice(0, -1), last], true);
    if (isNode(node) && node.range) {
      const { line, col } = counter.linePos(node.range[0]);
      return `${line}:${col}`;
    }
  }
  return '1:1';
}
