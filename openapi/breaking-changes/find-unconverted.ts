// Finds what types do not check of a new version: constraints that make a request or response of one version invalid in
// the next, such as a shorter text. Without a conversion, the result would be a 500.
import { compareOperations } from './compare/compare-operations.ts';
import { type Change, ChangeList } from './schema/change.ts';
import { Place } from './schema/place.ts';
import { isSame } from './schema/sameness.ts';

/** The conversions in the module of a version, by `operationId`. */
export type ModuleConversions = Readonly<Record<string, OperationConversions | undefined>>;

interface OperationConversions {
  upgradeRequest?: unknown;
  /** The conversions of responses, by status. */
  downgradeResponse?: Readonly<Record<string, unknown>> | undefined;
}

/** An operation in one contract. */
interface Entry {
  root: object;
  path: string;
  method: string;
  item: Place;
  operation: Place;
}

/** A change for which the module has no conversion. `conversion` names the missing one. */
export interface UnconvertedChange extends Change {
  conversion: string;
}

/** Changes of requests without `upgradeRequest`, and of responses without `downgradeResponse` for their status. */
export function findUnconverted(before: object, after: object, conversions: ModuleConversions): UnconvertedChange[] {
  const newer = operationsOf(after);
  return [...operationsOf(before)].flatMap(([id, old]) => {
    const now = newer.get(id);
    // Skips unchanged operations, which are most of them.
    if (!now || (isSame(old.operation, now.operation) && isSame(old.item, now.item))) return [];
    const { upgradeRequest, downgradeResponse } = conversions[id] ?? {};
    const parts = [
      ...(upgradeRequest ? [] : [{ conversion: `\`upgradeRequest\` of ${id}`, select: selectRequest }]),
      ...statusesOf(now)
        .filter((status) => !downgradeResponse?.[status])
        .map((status) => ({
          conversion: `\`downgradeResponse\` of ${id} for ${status}`,
          select: (entry: Entry) => selectResponse(entry, status),
        })),
    ];
    return parts.flatMap(({ conversion, select }) => {
      const changes = new ChangeList();
      compareOperations(changes, new ChangeList(), { before: select(old), after: select(now) });
      return changes.changes.filter(({ effect }) => effect === 'breaking').map((each) => ({ ...each, conversion }));
    });
  });
}

function operationsOf(root: object): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [path, item] of new Place(root).at('paths')?.children() ?? [])
    for (const [method, operation] of item.children()) {
      const id = operation.text('operationId');
      if (id !== undefined) entries.set(id, { root, path, method, item, operation });
    }
  return entries;
}

/** The statuses that the types of conversions know; others belong to no operation. */
function statusesOf({ operation }: Entry): string[] {
  return Object.keys(Object(operation.get('responses'))).filter((key) => /^\d{3}$/.test(key));
}

function selectRequest(entry: Entry): Place {
  const { responses: _, callbacks: __, ...operation } = Object(entry.operation.value);
  return select(entry, { operation, parameters: entry.item.get('parameters') });
}

function selectResponse(entry: Entry, status: string): Place {
  const { requestBody: _, parameters: __, callbacks: ___, ...operation } = Object(entry.operation.value);
  const response: unknown = Object(operation.responses)[status];
  const responses = response === undefined ? {} : { [status]: response };
  return select(entry, { operation: { ...operation, responses }, parameters: undefined });
}

/** The contract, reduced to a part of one operation. */
function select({ root, path, method }: Entry, part: { operation: object; parameters: unknown }): Place {
  const { operation, parameters } = part;
  return new Place({ ...root, webhooks: {}, paths: { [path]: { [method]: operation, parameters } } });
}
