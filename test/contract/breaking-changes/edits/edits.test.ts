// The gate on many edits, one at a time: their effect on a client of the contract before the edit.
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../../openapi/breaking-changes/compare/compare-contracts.ts';
import { readBaseContract } from '../base-contract.ts';
import { COMPOSED_REQUEST_EDITS, COMPOSED_RESPONSE_EDITS } from './composed-edits.ts';
import { DOCUMENT_EDITS } from './document-edits.ts';
import { type Row, set } from './edit.ts';
import { PARAMETER_EDITS } from './parameter-edits.ts';
import { REQUEST_OBJECT_EDITS } from './request-object-edits.ts';
import { REQUEST_VALUE_EDITS } from './request-value-edits.ts';
import { RESPONSE_EDITS } from './response-edits.ts';
import { RESPONSE_SCHEMA_EDITS } from './response-schema-edits.ts';
import { WEBHOOK_EDITS } from './webhook-edits.ts';

const EDITS_OF_REQUESTS = [
  ...REQUEST_OBJECT_EDITS,
  ...REQUEST_VALUE_EDITS,
  ...PARAMETER_EDITS,
  ...COMPOSED_REQUEST_EDITS,
];
const EDITS_OF_RESPONSES = [...RESPONSE_SCHEMA_EDITS, ...RESPONSE_EDITS, ...WEBHOOK_EDITS, ...COMPOSED_RESPONSE_EDITS];

const createBase = await readBaseContract();
const BASE = createBase();
const BASE_TEXT = JSON.stringify(BASE);

function check([, edit, effect, pointers = []]: Row): void {
  const revision = createBase();
  edit(revision);
  expect(JSON.stringify(revision)).not.toBe(BASE_TEXT);

  const changes = compareContracts(BASE, revision);

  const breaking = changes.filter((change) => change.effect === 'breaking');
  const reported = effect === 'breaking' ? breaking : changes;
  if (effect === 'compatible') expect(breaking).toEqual([]);
  expect([...new Set(reported.map((change) => change.pointer))]).toEqual([pointers].flat());
  for (const { message, remedy } of breaking) {
    expect(message).toMatch(/^[A-Z`].*\.$/s);
    expect(remedy).toMatch(/\.$/);
  }
}

const title = '%s: $2';

describe('an edit of a request', () => {
  it.each(EDITS_OF_REQUESTS)(`${title}`, (...row) => check(row));
});

describe('an edit of a response', () => {
  it.each(EDITS_OF_RESPONSES)(`${title}`, (...row) => check(row));
});

describe('an edit of the document', () => {
  it.each(DOCUMENT_EDITS)(`${title}`, (...row) => check(row));
});

describe('the table', () => {
  it('has at least 150 different edits', () => {
    const titles = [EDITS_OF_REQUESTS, EDITS_OF_RESPONSES, DOCUMENT_EDITS].map((rows) => rows.map(([each]) => each));

    expect(titles.flat().length).toBeGreaterThanOrEqual(150);
    for (const each of titles) expect(new Set(each).size).toBe(each.length);
  });

  it('reports limits and an order of checks that are stated for the first time as additions', () => {
    const before = createBase();
    Reflect.deleteProperty(before, 'x-limits');
    Reflect.deleteProperty(before, 'x-order-of-checks');

    expect(compareContracts(before, BASE)).toMatchObject([
      { effect: 'compatible', addition: true, pointer: '/x-limits' },
      { effect: 'compatible', addition: true, pointer: '/x-order-of-checks' },
    ]);
  });

  it('reports what operations and fallback responses share once, as the same for all versions', () => {
    const revision = createBase();
    set('/components/schemas/ErrorMessage/maxLength', 9999)(revision);

    expect(compareContracts(BASE, revision)).toMatchObject([
      { effect: 'breaking', isShared: true, pointer: '/components/schemas/ErrorMessage/maxLength' },
    ]);
  });

  it('reports no change of the unedited contract', () => {
    expect(compareContracts(BASE, createBase())).toEqual([]);
  });
});
