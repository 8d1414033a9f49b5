// The queue of scenarios that replace the responses of the next requests.
import {
  BOOLEAN,
  checkOptions,
  describeValue,
  integerFrom,
  isRecord,
  type Rules,
} from '../../openapi/model/check/check-options.ts';
import type { Scenario } from './scenarios.ts';

/** The number of requests that a scenario applies to, and its delay. */
interface Timing {
  /** The number of requests that it applies to: 1 to 10,000. Default: 1. */
  times?: number | undefined;
  /** The delay of the response in milliseconds: 0 to 60,000. Default: 0. */
  delayMs?: number | undefined;
}

/**
 * The options of a scenario. They do not combine with a network failure or a hanging request, which have no response.
 */
export interface NextOptions extends Timing {
  /** Not available here, because there is a response. */
  networkError?: false | undefined;
  /** Not available here, because there is a response. */
  hang?: false | undefined;
}

/** A response of the contract, named by its example. The example of an error is named after its `error.type`. */
type NamedResponse<Name extends string> = NextOptions &
  (
    | {
        /** The name of the example. */
        scenario: Name;
        /** Cannot be combined with `scenario`. */
        example?: undefined;
      }
    | {
        /** The name of the example; an alias of `scenario`. */
        example: Name;
        /** Cannot be combined with `example`. */
        scenario?: undefined;
      }
  );

/** The usual response of each request, delayed. */
interface LateResponse extends NextOptions {
  delayMs: number;
  scenario?: undefined;
  example?: undefined;
}

/** A network failure: the connection is reset without a response. */
interface NetworkFailure extends Timing {
  networkError: true;
  /** Cannot be combined with `networkError`. */
  hang?: false | undefined;
  scenario?: undefined;
  example?: undefined;
}

/** A request that hangs until the client gives up or the mock is reset or closed. */
interface Hang extends Timing {
  hang: true;
  /** Cannot be combined with `hang`. */
  networkError?: false | undefined;
  scenario?: undefined;
  example?: undefined;
}

/** A scenario for the next requests, as in the body of `POST /_mock/next`. */
export type NextRequest<Name extends string = string> = NamedResponse<Name> | LateResponse | NetworkFailure | Hang;

/** The effect of a scenario on one request. */
export interface Directive {
  /** The name of the example. */
  example: string | undefined;
  delayMs: number;
  outcome: 'response' | 'networkError' | 'hang';
}

/** All options, whether or not their combination is valid. */
interface AnyRequest extends Timing {
  scenario?: string;
  example?: string;
  networkError?: boolean;
  hang?: boolean;
}

const ANY = { expected: 'a name', isValid: () => true };

/** The rule of each option. An invalid name has its own error, which lists the known names. */
const RULES: Rules = {
  scenario: ANY,
  example: ANY,
  times: integerFrom(1, 10_000),
  delayMs: integerFrom(0, 60_000),
  networkError: BOOLEAN,
  hang: BOOLEAN,
};

/** The maximum number of queued directives, however often each applies. */
const MAX_WAITING = 1_000;

/** A first-in, first-out queue of the directives of a test. */
export class ScenarioQueue {
  readonly #names: ReadonlySet<string>;
  #waiting: { directive: Directive; times: number }[] = [];

  /** @param scenarios the scenarios of all operations */
  constructor(scenarios: Iterable<readonly Scenario[]>) {
    this.#names = new Set([...scenarios].flat().flatMap(({ example }) => example ?? []));
  }

  /**
   * @throws TypeError that lists the valid choices when an option or the scenario is unknown or exceeds its limits;
   * RangeError when the queue is full
   */
  add(request: unknown): void {
    if (!isRecord(request))
      throw new TypeError(`A scenario must be an object with some of ${Object.keys(RULES).join(', ')}.`);
    checkOptions(request, RULES);
    // Each option has been validated on its own.
    const { scenario, example, times = 1, delayMs, networkError, hang } = request as AnyRequest;
    const name = scenario ?? example;
    for (const each of [scenario, example])
      if (each !== undefined && !this.#names.has(each)) {
        const found = describeValue(each);
        const problem =
          typeof each === 'string' ? `There is no scenario ${found}` : `A scenario is a name, not ${found}`;
        throw new TypeError(`${problem}. There are: ${[...this.#names].join(', ')}.`);
      }
    if (example !== undefined && example !== name)
      throw new TypeError('The options `scenario` and `example` must not name different examples.');
    if (networkError && hang) throw new TypeError('The options `networkError` and `hang` exclude each other.');
    if ((networkError || hang) && name !== undefined)
      throw new TypeError('With `networkError` or `hang` there is no response, and so no scenario.');
    if (name === undefined && !networkError && !hang && delayMs === undefined)
      throw new TypeError(`One of the options scenario, example, delayMs, networkError and hang is required.`);
    if (this.#waiting.length >= MAX_WAITING)
      throw new RangeError('The queue is full: 1,000 entries wait already. Use `times`, or empty it with `reset()`.');
    const outcome = networkError ? 'networkError' : hang ? 'hang' : 'response';
    this.#waiting.push({ directive: { example: name, delayMs: delayMs ?? 0, outcome }, times });
  }

  /** Returns the first directive that fits an operation with these scenarios. It stays in the queue until `take`. */
  find(scenarios: readonly Scenario[]): Directive | undefined {
    const fits = ({ directive: { example } }: { directive: Directive }) =>
      example === undefined || scenarios.some((each) => each.example === example);
    return this.#waiting.find(fits)?.directive;
  }

  /** Consumes one use of a directive that `find` returned. */
  take(directive: Directive): void {
    const index = this.#waiting.findIndex((each) => each.directive === directive);
    const found = this.#waiting[index];
    if (!found) return;
    found.times -= 1;
    if (found.times === 0) this.#waiting.splice(index, 1);
  }

  clear(): void {
    this.#waiting = [];
  }
}
