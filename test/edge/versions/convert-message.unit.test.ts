// Changes that a module of a version makes to its argument, which nothing else may see.
import { describe, expect, it } from 'vitest';
import { convertRequest, convertResponse } from '../../../server/edge/conversions/convert-message.ts';
import { PreparedResponse } from '../../../server/edge/prepared-response.ts';
import type { AnyConversion } from '../../../server/versions/version-change.ts';

const changes = (conversion: AnyConversion) => [{ version: '2025-06-01', operations: { create: conversion } }];

describe('a module that changes its argument', () => {
  it('leaves the request as it was sent', () => {
    const create = () => ({
      path: { id: '1' },
      query: { tags: ['a', 'b'] },
      headers: { 'Idempotency-Key': 'k' },
      body: { ownerId: '1', lines: [{ price: 1, ['__proto__']: { a: 1 } }], none: null, grid: [[{ x: 1 }, null], []] },
    });
    const sent = create();

    const upgraded = convertRequest(
      changes({
        upgradeRequest: (request) => {
          const { path, query, headers, body } = request as ReturnType<typeof create>;
          path.id = '2';
          query.tags.pop();
          headers['Idempotency-Key'] = 'other';
          for (const line of body.lines) line.price = 2;
          for (const row of body.grid) row.length = Math.min(row.length, 1);
          for (const cell of body.grid.flat()) if (cell) cell.x = 2;
          return request;
        },
      }),
      'create',
      sent,
    );

    expect(sent).toEqual(create());
    expect(upgraded).toEqual({
      path: { id: '2' },
      query: { tags: ['a'] },
      headers: { 'Idempotency-Key': 'other' },
      body: { ...create().body, lines: [{ ...create().body.lines[0], price: 2 }], grid: [[{ x: 2 }], []] },
    });
    expect(JSON.stringify(upgraded.body)).toContain('{"price":2,"__proto__":{"a":1}}');
  });

  it('leaves the response as the handler has it, and a frozen one can be changed', () => {
    const createdAt = new Date(0);
    const response = Object.freeze({
      status: 201,
      headers: Object.freeze({ 'Retry-After': 1 }),
      body: Object.freeze({ parent: Object.freeze({ id: '1' }), createdAt }),
    });

    const downgraded = convertResponse(
      changes({
        downgradeResponse: {
          201: (newer) => {
            const { headers, body } = newer as { headers: Record<string, unknown>; body: { parent: { id: string } } };
            headers['Retry-After'] = 2;
            body.parent.id = '2';
            return { status: newer.status, headers, body };
          },
        },
      }),
      'create',
      response,
    );

    expect(response).toEqual({ status: 201, headers: { 'Retry-After': 1 }, body: { parent: { id: '1' }, createdAt } });
    expect(downgraded).toEqual({
      ...{ status: 201, headers: { 'Retry-After': 2 } },
      body: { parent: { id: '2' }, createdAt },
    });
  });

  it('converts the objects of a prepared response', () => {
    const prepared = new PreparedResponse(400, { texts: ['{"list":[1', ',2]}'], sample: { list: [1] } });

    const downgraded = convertResponse(changes({}), 'create', prepared);

    expect(downgraded).toEqual({ status: 400, headers: {}, body: { list: [1, 2] } });
  });
});
