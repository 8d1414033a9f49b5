// `npm run fuzz` with a limit that it reaches before all targets got a request.
import { expect, it } from 'vitest';
import { fuzz } from '../../fuzz/tests/run-fuzz.ts';

it('ends with exit code 2 when a target got no request before the limit', async () => {
  const { code, stdout, stderr } = await fuzz('--requests', '1', '--seed', '7');

  expect(stdout).toContain('mock: 0 requests on 0 connections');
  expect(stderr).toContain('Not run: the limit was reached before the mock got a request. Raise it.\n');
  expect(code).toBe(2);
});

it('ends with exit code 0 when one target was named and got the request', async () => {
  const { code, stdout } = await fuzz('--requests', '1', '--seed', '7', '--target', 'mock');

  expect(stdout).toMatch(/^mock: [1-9]\d* requests/);
  expect(code).toBe(0);
});
