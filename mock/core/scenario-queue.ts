// What the next requests get instead of their own responses, as a test has asked for it.
import {
  BOOLEAN,
  checkOptions,
  describeValue,
  integerFrom,
  isRecord,
  type Rules,
} from '../../openapi/model/check/check-options.ts';
import type { Scenario } from './scenarios.ts';

/** How often, and how late. */
interface Timing {
  /** For how many requests: 1 to 10,000. Default: 1. */
  times?: number | undefined;
  /** The delay of the response in milliseconds: 0 to 60,000. Default: 0. */
  delayMs?: number | undefined;
}

/** What the next requests with a scenario get, besides. Without a response there is no scenario. */
export interface NextOptions extends Timing {
  /** The connection is not reset: there is a response. */
  networkError?: false | undefined;
  /** Nor does the request hang. */
  hang?: false | undefined;
}

/** A response of the contract, by the name of an example. That of an error is its `error.type`. */
type NamedResponse<Name extends string> = NextOptions &
  (
    | {
        /** The name of the example. */
        scenario: Name;
        /** Not beside `scenario`. */
        example?: undefined;
      }
    | {
        /** The same as `scenario`. */
        example: Name;
        /** Not beside `example`. */
        scenario?: undefined;
      }
  );

/** The own response of each request, late. */
interface LateResponse extends NextOptions {
  delayMs: number;
  scenario?: undefined;
  example?: undefined;
}

/** The connection is reset instead of a response. */
interface NetworkFailure extends Timing {
  /** Asks for it. */
  networkError: true;
  /** Not both. */
  hang?: false | undefined;
  scenario?: undefined;
  example?: undefined;
}

/** There is no response until the client gives up, or the mock is reset or closed. */
interface Hang extends Timing {
  /** Asks for it. */
  hang: true;
  /** Not both. */
  networkError?: false | undefined;
  scenario?: undefined;
  example?: undefined;
}

/** What happens to the next requests, as in the body of `POST /_mock/next`. */
export type NextRequest<Name extends string = string> = NamedResponse<Name> | LateResponse | NetworkFailure | Hang;

/** What one request gets. */
export interface Directive {
  /** The name of the example. */
  example: string | undefined;
  delayMs: number;
  outcome: 'response' | 'networkError' | 'hang';
}

/** All options, valid together or not. */
interface AnyRequest extends Timing {
  scenario?: string;
  example?: string;
  networkError?: boolean;
  hang?: boolean;
}

const ANY = { expected: 'a name', isValid: () => true };

/** What each option must be. Names have an error of their own, which lists them. */
const RULES: Rules = {
  scenario: ANY,
  example: ANY,
  times: integerFrom(1, 10_000),
  delayMs: integerFrom(0, 60_000),
  networkError: BOOLEAN,
  hang: BOOLEAN,
};

/** Directives that wait, however often each is to be used. */
const MAX_WAITING = 1_000;

/** The directives of a test, first in, first out. */
export class ScenarioQueue {
  readonly #names: ReadonlySet<string>;
  #waiting: { directive: Directive; times: number }[] = [];

  /** `scenarios` are those of all operations. */
  constructor(scenarios: Iterable<readonly Scenario[]>) {
    this.#names = new Set([...scenarios].flat().flatMap(({ example }) => example ?? []));
  }

  /**
   * @throws TypeError that lists what there is, when an option or the scenario is unknown or out of its limits.
   * RangeError when the queue is full
   */
  add(request: unknown): void {
    if (!isRecord(request))
      throw new TypeError(`A scenario must be an object with some of ${Object.keys(RULES).join(', ')}.`);
    checkOptions(request, RULES);
    // They have been validated, each alone.
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

  /** The first directive that fits a request to an operation with these scenarios. It stays until it is taken. */
  find(scenarios: readonly Scenario[]): Directive | undefined {
    const fits = ({ directive: { example } }: { directive: Directive }) =>
      example === undefined || scenarios.some((each) => each.example === example);
    return this.#waiting.find(fits)?.directive;
  }

  /** Uses up one of the times of a directive that was found. */
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
