// The organizations that may be stored after all responses.
import { describe, expect, it } from 'vitest';
import { Ledger } from '../model/ledger.ts';
import { ID, OWNER } from './messages.ts';

describe('Ledger', () => {
  const creation = { owner: OWNER, members: [], fingerprint: 'a', key: undefined };
  const created = (id: string, more = {}) => ({
    creation: { ...creation, ...more },
    response: { status: 201, id, replayed: false },
  });
  const stored = (id: string, owner = OWNER) => ({ id, owner, members: [] });

  it('accepts acknowledged organizations, and those that may have been created', () => {
    const ledger = new Ledger();

    expect(
      ledger.record([
        created('1'),
        created('2', { key: 'k' }),
        created('2', { key: 'k' }),
        { creation, response: undefined },
      ]),
    ).toEqual([]);
    expect(ledger.audit([stored('1'), stored('2')])).toEqual([]);
    expect(ledger.audit([stored('1'), stored('2'), stored('3')])).toEqual([]);
  });

  it.each([
    ['what is lost', [], /^the acknowledged organization 1 is not stored/],
    ['what is stored twice', [stored('1'), stored('1')], /^the organization 1 is stored twice/],
    ['what nobody asked for', [stored('1'), stored('2')], /^an organization that no complete request asked for/],
    ['what is stored otherwise', [stored('1', ID)], /^the organization 1 is stored as/],
  ])('notices %s', (_name, all, finding) => {
    const ledger = new Ledger();
    ledger.record([created('1')]);

    expect(ledger.audit(all)).toEqual([expect.stringMatching(finding)]);
  });

  it('notices two organizations for one key, and one ID for two requests', () => {
    expect(new Ledger().record([created('1', { key: 'k' }), created('2', { key: 'k' })])).toEqual([
      'two organizations for one idempotency key',
    ]);
    expect(new Ledger().record([created('1'), created('1')])).toEqual(['one ID twice, without an idempotency key']);
  });
});
