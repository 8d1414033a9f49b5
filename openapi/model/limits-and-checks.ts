// The limits and the order of checks that a contract states as data: `x-limits` and `x-order-of-checks`.

import { type Contract, type Limit, resolve } from './contract.ts';
import { ContractError } from './contract-error.ts';
import { unescapeSegment } from './json-pointer.ts';

/** The order of checks of the edge. An operation may have further checks after these. */
export const EDGE_CHECKS = [
  'path',
  'method',
  'credentials',
  'rateLimit',
  'version',
  'mediaType',
  'size',
  'json',
  'contract',
] as const;

/** One of them. */
export type EdgeCheck = (typeof EDGE_CHECKS)[number];

/** Every limit by name. @throws ContractError when one has no value */
export function readLimits(contract: Contract): Record<string, number> {
  const limits = Object.entries(contract['x-limits'] ?? {});
  return Object.fromEntries(limits.map(([name, limit]) => [name, numberOf(contract, name, limit)]));
}

function numberOf(contract: Contract, name: string, { value, at }: Limit): number {
  const found = at === undefined ? value : readNumber(contract, at);
  if (typeof found === 'number') return found;
  throw new ContractError(
    `The limit \`${name}\` has no number${at === undefined ? '' : ` at ${at}`}. Correct \`value\` or \`at\`.`,
    { pointer: `/x-limits/${name}` },
  );
}

function readNumber(contract: Contract, at: string): unknown {
  const keys = at
    .replace(/^#\//, '')
    .split('/')
    .map((key) => unescapeSegment(key));
  let node: unknown = contract;
  for (const key of keys) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = Reflect.get(resolve(contract, node), key);
  }
  return node;
}

/**
 * Writes the limits and the order of checks into the description, in place. A contract without this data does not
 * change.
 */
export function describeLimits(contract: Contract): void {
  const { info } = contract;
  if (typeof info.description !== 'string') return;
  const checks = contract['x-order-of-checks'];
  if (contract['x-limits'])
    info.description = info.description.replace(/^.*`x-limits`\.$/m, () => writeTable(contract));
  if (checks)
    info.description = String(info.description).replace(
      /in the order of `x-order-of-checks`([^.]*)\./,
      (_, rest: string) => `in this order${rest}: ${checks.map(toWords).join(', ')}.`,
    );
}

function writeTable(contract: Contract): string {
  const values = readLimits(contract);
  const rows = Object.entries(contract['x-limits'] ?? {}).map(
    ([name, { description }]) => `| ${description} | ${showLimit(name, values[name] ?? 0)} |`,
  );
  return ['| What | Limit |', '| --- | --- |', ...rows].join('\n');
}

const MIB = 1_048_576;

/** A limit with its unit, such as `1 MiB (1,048,576 bytes)`. */
export function showLimit(name: string, value: number): string {
  const number = value.toLocaleString('en');
  const [, unit = ''] = /(Bytes|PerMinute|Hours|Characters)$/.exec(name) ?? [];
  if (unit === 'Bytes') return value % MIB === 0 ? `${value / MIB} MiB (${number} bytes)` : `${number} bytes`;
  return unit === '' ? number : `${number} ${toWords(unit)}`;
}

/** Splits a name into words: `rateLimit` becomes "rate limit". */
function toWords(name: string): string {
  return name === 'json' ? 'JSON' : name.replace(/(?<!^)[A-Z]/g, ' $&').toLowerCase();
}
