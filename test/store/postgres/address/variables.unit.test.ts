// Errors in the variables of libpq, which messages name instead of DATABASE_URL.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../../server/config.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** The error in the settings. */
function findViolations(environment: Record<string, string>): unknown {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return error instanceof Error && 'violations' in error ? error.violations : error;
  }
}

const URL = 'postgres://h/d';

it.each([
  [{ PGSERVICE: 'none', PGSERVICEFILE: '/dev/null' }, 'has the service "none"'],
  [{ PGPORT: 'x' }, 'must have a port from 1 to 65535'],
  [{ PGSSLMODE: 'prefer' }, 'may silently be unencrypted'],
  [{ PGSSLROOTCERT: '/none' }, 'cannot be read (ENOENT)'],
  [{ PGTARGETSESSIONATTRS: 'standby' }, 'this server writes'],
  [{ PGCONNECT_TIMEOUT: 'soon' }, 'a number of seconds'],
  [{ PGCHANNELBINDING: 'maybe' }, 'one of disable, prefer, require'],
])('names the variable of %j', (variables, message) => {
  const [variable] = Object.keys(variables);

  expect(findViolations({ ...variables, DATABASE_URL: URL })).toEqual([
    { variable, message: expect.stringContaining(message) },
  ]);
  expect(() => readConfig({ ...variables, DATABASE_URL: URL })).toThrow(`  ${variable}: `);
});

it('names both of two conflicting variables', () => {
  const violations = findViolations({ PGHOST: 'a,b,c', PGPORT: '1,2', DATABASE_URL: 'postgres://' });

  const message = expect.stringMatching(/^PGHOST and PGPORT: has 3 hosts and 2 ports/);
  expect(violations).toEqual(['PGHOST', 'PGPORT'].map((variable) => ({ variable, message })));
});

it('names DATABASE_URL, and the variable that conflicts with it', () => {
  const violations = findViolations({ PGPORT: '1,2', DATABASE_URL: 'postgres://a,b,c/d' });

  const message = expect.stringMatching(/has 3 hosts and 2 ports.* \(with PGPORT\)$/);
  expect(violations).toEqual([{ variable: 'DATABASE_URL', message }]);
});

it('names the service of a wrong value', async () => {
  await using folder = await temporaryFolder();
  const PGSERVICEFILE = join(folder.path, 'services');
  await writeFile(PGSERVICEFILE, '[mine]\nport=x\n');

  const message = expect.stringMatching(/a port from 1 to 65535 \(service "mine"\)$/);
  expect(findViolations({ PGSERVICEFILE, PGSERVICE: 'mine', DATABASE_URL: URL })).toEqual([
    { variable: 'PGSERVICE', message },
  ]);
  vi.unstubAllEnvs();
  expect(findViolations({ PGSERVICEFILE, DATABASE_URL: `${URL}?service=mine` })).toEqual([
    { variable: 'DATABASE_URL', message },
  ]);
});
