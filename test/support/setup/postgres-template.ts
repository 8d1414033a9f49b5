// The data folder of a new PostgreSQL server, which the first test that needs one leaves for the others of the run.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variable with the path of the folder. */
export const TEMPLATE_VARIABLE = 'TEST_POSTGRES_TEMPLATE';

/** Vitest calls it once before all tests, and the function that it returns after them. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'customer-organizations-template-'));
  process.env[TEMPLATE_VARIABLE] = join(folder, 'cluster');
  return () => rm(folder, { recursive: true, force: true });
}
