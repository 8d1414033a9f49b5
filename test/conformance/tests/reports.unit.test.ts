// The formats of a report: annotations and summary for GitHub, HTML, JUnit, and the baseline.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { Case } from '../cases/case.ts';
import type { Failure, Report } from '../report.ts';
import { findResolved, isKnown, readBaseline } from '../reports/baseline.ts';
import { writeAnnotations, writeStepSummary } from '../reports/github.ts';
import { writeHtml } from '../reports/html.ts';
import { writeJUnit } from '../reports/junit.ts';
import type { Outcome } from '../run/suite.ts';
import { createStopwatch } from '../send/stopwatch.ts';

const HOSTILE = '</script><script>alert(1)</script> \u0000 ```\n::error::x\r\n| & "\' \ud800 [a](http://x) *b*';

function createFailure(fields: Partial<Failure> = {}): Failure {
  return {
    ...{ rule: 'json', description: 'Valid JSON.', case: 'truncated JSON', message: 'Expected 400.', known: false },
    ...{ response: '201 Created', contractPointer: '/paths', contractValue: '{}', curl: ["curl 'http://x/api'"] },
    ...fields,
  };
}

function createReport(fields: Partial<Report> = {}): Report {
  const failures = fields.failures ?? [];
  const failed = failures.filter(({ known }) => !known).length;
  return {
    ...{ url: 'http://x/api', seed: 5, conforms: failed === 0, cases: 10, failed, seconds: 1.25, failures },
    rules: [{ rule: 'json', description: 'Valid JSON.', of: 'requests', passed: 3, failed, known: 0 }],
    ...{ notes: [], resolved: [], unmatched: [], notTested: [], notChecked: [] },
    coverage: [
      { kind: 'status', pointer: '/paths/~1x/post/responses/201', verified: true },
      { kind: 'status', pointer: '/paths/~1x/post/responses/500', verified: false },
    ],
    ...fields,
  };
}

const REQUEST = { method: 'POST', path: '/x', headers: {} };

function createOutcome(name: string, fields: Partial<Outcome> & { rules?: string[] } = {}): Outcome {
  const { rules = [], ...others } = fields;
  const each: Case = {
    ...{ name, operationId: 'createOrganization', rule: 'json', pointer: '/paths', request: REQUEST },
    expected: { kind: 'accepted' },
  };
  return {
    ...{ case: each, notes: [], rejections: [], seconds: 0.1234, response: { status: 201, headers: {}, text: '' } },
    violations: rules.map((rule) => ({ rule, message: 'Wrong.', contractPointer: '/paths' })),
    ...others,
  };
}

describe('writeAnnotations', () => {
  it('writes one line for each failure, with the parts that GitHub reads', () => {
    const failures = [createFailure({ case: 'a, b: 100%', message: 'One\r\nTwo 5%' })];

    expect(writeAnnotations(createReport({ failures }))).toBe(
      '::error title=json%3A a%2C b%3A 100%25::One%0D%0ATwo 5%25%0AContract: #/paths%0AResponse: 201 Created\n',
    );
  });

  it('writes no more than ten errors, and at least one of each rule', () => {
    const many = Array.from({ length: 30 }, (_, index) => createFailure({ case: `case ${index}` }));
    const lines = writeAnnotations(createReport({ failures: [...many, createFailure({ rule: 'body' })] }))
      .trim()
      .split('\n');

    expect(lines).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('::error title=body'))).toHaveLength(1);
  });

  it('writes known failures as warnings, and resolved ones as notices', () => {
    const report = createReport({ failures: [createFailure({ known: true })], resolved: [{ rule: 'body' }] });

    expect(writeAnnotations(report)).toMatch(
      /^::warning title=json%3A truncated JSON::Known failure: Expected 400\..*\n::notice title=body::Passed, .*\n$/,
    );
  });

  it('writes entries of the baseline without a case in the run as notices', () => {
    const report = createReport({ unmatched: [{ rule: 'body', case: 'trunctated' }] });

    expect(writeAnnotations(report)).toBe(
      '::notice title=body::In the baseline, but no case of this run has the name: trunctated\n',
    );
    expect(writeStepSummary(report)).toContain('has the name:\n\n- body: trunctated\n');
    expect(writeHtml(report)).toContain(
      'no case of this run has the name (1)</h2>\n<ul><li>body: trunctated</li></ul>',
    );
  });

  it('writes the reason when the run did not complete, and nothing without failures', () => {
    const abortReason = 'No response.';

    expect(writeAnnotations(createReport({ conforms: null, abortReason }))).toBe(
      '::error title=Conformance::The run did not complete: No response.\n',
    );
    expect(writeAnnotations(createReport())).toBe('');
  });

  it('writes no workflow command of a response', () => {
    const text = writeAnnotations(createReport({ failures: [createFailure({ message: HOSTILE, case: HOSTILE })] }));

    expect(text.match(/\n/g)).toHaveLength(1);
    expect(text).toMatch(/^::error title=[^:,]*::/);
  });
});

describe('writeStepSummary', () => {
  it('has the result, the failures with their curl commands, and the rules', () => {
    const text = writeStepSummary(createReport({ failures: [createFailure()] }));

    expect(text).toMatch(/^## The implementation does not conform: 1 of 10 cases failed\n/);
    expect(text).toContain('<details><summary>json: Expected 400.</summary>\n\n```text\nRequest    truncated JSON\n');
    expect(text).toContain("Reproduce  curl 'http://x/api'");
    expect(text).toContain(
      '| rule | passed | failed |  |\n| --- | ---: | ---: | --- |\n| ❌ json | 3 | 1 | Valid JSON. |',
    );
  });

  it('stays below the 1 MiB that GitHub accepts', () => {
    const long = 'x'.repeat(3_000);
    const failures = Array.from({ length: 900 }, () => createFailure({ message: long, curl: [long, long] }));

    expect(Buffer.byteLength(writeStepSummary(createReport({ failures })))).toBeLessThan(2 ** 20);
  });

  it('ends no code block early, and writes no markup of a response', () => {
    const text = writeStepSummary(createReport({ failures: [createFailure({ message: HOSTILE })] }));
    const outside = text.replace(/^(`{4,})text\n.*?^\1$/gms, '');

    expect(outside).not.toMatch(/<script|^\s*```/m);
    expect(outside).toContain('&lt;script&gt;alert(1)');
  });
});

describe('writeHtml', () => {
  it('has every failure, rule and part of the contract, and loads nothing', () => {
    const html = writeHtml(
      createReport({ failures: [createFailure(), createFailure({ case: 'other', known: true })] }),
    );

    expect(html).toMatch(/^<!doctype html>\n/);
    expect(html).toContain('Failures (1)');
    expect(html).toContain('Known failures, in the baseline (1)');
    expect(html).toContain("curl 'http://x/api'");
    expect(html).toContain('Coverage of the contract: 1 of 2');
    expect(html).toMatch(/#\/paths\/~1x\/post\/responses\/500<\/code><\/td>\n<td>not verified/);
    expect(html).not.toMatch(/<(script|link|img|iframe)|url\(|@import|src=/);
    expect(html).toContain("default-src 'none'");
  });

  it('escapes received text', () => {
    const fields = { message: HOSTILE, case: HOSTILE, response: HOSTILE, curl: [HOSTILE], contractValue: HOSTILE };
    const failures = [createFailure(fields), createFailure({ ...fields, known: true })];
    const entries = { resolved: [{ rule: HOSTILE }], notes: [{ header: HOSTILE, responses: 1 }], abortReason: HOSTILE };
    const html = writeHtml(createReport({ url: HOSTILE, failures, ...entries }));

    expect(html).not.toContain('<script');
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });
});

describe('writeJUnit', () => {
  const outcomes = [createOutcome('good'), createOutcome('bad'), createOutcome('known')];
  const failures = [createFailure({ case: 'bad', message: HOSTILE }), createFailure({ case: 'known', known: true })];

  it('has the time of each case, a failure, and a known failure as skipped', () => {
    const xml = writeJUnit(createReport({ failures }), { outcomes, seconds: 1.25, abortReason: undefined });
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
    const { testsuite } = testsuites;

    expect(XMLValidator.validate(xml)).toBe(true);
    const totals = { '@_tests': '3', '@_failures': '1', '@_errors': '0', '@_skipped': '1' };
    expect(testsuites).toMatchObject({ ...totals, '@_time': '1.250' });
    expect(testsuite).toMatchObject({ ...totals, '@_time': '0.370' });
    expect(testsuite.testcase).toEqual([
      { '@_classname': 'json', '@_name': 'good', '@_time': '0.123' },
      expect.objectContaining({ '@_name': 'bad', failure: expect.objectContaining({ '@_type': 'json' }) }),
      expect.objectContaining({
        '@_name': 'known',
        skipped: expect.objectContaining({ '@_message': 'Known failure: Expected 400.' }),
      }),
    ]);
  });

  it('has one error when the run did not complete', () => {
    const abortReason = 'No response.';
    const xml = writeJUnit(createReport({ abortReason }), { outcomes: [], seconds: 0, abortReason });

    expect(new XMLParser({ ignoreAttributes: false }).parse(xml).testsuites).toMatchObject({
      ...{ '@_tests': '1', '@_errors': '1' },
      testsuite: { testcase: { error: { '@_message': 'No response.' } } },
    });
  });
});

describe('the baseline', () => {
  it('is read from a report, with its seed, and from entries', () => {
    const report = JSON.stringify(createReport({ failures: [createFailure()] }));

    const failures = [expect.objectContaining({ rule: 'json', case: 'truncated JSON' })];
    expect(readBaseline(report)).toEqual({ seed: 5, failures });
    expect(readBaseline('{"failures":[{"rule":"json"}]}')).toEqual({ failures: [{ rule: 'json' }] });
    expect(readBaseline('{"failures":[{"rule":"json","ticket":"A-1"}]}').failures).toHaveLength(1);
  });

  it.each([
    ['[', /JSON/],
    ['null', /expected an object with the array "failures"/],
    ['{"failures":{}}', /expected an object with the array "failures"/],
    ['{"failures":[{"rule":"json"},{"case":"x"}]}', /^Error: failures\[1\] needs a "rule"/],
    ['{"failures":[{"rule":"json","case":1}]}', /^Error: failures\[0\] needs a "rule"/],
    ['{"failures":[{"rule":"json","cases":"x"}]}', /^Error: failures\[0\] has no "case", but "cases"$/],
  ])('is rejected as %s', (text, message) => {
    const read = () => {
      try {
        return String(readBaseline(text));
      } catch (error) {
        return String(error);
      }
    };

    expect(read()).toMatch(message);
  });

  it('has a failure by rule and case, or by rule alone', () => {
    const baseline = { failures: [{ rule: 'json', case: 'a' }, { rule: 'body' }] };

    expect(isKnown(baseline, { rule: 'json', case: 'a' })).toBe(true);
    expect(isKnown(baseline, { rule: 'json', case: 'b' })).toBe(false);
    expect(isKnown(baseline, { rule: 'body', case: 'b' })).toBe(true);
    expect(isKnown(baseline, { rule: 'status', case: 'a' })).toBe(false);
  });

  it('says which entries pass: not those that fail, were not sent, or received no response', () => {
    const outcomes = [
      createOutcome('passes'),
      createOutcome('fails', { rules: ['json'] }),
      createOutcome('no response', { rules: ['response'], response: undefined }),
    ];
    const entries = ['passes', 'fails', 'no response', 'not sent'].map((name) => ({ rule: 'json', case: name }));
    const failures = [...entries, { rule: 'json' }, { rule: 'body' }];

    expect(findResolved({ failures }, outcomes)).toEqual([{ rule: 'json', case: 'passes' }, { rule: 'body' }]);
  });
});

describe('createStopwatch', () => {
  it('adds the time of setup requests and of repeated ones, failed ones included', async () => {
    let nowMs = 0;
    const request = { ...REQUEST };
    const before = [{ ...REQUEST }];
    const stopwatch = createStopwatch(
      {
        send: async (sent) => {
          nowMs += sent === request ? 100 : 30;
          if (nowMs === 230) throw new Error('no response');
          return { status: 429, headers: {}, text: '' };
        },
      },
      () => nowMs,
    );
    for (const each of [...before, request, request])
      await stopwatch.send(each).catch((error: unknown) => expect(String(error)).toBe('Error: no response'));

    expect(stopwatch.secondsOf({ ...createOutcome('x').case, request, before })).toBeCloseTo(0.23, 9);
    expect(stopwatch.secondsOf({ ...createOutcome('x').case, request: { ...REQUEST } })).toBe(0);
  });
});
