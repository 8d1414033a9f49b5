// The pointers of violations in a response of an older version.
import { describe, expect, it } from 'vitest';
import { convertResponse } from '../../../server/edge/conversions/convert-message.ts';

const POINTERS = {
  '/customerIds': '/memberIds',
  '/customerIds/0': '/firstId',
  '/parent': '/owner',
  '/parent/nick': '/owner/name',
  '/currency': '',
  '/lines/*/amount': '/lines/*/price',
  '/lines/*/taxes/*/rate': '/taxes/*/lines/*',
  '/first/*': '/only',
  '/dates': '/date',
  '/dates/*': '/date',
  '/odd~1name': '/*/~0',
  '/parties/customers': '/customerIds',
  '/parties/customers/*/id': '/customerIds/*',
};

/** The pointer that a client of the older version gets. */
function move(pointer: string, place = 'body'): string | undefined {
  const change = { version: '2025-06-01', operations: { create: { pointers: { body: POINTERS } } } };
  const body = { error: { type: 'InvalidRequest', details: [{ in: place, pointer, message: 'Invalid.' }] } };
  const converted = convertResponse([change], 'create', { status: 400, body }).body as typeof body;
  return converted.error.details[0]?.pointer;
}

describe('a pointer of the newer request', () => {
  it.each([
    ['moves with its entry', '/customerIds', '/memberIds'],
    ['moves with the entry of what it is within', '/customerIds/12', '/memberIds/12'],
    ['moves with the longest of several entries', '/parent/nick', '/owner/name'],
    ['moves with an index before a wildcard', '/customerIds/0', '/firstId'],
    ['becomes the whole body', '/currency', ''],
    ['keeps its index for a wildcard', '/lines/7/amount', '/lines/7/price'],
    ['keeps all its indexes in their order', '/lines/7/taxes/12/rate', '/taxes/7/lines/12'],
    ['keeps what is below a wildcard', '/lines/7/amount/unit', '/lines/7/price/unit'],
    ['loses an index that the older place does not have', '/first/3', '/only'],
    ['is moved when its array was one value', '/dates/4', '/date'],
    ['is the older item itself when items became objects', '/parties/customers/1/id', '/customerIds/1'],
    ['moves with the array whose items became objects', '/parties/customers/1', '/customerIds/1'],
    ['keeps the * of a place that is no index', '/odd~1name', '/*/~0'],
    ['stays without an entry', '/ownerId', '/ownerId'],
    ['stays when an entry only begins like it', '/currencyCode', '/currencyCode'],
    ['stays where a wildcard has no index', '/lines/all/amount', '/lines/all/amount'],
    ['stays above an entry', '/lines/7', '/lines/7'],
    ['stays when it is the whole body', '', ''],
  ])('%s: %s', (_, pointer, moved) => {
    expect(move(pointer)).toBe(moved);
  });

  it('stays in another part of the request', () => {
    expect(move('/currency', 'query')).toBe('/currency');
  });
});
