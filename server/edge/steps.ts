// All steps of an exchange, in their order. Those that make a check of the contract name it. The first two checks, of
// the path and the method, are made by Express's router, and again by `select` once the version is known.
import type { Logger } from 'pino';
import type { EdgeCheck } from '../../openapi/model/limits-and-checks.ts';
import { BodyTurns } from './body/body-turns.ts';
import { type Conversion, downgradeResponse, upgradeRequest, validateNewest } from './conversions/conversion-steps.ts';
import { renameParameters } from './conversions/rename-parameters.ts';
import { createBatchScheduler } from './exchange/batch-scheduler.ts';
import type { Step } from './exchange/exchange.ts';
import type { LiveVersions } from './exchange/live-versions.ts';
import { SmallRequests } from './exchange/small-requests.ts';
import { scanRulesOf } from './json/parse.ts';
import type { AppOptions } from './options.ts';
import type { Operation } from './routes/operation.ts';
import { type AnyHandler, callHandler } from './steps/call-handler.ts';
import { checkVersion } from './steps/check-version.ts';
import { identifyByAddress, identifyClient } from './steps/identify-client.ts';
import { checkBodyType, parseInSteps, receiveBody, type Turns } from './steps/request-body.ts';
import { validateRequest } from './steps/validate-request.ts';
import { validateResponse } from './steps/validate-response.ts';
import { writeResponse } from './steps/write-response.ts';
import { createExplain } from './violations/explain.ts';
import { violationLimitOf } from './violations/violation-limit.ts';

/** A step, with the check of the contract that it makes. */
export interface NamedStep {
  /** Undefined: it makes none, or repeats those of the router. */
  check?: EdgeCheck;
  pass: Step;
}

/** How a request to an older version becomes one to the newest. */
export interface OlderRequest extends Conversion {
  /** The path as Express matches it. */
  path: string;
}

interface StepsOptions<Extra> {
  options: AppOptions<Extra>;
  handlers: Readonly<Record<string, AnyHandler<Extra> | undefined>>;
  versions: LiveVersions;
  log: Logger;
}

/** Creates the steps of all exchanges of an app. */
export class Steps<Extra> {
  /** The authentication that all requests share, so that all their failed logins are counted. */
  readonly identify: Step;
  readonly #settings: StepsOptions<Extra>;
  readonly #turns = createTurns();
  readonly #smallRequests = new SmallRequests();
  readonly #joinBatch = createBatchScheduler();
  /** Gives way between steps that take milliseconds for a medium or large body. */
  readonly #giveWay: Step = ({ bodyClass }) =>
    bodyClass === 'small' ? undefined : this.#smallRequests.letPass(bodyClass);
  /** A body that takes milliseconds gets a tick of its own. */
  readonly #joinOthers: Step = (exchange) =>
    exchange.bodyClass === 'small' ? this.#joinBatch(exchange) : this.#giveWay(exchange);

  constructor(settings: StepsOptions<Extra>) {
    this.#settings = settings;
    this.identify = identifyClient(settings.options);
  }

  /** The first steps of every request. `select` finds the operation in the version of the client. */
  forClient(isAuthenticated: boolean, select: Step): NamedStep[] {
    const { options, versions } = this.#settings;
    return [
      { check: 'credentials', pass: isAuthenticated ? this.identify : identifyByAddress(options) },
      // The version of a pinned key is known now, and with it the operation.
      { pass: select },
      { check: 'rateLimit', pass: ({ principal }) => options.limit?.(principal) },
      ...(versions.areNamed ? [{ check: 'version', pass: checkVersion(versions) } as const] : []),
    ];
  }

  /** The steps after these. `older`: for a request to an older version, whose operation this is. */
  forOperation(operation: Operation, older?: OlderRequest): NamedStep[] {
    const { options, handlers, log } = this.#settings;
    const { contract, entry, route, validators } = operation;
    const rules = scanRulesOf(contract, entry, violationLimitOf(contract, entry));
    const smallRequests = this.#smallRequests;
    const giveWay = { pass: this.#giveWay };
    return [
      ...(older ? [{ pass: renameParameters(older.path, route.path) }] : []),
      { check: 'mediaType', pass: checkBodyType(route) },
      { check: 'size', pass: receiveBody(route, options) },
      { check: 'json', pass: parseInSteps(rules, this.#turns, smallRequests) },
      { pass: this.#joinOthers },
      { pass: prepare(options) },
      { check: 'contract', pass: validateRequest(route, validators, createExplain(contract, entry)) },
      giveWay,
      ...(older ? [{ pass: upgradeRequest(older) }, giveWay] : []),
      { pass: callHandler(handlers, older ? older.newest.route : route, { ...options, log, smallRequests }) },
      giveWay,
      ...(older
        ? [{ pass: validateNewest(older) }, giveWay, { pass: downgradeResponse(older) }]
        : [{ pass: validateResponse(route, validators) }]),
      giveWay,
      { pass: writeResponse(route, smallRequests) },
    ];
  }
}

/** The waiting bodies of a client are limited together, whatever their sizes. */
function createTurns(): Turns {
  const waitingBytes = new Map<string, number>();
  return { medium: new BodyTurns(waitingBytes), large: new BodyTurns(waitingBytes) };
}

function prepare<Extra>(options: Pick<AppOptions<Extra>, 'prepare'>): Step {
  return (exchange) => {
    exchange.extra = options.prepare?.(exchange.request);
  };
}

/** What a request passes: the steps without their names. */
export function passesOf(steps: readonly NamedStep[]): Step[] {
  return steps.map(({ pass }) => pass);
}
