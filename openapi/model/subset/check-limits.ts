// Checks the limits and the order of checks, which the description, the edge and the gate read.
import { unescapeSegment } from '../json-pointer.ts';
import { EDGE_CHECKS } from '../limits-and-checks.ts';
import { fieldOf, type Inspector, type Place, textOf } from './inspector.ts';

/** Rejects limits without a number, and an order of checks that is not that of the edge. */
export function checkLimits(inspector: Inspector, root: Place): void {
  const limits = inspector.at(root, 'x-limits');
  if (limits) {
    if (!isMap(limits.node))
      inspector.reject(limits, '`x-limits` must be a mapping.', 'Write each limit below its name.');
    else for (const [name, limit] of inspector.children(limits)) checkLimit(inspector, root, name, limit);
  }
  const order = inspector.at(root, 'x-order-of-checks');
  if (order) checkOrder(inspector, order);
}

function checkLimit(inspector: Inspector, root: Place, name: string, limit: Place): void {
  if (textOf(limit.node, 'description') === undefined)
    inspector.reject(limit, `The limit \`${name}\` has no description.`, 'Write in one line what is limited.');
  const at = textOf(limit.node, 'at');
  const value = fieldOf(limit.node, 'value');
  if ((at === undefined) === (value === undefined))
    inspector.reject(limit, `The limit \`${name}\` needs one number.`, 'Write either `value` or `at`.');
  else if (at !== undefined && !isPositive(findNumber(inspector, root, at)))
    inspector.reject(
      limit,
      `The limit \`${name}\` has no number at ${at}.`,
      'Write a pointer such as `#/components/...`.',
    );
  else if (at === undefined && !isPositive(value))
    inspector.reject(
      limit,
      `The limit \`${name}\` is no positive integer.`,
      'Write a number, with its unit in the name.',
    );
}

function findNumber(inspector: Inspector, root: Place, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return inspector.at(root, ...keys.map((key) => unescapeSegment(key)))?.node;
}

/** The order of the edge is fixed. Further checks of an operation come last. */
function checkOrder(inspector: Inspector, place: Place): void {
  const names: unknown[] = Array.isArray(place.node) ? place.node : [];
  const known: unknown[] = [...EDGE_CHECKS];
  const own = names.filter((name) => known.includes(name));
  const sorted = own.toSorted((one, other) => known.indexOf(one) - known.indexOf(other));
  const isLast = names.slice(0, own.length).every((name) => known.includes(name));
  if (names.length > 0 && isLast && String(own) === String(sorted) && new Set(names).size === names.length) return;
  inspector.reject(
    place,
    'The edge has another order of checks.',
    `Write ${EDGE_CHECKS.join(', ')}, or some of them, and behind them the checks of operations, each once.`,
  );
}

function isMap(node: unknown): boolean {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}
