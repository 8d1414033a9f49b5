// Changes of a new version that types do not check: the gate requires their conversion.
import { describe, expect, it } from 'vitest';
import { checkVersions } from '../../../openapi/breaking-changes/check-versions.ts';
import type { ModuleConversions } from '../../../openapi/breaking-changes/find-unconverted.ts';
import { type Edit, remove, set } from './edits/edit.ts';
import { CONVERSIONS, DATED, FIRST, file, PROFILE, SECOND, state, VIEW } from './version-state.ts';

describe('a change of a new version that types do not check', () => {
  const [REQUEST, RESPONSE] = ['`upgradeRequest` of replaceProfile', '`downgradeResponse` of replaceProfile for 200'];
  const CONSTRAINTS: [title: string, edit: Edit, pointer: string, conversion: string][] = [
    ['a shorter text', set(`${PROFILE}/name/maxLength`, 100), `${PROFILE}/name/maxLength`, REQUEST],
    ['a longer text at least', set(`${PROFILE}/name/minLength`, 3), `${PROFILE}/name/minLength`, REQUEST],
    ['a narrower pattern', set(`${PROFILE}/code/pattern`, '^[0-9]{8}$'), `${PROFILE}/code/pattern`, REQUEST],
    ['a format', set(`${PROFILE}/name/format`, 'email'), `${PROFILE}/name/format`, REQUEST],
    ['a value less', remove(`${PROFILE}/status/enum/1`), `${PROFILE}/status/enum`, REQUEST],
    ['fewer items', set(`${PROFILE}/labels/maxItems`, 4), `${PROFILE}/labels/maxItems`, REQUEST],
    ['a lower maximum', set(`${PROFILE}/employees/maximum`, 9), `${PROFILE}/employees/maximum`, REQUEST],
    ['another default', set(`${PROFILE}/isVisible/default`, false), `${PROFILE}/isVisible/default`, REQUEST],
    ['fewer properties', set(`${PROFILE}/counts/maxProperties`, 9), `${PROFILE}/counts/maxProperties`, REQUEST],
    [
      'a shorter parameter',
      set('/paths/~1customers~1{customerId}/put/parameters/0/schema/maxLength', 35),
      '/paths/~1customers~1{customerId}/put/parameters/0/schema/maxLength',
      REQUEST,
    ],
    ['a longer text in a response', set(`${VIEW}/name/maxLength`, 300), `${VIEW}/name/maxLength`, RESPONSE],
    ['more items in a response', set(`${VIEW}/labels/maxItems`, 6), `${VIEW}/labels/maxItems`, RESPONSE],
    ['any text in a response', remove(`${VIEW}/code/pattern`), `${VIEW}/code/pattern`, RESPONSE],
  ];
  const others = { ...CONVERSIONS, replaceProfile: {} };
  const complete = { replaceProfile: { upgradeRequest: true, downgradeResponse: { 200: true } } };
  const check = (edit: Edit, conversions: ModuleConversions) =>
    checkVersions(state([DATED, edit], { modules: new Map([[SECOND, conversions]]) }));

  it.each(CONSTRAINTS)('is rejected without the conversion of its operation: %s', (_, edit, pointer, conversion) => {
    expect(check(edit, others)).toMatchObject([
      {
        rule: 'breaking-change',
        file: 'openapi/openapi.yaml',
        remedy: `Revert it, or add ${conversion} to server/versions/${SECOND}.ts: without it, this is a 500.`,
      },
    ]);
    expect(check(edit, others).map((each) => each.pointer)).toEqual([expect.stringContaining(pointer)]);
  });

  it.each(CONSTRAINTS)('is allowed with it: %s', (_, edit) => {
    expect(check(edit, complete)).toEqual([]);
  });

  it.each([
    ['a longer text', set(`${PROFILE}/name/maxLength`, 300)],
    ['a shorter text in a response', set(`${VIEW}/name/maxLength`, 100)],
  ])('needs none when it is valid in both: %s', (_, edit) => {
    expect(check(edit, others)).toEqual([]);
  });

  it('is rejected in a released version, too', () => {
    const second = file(`openapi/versions/${SECOND}.yaml`, DATED, set(`${PROFILE}/name/maxLength`, 100));
    const released = new Map([
      [FIRST, file(`openapi/versions/${FIRST}.yaml`)],
      [SECOND, second],
    ] as const);
    const third = file('openapi/openapi.yaml', DATED, set(`${PROFILE}/name/maxLength`, 100));
    const versions = { before: released, after: released, newest: third, today: '2026-01-01' };

    expect(checkVersions({ ...versions, modules: new Map([[SECOND, others]]) })).toMatchObject([
      { pointer: `${PROFILE}/name/maxLength` },
    ]);
    expect(checkVersions({ ...versions, modules: new Map([[SECOND, complete]]) })).toEqual([]);
  });
});
