// The report as one HTML page, which loads nothing and needs no script.

import { escapeHtml } from '../../../openapi/reference/site/escape-html.ts';
import type { CoverageItem, Failure, Report, RuleResult } from '../report.ts';
import { describeUnchecked } from '../run/unchecked.ts';
import { describeEntry, UNMATCHED, writeVerdict } from './github.ts';
import { STYLE } from './html-style.ts';

export function writeHtml(report: Report): string {
  const { url, cases, seconds, seed, abortReason, failures, notes, resolved, notTested, notChecked } = report;
  const title = writeVerdict(report);
  const facts = `${cases} cases in ${seconds.toFixed(1)} s, seed ${seed}`;
  const [known, found] = [failures.filter((each) => each.known), failures.filter((each) => !each.known)];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)} - ${escapeHtml(url)}</title>
<style>${STYLE}</style>
<header class="${report.conforms === null ? 'unknown' : report.conforms ? 'passed' : 'failed'}">
<h1>${escapeHtml(title)}</h1>
<p><code>${escapeHtml(url)}</code>, ${facts}</p>
${abortReason === undefined ? '' : `<p>The run did not complete: ${escapeHtml(abortReason)}</p>\n`}</header>
<main>
${[
  writeFailures('Failures', found, 'open'),
  writeFailures('Known failures, in the baseline', known),
  writeList('In the baseline, but passed', resolved.map(describeEntry)),
  writeList(UNMATCHED, report.unmatched.map(describeEntry)),
  writeList(
    'Operations that were not tested',
    notTested.map(({ operationId, reason }) => `${operationId}: ${reason}`),
  ),
  writeList('Not checked', notChecked.map(describeUnchecked)),
  writeRules('Requests', report.rules, 'requests'),
  writeRules('Every response', report.rules, 'responses'),
  writeCoverage(report.coverage),
  writeList(
    'Headers that the contract does not declare',
    notes.map(({ header, responses }) => `${header}: ${responses} responses`),
  ),
].join('')}</main>
</html>
`;
}

/** The failures by rule, folded if there are many. */
function writeFailures(title: string, failures: readonly Failure[], open: 'open' | '' = ''): string {
  if (failures.length === 0) return '';
  const groups = [...Map.groupBy(failures, ({ rule }) => rule)].map(
    ([rule, list]) => `<h3>${escapeHtml(rule)}: ${escapeHtml(list[0]?.description)}</h3>
${list.map((each, index) => writeFailure(each, index === 0 ? open : '')).join('')}`,
  );
  return `<section><h2>${escapeHtml(title)} (${failures.length})</h2>\n${groups.join('')}</section>\n`;
}

function writeFailure(failure: Failure, open: 'open' | ''): string {
  const { message, response, contractPointer, contractValue, curl } = failure;
  const row = (term: string, text: string) => `<dt>${term}</dt><dd>${text}</dd>\n`;
  return `<details${open && ' open'}><summary>${escapeHtml(failure.case)}
<br>${escapeHtml(message)}</summary>
<dl>${row('Response', `<pre>${escapeHtml(response)}</pre>`)}${row(
    'Contract',
    `<code>#${escapeHtml(contractPointer)}</code><pre>${escapeHtml(contractValue)}</pre>`,
  )}${row('Reproduce', `<pre>${escapeHtml(curl.join('\n'))}</pre>`)}</dl></details>
`;
}

function writeList(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const list = items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n');
  return `<section><h2>${escapeHtml(title)} (${items.length})</h2>\n<ul>${list}</ul></section>\n`;
}

function writeRules(title: string, all: readonly RuleResult[], of: RuleResult['of']): string {
  const rules = all.filter((each) => each.of === of);
  if (rules.length === 0) return '';
  const rows = rules.map(
    ({ rule, description, passed, failed, known }) =>
      `<tr class="${failed > 0 ? 'failed' : 'passed'}"><th scope="row">${escapeHtml(rule)}</th>
<td>${passed}</td><td>${failed}</td><td>${known}</td><td>${escapeHtml(description)}</td></tr>`,
  );
  return `<section><h2>${escapeHtml(title)}</h2>
<table><thead><tr><th scope="col">Rule</th><th scope="col">Passed</th><th scope="col">Failed</th>
<th scope="col">Known</th><th scope="col">Description</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></section>
`;
}

/** The declared parts of the contract by kind, unverified ones first. */
function writeCoverage(coverage: readonly CoverageItem[]): string {
  if (coverage.length === 0) return '';
  const verified = coverage.filter((each) => each.verified).length;
  const groups = [...Map.groupBy(coverage, ({ kind }) => kind)].map(([kind, items]) => {
    const count = items.filter((each) => each.verified).length;
    const rows = items
      .toSorted((one, other) => Number(one.verified) - Number(other.verified))
      .map(
        ({ pointer, verified: isVerified }) =>
          `<tr class="${isVerified ? 'passed' : 'gap'}"><td><code>#${escapeHtml(pointer)}</code></td>
<td>${isVerified ? 'verified' : 'not verified'}</td></tr>`,
      );
    return `<details><summary>${escapeHtml(kind)}: ${count} of ${items.length}
<meter min="0" max="${items.length}" value="${count}">${count} of ${items.length}</meter></summary>
<table><tbody>${rows.join('\n')}</tbody></table></details>
`;
  });
  return `<section><h2>Coverage of the contract: ${verified} of ${coverage.length}</h2>
<p>A part of the contract is verified when a case without a violation exercised it. Some parts, such as status 500, no
client can provoke.</p>
${groups.join('')}</section>
`;
}
