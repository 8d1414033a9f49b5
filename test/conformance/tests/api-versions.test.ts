// The versions that a run tests.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import { testedContract } from '../../support/contract/tested-version.ts';
import { FIRST, requestExamples, SECOND, THIRD, threeVersions } from '../../support/contract/three-versions.ts';
import { readSettings, type Tested } from '../command/settings.ts';
import { selectVersions } from '../options/api-versions.ts';
import { createSuite } from '../run/suite.ts';
import { SUBJECT } from './support/subject.ts';

const { contract, olderVersions } = threeVersions();

const namesOf = (versions: ReturnType<typeof selectVersions>) => versions.map(({ name }) => name);

describe('the option --api-version', () => {
  /** The output for these options, which end the command. */
  const reject = (...args: string[]): string => {
    let printed = '';
    const output = new Writable({
      write: (chunk, _, done) => {
        printed += chunk;
        done();
      },
    });
    const argv = ['http://127.0.0.1:1', '--user', 'key:secret', ...args];
    expect(() => readSettings({ contract, older: olderVersions }, argv, { stdout: output, stderr: output })).toThrow();
    return printed;
  };

  it.each([[SECOND], [FIRST]])('is rejected the second time, with %s', (other) => {
    expect(reject('--api-version', FIRST, '--api-version', other)).toContain(
      `The option was given before, with "${FIRST}". Name one, or leave it out for all.`,
    );
  });
});

describe('the customers of a run', () => {
  const output = new Writable({ write: (_chunk, _, done) => done() });
  const [OWNER, ...OTHERS] = SAMPLE_CUSTOMERS.map(({ id }) => id);
  /** The contract of the tests, whose examples name the owner alone. */
  const lonely = structuredClone(testedContract);
  for (const { value } of requestExamples(lonely)) Object.assign(value, { ownerId: OWNER, memberIds: [OWNER] });
  const customersOf = (tested: Tested, ...args: string[]) => {
    const { owner, members } = readSettings(tested, ['http://127.0.0.1:1', ...args], {
      stdout: output,
      stderr: output,
    }).subject;
    return { owner, members };
  };

  it('are those of the examples of all versions', () => {
    const older = [{ version: FIRST, contract: testedContract }];

    expect(customersOf({ contract: lonely, older })).toEqual({ owner: OWNER, members: OTHERS });
  });

  it('are only the owner when no example names another customer', () => {
    expect(customersOf({ contract: lonely, older: [] })).toEqual({ owner: OWNER, members: [OWNER] });
  });
});

describe('the versions of a run', () => {
  it('are all live versions, oldest first, each as the only one of its contract', () => {
    const versions = selectVersions(contract, olderVersions);

    expect(namesOf(versions)).toEqual([FIRST, SECOND, THIRD]);
    expect(versions.map((each) => each.contract.components.schemas.ApiVersion?.enum)).toEqual([
      [FIRST],
      [SECOND],
      [THIRD],
    ]);
  });

  it('are limited to the requested one', () => {
    expect(namesOf(selectVersions(contract, olderVersions, SECOND))).toEqual([SECOND]);
  });

  it('reject an unknown version', () => {
    expect(() => selectVersions(contract, olderVersions, '2023-01-01')).toThrow(
      'there is no API version "2023-01-01"; there are 2024-07-30, 2025-06-01, 2026-01-02',
    );
  });

  it('need not be named when there is only one', () => {
    expect(selectVersions(contract, [])).toEqual([{ name: undefined, contract }]);
  });

  it.each([FIRST, SECOND, THIRD])('are not taken for versions that do not exist: %s', (name) => {
    const [version] = selectVersions(contract, olderVersions, name);
    const subject = { ...SUBJECT, apiVersion: name };

    const { cases } = createSuite({ contract: version?.contract ?? contract, subject, seed: 1, combinations: 0 });

    const rejected = cases.filter(({ expected }) => expected.kind === 'rejected' && expected.error === 'version');
    const named = rejected.map(({ request }) => request.headers['sequence-version'] ?? '');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((each) => [FIRST, SECOND, THIRD].includes(each))).toEqual([]);
  });

  it.each([FIRST, THIRD])('are named in every request that is not about versions: %s', (name) => {
    const [version] = selectVersions(contract, olderVersions, name);
    const subject = { ...SUBJECT, apiVersion: name };

    const { cases, underivable } = createSuite({
      contract: version?.contract ?? contract,
      subject,
      seed: 1,
      combinations: 20,
    });

    const sent = cases.filter(({ expected }) => expected.kind === 'accepted').map(({ request }) => request.headers);
    expect(underivable).toEqual([]);
    expect(sent.length).toBeGreaterThan(10);
    expect(new Set(sent.map((headers) => headers['sequence-version'] ?? headers['Sequence-Version']))).toEqual(
      new Set([name]),
    );
  });

  it('share no idempotency key, which one version would replay for the other', () => {
    const keysOf = () => {
      const { cases } = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 });
      return cases
        .filter(({ expected }) => expected.kind === 'accepted' && !expected.mayBeReused)
        .flatMap(({ request }) => Object.entries(request.headers))
        .filter(([name]) => name.toLowerCase() === 'idempotency-key')
        .map(([, key]) => key);
    };

    const first = new Set(keysOf());
    expect(first.size).toBeGreaterThan(10);
    expect(keysOf().filter((key) => first.has(key))).toEqual([]);
  });
});
