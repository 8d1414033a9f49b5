// The result of a run as data: what `conform` returns, `--json` prints, and every other format is written from.
// Types alone: the declarations of the package need none of the suite.

/** The result of a run. */
export interface Report {
  /** The base URL of the implementation. */
  url: string;
  /** The seed of the random combinations. */
  seed: number;
  /** Whether there was no failure outside of the baseline; null when that is not known. */
  conforms: boolean | null;
  /** Why the run was not started or not completed. */
  abortReason?: string;
  /** The messages of errors that the handler under test threw, without duplicates. */
  handlerErrors?: readonly unknown[];
  /** The rules that were tested, when not all were. */
  only?: readonly string[];
  /** The number of cases that were sent. */
  cases: number;
  /** The number of cases that failed, without known failures. */
  failed: number;
  /** The duration, in seconds. */
  seconds: number;
  /** The result of each rule that was tested. */
  rules: RuleResult[];
  /** Observations that are not violations. */
  notes: Note[];
  /** The violations, one by one. */
  failures: Failure[];
  /** Entries of the baseline that no longer fail, and should be removed. */
  resolved: BaselineEntry[];
  /** Entries of the baseline whose case this run does not have. */
  unmatched: BaselineEntry[];
  /** The declared parts of the contract, and whether this run has verified them. */
  coverage: CoverageItem[];
  /** Operations without tests, and the reasons. */
  notTested: Underivable[];
  /** Parts of rules that were not checked, and what the run needs for them. */
  notChecked: Unchecked[];
}

/** The result of one rule. */
export interface RuleResult {
  /** The name of the rule. */
  rule: string;
  /** What the rule demands, in a sentence. */
  description: string;
  /** Whether the rule holds for certain requests, or for every response. */
  of: 'requests' | 'responses';
  /** The number of cases that passed. */
  passed: number;
  /** The number of cases that failed, without known failures. */
  failed: number;
  /** The number of cases with a failure of the baseline. */
  known: number;
}

/** A header that the contract does not declare. */
export interface Note {
  /** Its name, in lower case. */
  header: string;
  /** The number of responses that had it. */
  responses: number;
}

/** A part of the contract, and whether a case has verified it. */
export interface CoverageItem extends Declared {
  /** Whether a case without a violation exercised it. */
  verified: boolean;
}

/** A part of the contract that tests can verify. */
export interface Declared {
  /** The kind of the part. */
  kind: 'status' | 'error type' | 'request constraint' | 'response header' | 'request example' | 'response example';
  /**
   * JSON Pointer into the contract. For an error type: the pointer of its response, `#` and the type. The types and
   * examples of a shared response count once, because not every operation can return them all: only an operation with a
   * request body can report a malformed one.
   */
  pointer: string;
}

/** One violation of the contract. */
export interface Failure {
  /** The violated rule. */
  rule: string;
  /** What the rule demands, in a sentence. */
  description: string;
  /** The name of the case, which says what was sent. */
  case: string;
  /** What was expected, and what was received. */
  message: string;
  /** Status and beginning of the response body. */
  response: string;
  /** JSON Pointer to the violated part of the contract. */
  contractPointer: string;
  /** The beginning of that part, as JSON. */
  contractValue: string;
  /** Commands that reproduce the failure, one for each request. */
  curl: string[];
  /** Whether the failure is in the baseline. */
  known: boolean;
}

/** A part of a rule that was not checked. */
export interface Unchecked {
  /** The name of the rule. */
  rule: string;
  /** What was not checked. */
  what: string;
  /** What the run needs to check it. */
  needs: string;
}

/** One known failure; without `case`, all failures of a rule. */
export interface BaselineEntry {
  /** The rule, as in the report. */
  rule: string;
  /** The name of the case, as in the report. Default: every case. */
  case?: string;
}

/** Known failures: a report of `conform` or `--json`, or a list that is written by hand. */
export interface Baseline {
  /** The known failures. */
  failures: readonly BaselineEntry[];
  /** The seed of the run that found them: the names of random combinations contain it. */
  seed?: number;
}

/** An operation with schemas from which no requests can be derived. */
export interface Underivable {
  /** The operation. */
  operationId: string;
  /** Why no requests can be derived from the contract. */
  reason: string;
}
