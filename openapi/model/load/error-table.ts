// The table of error types in the description of a contract.
import { type Contract, operationsOf, responsesOf } from '../contract.ts';
import { errorTypesIn } from '../operation-tables.ts';

/** A row of the table of error types in the description: status, type, cause, what to do. */
const ERROR_ROW = /^\| (\d{3}) \| `(\w+)` \|.*$/gm;

/** Adds a row for each error type that the table lacks, after the rows of its status and of lower ones. */
export function completeErrorTable(contract: Contract): void {
  const { info } = contract;
  const description = typeof info.description === 'string' ? info.description : '';
  const known = [...description.matchAll(ERROR_ROW)].map(([, , type]) => type);
  // A contract without such a table does not get one.
  if (known.length === 0) return;
  for (const { operation } of operationsOf(contract)) {
    for (const { status, response } of responsesOf(contract, operation).filter((each) => each.status >= 400)) {
      for (const { schema } of Object.values(response.content ?? {})) {
        for (const type of errorTypesIn(contract, schema).filter((each) => !known.includes(each))) {
          known.push(type);
          info.description = insertErrorRow(String(info.description), status, type, response.description);
        }
      }
    }
  }
}

function insertErrorRow(description: string, status: number, type: string, cause: string): string {
  const rows = [...description.matchAll(ERROR_ROW)];
  const before = rows.findLast(([, each]) => Number(each) <= status) ?? rows[0];
  const end = before ? before.index + before[0].length : 0;
  const [line = ''] = cause.trim().split('\n');
  const row = `| ${status} | \`${type}\` | ${line.replaceAll('|', '\\|')} | See the operation. |`;
  return `${description.slice(0, end)}\n${row}${description.slice(end)}`;
}
