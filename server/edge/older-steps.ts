// The steps of requests to older versions. They are compiled at the first request, or in the background soon after the
// start, so that they do not delay the start. Requests to the newest version do not pass them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type OperationTables, type RouteEntry, readOperationTables } from '../../openapi/model/operation-tables.ts';
import type { OlderVersion } from '../versions/older-versions.ts';
import type { Step } from './exchange/exchange.ts';
import type { EndpointGroup } from './routes/endpoints.ts';
import { type Operation, OperationReader } from './routes/operation.ts';
import { passesOf, type Steps } from './steps.ts';

/** An operation of an older version. */
interface OlderOperation {
  /** The path as Express matches it. Its parameters may have the names of a newer version. */
  path: string;
  version: string;
  route: RouteEntry;
}

/** The delay after which an app is expected to be listening. */
const DELAY_MS = 1000;

/** The older versions, and the steps of their operations. */
export class OlderSteps {
  /** The tables of the older versions, oldest first. */
  readonly tables: readonly (OperationTables & { version: string })[];
  readonly #older: readonly (OlderVersion & { reader: OperationReader })[];
  readonly #newest: ReadonlyMap<string, Operation>;
  readonly #steps: Pick<Steps<unknown>, 'forOperation'>;
  readonly #made = new Map<RouteEntry, Promise<Step[]>>();

  /** `newest`: the operations of the newest version, by `operationId`. */
  constructor(
    older: readonly OlderVersion[],
    newest: ReadonlyMap<string, Operation>,
    steps: Pick<Steps<unknown>, 'forOperation'>,
  ) {
    this.#older = older.map((each) => ({ ...each, reader: new OperationReader(each.contract) }));
    this.tables = older.map(({ version, contract }) => ({ version, ...readOperationTables(contract) }));
    this.#newest = newest;
    this.#steps = steps;
  }

  /** Returns the steps of an operation. Rejects when the contract of the version contradicts itself. */
  find(operation: OlderOperation): Promise<Step[]> {
    const made = this.#made.get(operation.route) ?? this.#make(operation);
    this.#made.set(operation.route, made);
    return made;
  }

  /** Compiles all steps in the background, one operation at a time. Does not keep the process alive. */
  async makeSoon(groups: readonly EndpointGroup[], log: Logger): Promise<void> {
    await sleep(DELAY_MS, undefined, { ref: false });
    for (const { version } of this.tables) {
      for (const { path, route } of groups.flatMap((group) => operationsIn(group, version))) {
        await this.find({ path, version, route }).catch((err: unknown) =>
          log.error({ err, version, operationId: route.operationId }, 'an older version cannot be served'),
        );
        // Compiling blocks the thread, so requests are handled in between.
        await sleep(0, undefined, { ref: false });
      }
    }
  }

  async #make({ path, version, route }: OlderOperation): Promise<Step[]> {
    const from = this.#older.findIndex((each) => each.version === version);
    const target = this.#newest.get(route.operationId);
    const reader = this.#older[from]?.reader;
    if (!reader || !target) throw new Error(`There is no operation ${route.operationId} for version ${version}.`);
    const operation = await reader.read(route);
    const changes = this.#older.slice(from).map(({ change }) => change);
    return passesOf(this.#steps.forOperation(operation, { path, version, changes, older: operation, newest: target }));
  }
}

function operationsIn({ path, endpoints }: EndpointGroup, version: string): { path: string; route: RouteEntry }[] {
  return endpoints.flatMap(({ routes }) => {
    const route = routes.get(version);
    return route ? [{ path, route }] : [];
  });
}
