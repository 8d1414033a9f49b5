// The package `customer-organizations-conformance`: the suite as a function for tests of implementations.
import './require-node.ts';

export type { ConformanceTarget, ConformOptions, FetchHandler, NodeHandler } from './conform.ts';
export { conform } from './conform.ts';
export type { Baseline, BaselineEntry, CoverageItem, Failure, Note, Report, RuleResult } from './report.ts';
