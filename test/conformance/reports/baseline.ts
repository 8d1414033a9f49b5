// Known failures: reported, but no reason to fail. The file is the output of `--json`, or written by hand.
import { findNearest } from '../options/find-nearest.ts';
import type { Baseline, BaselineEntry } from '../report.ts';
import type { Outcome } from '../run/suite.ts';

/** @throws Error when the text is no baseline */
export function readBaseline(text: string): Baseline {
  const value: unknown = JSON.parse(text);
  const { failures, seed } = isObject(value) ? value : {};
  if (!Array.isArray(failures)) throw new Error('expected an object with the array "failures", as --json prints it');
  for (const [index, each] of failures.entries()) {
    if (!isEntry(each)) throw new Error(`failures[${index}] needs a "rule", and may have a "case", both strings`);
    // An entry without a case stands for a whole rule.
    const misspelt = each.case === undefined && Object.keys(each).find((name) => findNearest(name, ['case']));
    if (misspelt) throw new Error(`failures[${index}] has no "case", but "${misspelt}"`);
  }
  return { failures: failures.filter(isEntry), ...(isSeed(seed) && { seed }) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isEntry(value: unknown): value is BaselineEntry {
  return isObject(value) && typeof value.rule === 'string' && ['string', 'undefined'].includes(typeof value.case);
}

function isSeed(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 2 ** 31;
}

export function isKnown(baseline: Baseline | undefined, failure: Required<BaselineEntry>): boolean {
  return baseline?.failures.some((entry) => covers(entry, failure.rule, failure.case)) ?? false;
}

/** The entries whose cases were sent, received a response, and violate their rule no longer. */
export function findResolved(baseline: Baseline | undefined, outcomes: readonly Outcome[]): BaselineEntry[] {
  const entries = baseline?.failures ?? [];
  return entries
    .filter((entry) => {
      const relevant = outcomes.filter((outcome) => entry.case === undefined || entry.case === outcome.case.name);
      const isViolated = ({ violations }: Outcome) => violations.some(({ rule }) => rule === entry.rule);
      return relevant.some(({ response }) => response) && !relevant.some(isViolated);
    })
    .map(({ rule, case: name }) => ({ rule, ...(name !== undefined && { case: name }) }));
}

function covers(entry: BaselineEntry, rule: string, name: string): boolean {
  return entry.rule === rule && (entry.case === undefined || entry.case === name);
}
