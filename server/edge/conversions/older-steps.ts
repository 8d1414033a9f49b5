// The steps of requests to older versions. They are made when the first request comes, or soon after the start: the
// start takes no longer for them, and requests to the newest version pass none of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type OperationTables, type RouteEntry, readOperationTables } from '../../../openapi/model/operation-tables.ts';
import type { OlderVersion } from '../../versions/older-versions.ts';
import type { Step } from '../exchange/exchange.ts';
import type { EndpointGroup } from '../routes/endpoints.ts';
import { type Operation, OperationReader } from '../routes/operation.ts';
import { downgradeResponse, upgradeRequest, validateNewest } from './conversion-steps.ts';

/** An operation of an older version. */
interface OlderOperation {
  /** As Express matches it: the names of its parameters may be those of a newer version. */
  path: string;
  version: string;
  route: RouteEntry;
}

/** What older versions share with the newest. */
interface Shared {
  /** The operations of the newest version, by `operationId`. */
  newest: ReadonlyMap<string, Operation>;
  /** The steps of a request, from its media type to its validation. */
  receive(operation: Operation): Step[];
  /** Calls the handler of an operation of the newest version. */
  handle(route: RouteEntry): Step;
  /** Writes the response. */
  write(route: RouteEntry): Step;
  /** Stands between steps that take milliseconds for a large body. */
  giveWay: Step;
}

/** By then, an app listens. */
const DELAY_MS = 1000;

/** The older versions, and the steps of their operations. */
export class OlderSteps {
  /** Oldest first. */
  readonly tables: readonly (OperationTables & { version: string })[];
  readonly #older: readonly (OlderVersion & { reader: OperationReader })[];
  readonly #shared: Shared;
  readonly #made = new Map<RouteEntry, Promise<Step[]>>();

  constructor(older: readonly OlderVersion[], shared: Shared) {
    this.#older = older.map((each) => ({ ...each, reader: new OperationReader(each.contract) }));
    this.tables = older.map(({ version, contract }) => ({ version, ...readOperationTables(contract) }));
    this.#shared = shared;
  }

  /** Rejects when the contract of the version contradicts itself. */
  find(operation: OlderOperation): Promise<Step[]> {
    const made = this.#made.get(operation.route) ?? this.#make(operation);
    this.#made.set(operation.route, made);
    return made;
  }

  /** Makes all of them one after the other, in the background. The process may end before. */
  async makeSoon(groups: readonly EndpointGroup[], log: Logger): Promise<void> {
    await sleep(DELAY_MS, undefined, { ref: false });
    for (const { version } of this.tables) {
      for (const { path, route } of groups.flatMap((group) => operationsIn(group, version))) {
        await this.find({ path, version, route }).catch((err: unknown) =>
          log.error({ err, version, operationId: route.operationId }, 'an older version cannot be served'),
        );
        // Compiling takes the whole thread: requests come in between.
        await sleep(0, undefined, { ref: false });
      }
    }
  }

  async #make({ path, version, route }: OlderOperation): Promise<Step[]> {
    const from = this.#older.findIndex((each) => each.version === version);
    const { newest, receive, handle, write, giveWay } = this.#shared;
    const target = newest.get(route.operationId);
    const reader = this.#older[from]?.reader;
    if (!reader || !target) throw new Error(`There is no operation ${route.operationId} for version ${version}.`);
    const operation = await reader.read(route);
    const changes = this.#older.slice(from).map(({ change }) => change);
    const conversion = { version, changes, older: operation, newest: target };
    return [
      ...renameParameters(path, route.path),
      ...receive(operation),
      giveWay,
      upgradeRequest(conversion),
      giveWay,
      handle(target.route),
      giveWay,
      validateNewest(conversion),
      giveWay,
      downgradeResponse(conversion),
      giveWay,
      write(route),
    ];
  }
}

function operationsIn({ path, endpoints }: EndpointGroup, version: string): { path: string; route: RouteEntry }[] {
  return endpoints.flatMap(({ routes }) => {
    const route = routes.get(version);
    return route ? [{ path, route }] : [];
  });
}

/** Gives the values of a path the names that their parameters have in another version. */
function renameParameters(from: string, to: string): Step[] {
  const [before = [], after = []] = [from, to].map(parameterNames);
  if (String(before) === String(after)) return [];
  return [
    ({ request }) => {
      const { params } = request;
      request.params = Object.fromEntries(after.map((name, index) => [name, String(params[before[index] ?? ''])]));
    },
  ];
}

/** In their order. */
function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
}
