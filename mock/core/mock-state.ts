// The state of a mock, independent of the transport: its data, queue and journal. Runs in Node and in browsers.
import type { AnyScenarioName } from '../../generated/version-examples.ts';
import {
  checkOptions,
  checkValue,
  describeValue,
  FUNCTION,
  integerFrom,
  isRecord,
} from '../../openapi/model/check/check-options.ts';
import type { ContractExamples } from '../../openapi/model/examples/operation-examples.ts';
import type { Credentials } from '../../server/edge/credentials.ts';
import type { HandlerResponse, Principal } from '../../server/edge/options.ts';
import { createNameOf, type NameOf } from './customers.ts';
import { type Caller, createDefaultResponses } from './default-responses.ts';
import { Journal } from './journal/journal.ts';
import type { RecordedRequest } from './journal/journal-entry.ts';
import type { RequestPredicate } from './journal/request-predicate.ts';
import type { MockControls, MockCredentials, MockData, WaitOptions } from './mock-controls.ts';
import { PendingRequests, type Release } from './pending-requests.ts';
import { type Preference, type RequestedPreferences, validatePreference } from './preferences.ts';
import { type Directive, type NextOptions, type NextRequest, ScenarioQueue } from './scenario-queue.ts';
import { olderScenariosOf, type Scenario, type Scenarios, scenariosOf } from './scenarios.ts';

/** The outcome of a valid request. */
export interface Reaction extends Pick<Directive, 'delayMs' | 'outcome'> {
  /** The response; undefined if one has to be generated for `preference`. */
  response?: HandlerResponse;
  preference: Preference;
}

const CLOSED = 'The mock was closed.';
const MAX_WAIT_MS = 3_600_000;

type OlderExamples = Readonly<Record<string, ContractExamples>>;

type Respond = (request: object, caller: Caller, queued?: HandlerResponse) => HandlerResponse;

export class MockState implements MockControls {
  readonly journal = new Journal();
  /** The scenarios of the newest version. */
  readonly #scenarios: Scenarios;
  /** The scenarios of older versions, keyed by version. */
  readonly #olderScenarios: ReadonlyMap<string, Scenarios>;
  /** Finds names in the newest version. */
  readonly #nameOf: NameOf;
  /** Finds names in older versions, keyed by version: a newer version must not change what their clients get. */
  readonly #olderNames: ReadonlyMap<string, NameOf>;
  readonly #credentials: readonly MockCredentials[] | undefined;
  readonly #queue: ScenarioQueue;
  readonly #pending = new PendingRequests();
  #isClosed = false;
  #defaultResponses: Partial<Record<string, Respond>>;

  /**
   * Creates the state. The data must be valid.
   *
   * @param older the examples of the versions before the newest, oldest first
   */
  constructor(examples: ContractExamples, { customers, credentials }: MockData = {}, older: OlderExamples = {}) {
    this.#credentials = credentials && [credentials].flat();
    this.#scenarios = scenariosOf(examples);
    this.#olderScenarios = new Map(
      Object.entries(older).map(([version, each]) => [version, olderScenariosOf(version, each, this.#scenarios)]),
    );
    const all = [this.#scenarios, ...this.#olderScenarios.values()];
    this.#queue = new ScenarioQueue(all.flatMap((scenarios) => [...scenarios.values()]));
    const listed = Object.entries(older);
    const upTo = (count: number) =>
      listed
        .slice(0, count)
        .map(([, each]) => each)
        .reverse();
    this.#nameOf = createNameOf([examples, ...upTo(listed.length)], customers);
    this.#olderNames = new Map(listed.map(([version], at) => [version, createNameOf(upTo(at + 1), customers)]));
    this.#defaultResponses = this.#createResponses();
  }

  next(first: AnyScenarioName | NextRequest<AnyScenarioName>, options?: NextOptions): void {
    if (this.#isClosed) throw new Error(CLOSED);
    if (options !== undefined && !isRecord(options))
      throw new TypeError(`The options must be an object, not ${describeValue(options)}.`);
    if (options && (typeof first === 'object' || 'scenario' in options))
      throw new TypeError('Pass the scenario as the first argument, alone or in one object with all options.');
    this.#queue.add(typeof first === 'object' ? first : { scenario: first, ...options });
  }

  get requests(): readonly RecordedRequest[] {
    return this.journal.requests;
  }

  get droppedRequests(): number {
    return this.journal.droppedRequests;
  }

  async waitForRequest(predicate: RequestPredicate = () => true, options: WaitOptions = {}): Promise<RecordedRequest> {
    checkValue('predicate', predicate, FUNCTION);
    checkOptions(options, { timeoutMs: integerFrom(0, MAX_WAIT_MS) });
    if (this.#isClosed) throw new Error(CLOSED);
    return this.journal.waitFor(predicate, options.timeoutMs ?? 5_000);
  }

  reset(): void {
    this.#end('The mock was reset.');
    this.#queue.clear();
    this.#defaultResponses = this.#createResponses();
  }

  /** Ends all pending requests and calls; later calls fail. */
  close(): void {
    this.#isClosed = true;
    this.#end(CLOSED);
  }

  #end(reason: string): void {
    this.#pending.releaseAll();
    this.journal.clear(reason);
  }

  /** Returns the principal of the credentials, or undefined if they are not accepted. */
  authenticate({ clientId, secret }: Credentials): Principal | undefined {
    const isKnown = this.#credentials?.some((each) => each.clientId === clientId && each.clientSecret === secret);
    return isKnown === false ? undefined : { account: clientId, clientId };
  }

  /** Returns the outcome of a valid request. Its preference takes precedence over the queue. @throws ApiError */
  react(
    operationId: string,
    request: object,
    { account, version }: Omit<Caller, 'nameOf'>,
    requested: RequestedPreferences,
  ): Reaction {
    const scenarios = this.scenariosOf(operationId, version);
    const preference = validatePreference(requested, this.#declaredIn(version, scenarios));
    const directive = preference ? undefined : this.#queue.find(scenarios);
    const { delayMs = 0, outcome = 'response', example } = directive ?? {};
    const queuedScenario = example === undefined ? undefined : scenarios.find((each) => each.example === example);
    const respond = this.#defaultResponses[operationId];
    const caller = { account, version, nameOf: this.#olderNames.get(version) ?? this.#nameOf };
    if (queuedScenario && queuedScenario.status < 300 && respond) {
      const success = responseOf(queuedScenario);
      const response = respond(request, caller, success);
      // A request that creates nothing leaves the queued success to the next one that does.
      if (response !== success) return { delayMs: 0, outcome, response, preference: {} };
    }
    if (directive) this.#queue.take(directive);
    if (outcome !== 'response') return { delayMs, outcome, preference: {} };
    if (!preference && !queuedScenario && respond)
      return { delayMs, outcome, response: respond(request, caller), preference: {} };
    const isGenerated = preference?.dynamic && this.#isGenerated(operationId, preference.code);
    const scenario =
      queuedScenario ?? preference?.scenario ?? (isGenerated ? undefined : firstScenario(scenarios, preference?.code));
    // The contract has no body for a response without examples.
    if (!scenario || (!scenario.version && scenario.example === undefined && scenario.body !== undefined))
      return { delayMs, outcome, preference: { ...preference, ...(scenario && { code: scenario.status }) } };
    return { delayMs, outcome, response: responseOf(scenario), preference: {} };
  }

  /** Returns the scenarios of the version's own contract: a newer version must not change what its clients get. */
  #declaredIn(version: string, scenarios: readonly Scenario[]): readonly Scenario[] {
    return this.#olderScenarios.has(version) ? scenarios.filter((each) => each.version === version) : scenarios;
  }

  /** Whether the newest version declares the status. Bodies are generated for the newest version only. */
  #isGenerated(operationId: string, code: number | undefined): boolean {
    return code === undefined || this.scenariosOf(operationId).some(({ status }) => status === code);
  }

  /** Returns the scenarios of an operation, in the newest version unless `version` has a contract of its own. */
  scenariosOf(operationId: string, version = ''): readonly Scenario[] {
    return (this.#olderScenarios.get(version) ?? this.#scenarios).get(operationId) ?? [];
  }

  /**
   * Registers a function that ends a request when the mock is reset or closed, because the request belongs to the
   * previous test. Call the returned function when the response is available.
   */
  onRelease(release: Release): () => void {
    return this.#pending.add(release);
  }

  #createResponses(): Partial<Record<string, Respond>> {
    // The edge has validated that a request is one of its operation.
    return createDefaultResponses() as unknown as Partial<Record<string, Respond>>;
  }
}

/** Returns the controls of a mock, which work without `this`. */
export function controlsOf(state: MockState): MockControls {
  return {
    next: state.next.bind(state),
    get requests() {
      return state.requests;
    },
    get droppedRequests() {
      return state.droppedRequests;
    },
    waitForRequest: state.waitForRequest.bind(state),
    reset: () => state.reset(),
  };
}

/** Returns the first example of a status; without a status, that of the first 2xx status, as Prism does. */
export function firstScenario(scenarios: readonly Scenario[], code?: number): Scenario | undefined {
  if (code !== undefined) return scenarios.find(({ status }) => status === code);
  return scenarios.find(({ status }) => status >= 200 && status < 300) ?? scenarios[0];
}

/** Returns the response of a scenario. A response of an older version is not converted. */
export function responseOf({ status, headers, body, version }: Scenario): HandlerResponse {
  return { status, headers, body, version };
}
