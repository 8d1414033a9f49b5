// A server on PostgreSQL that refuses to start.
import { commandIn } from '../../support/process/command.ts';

/** Runs a server in this process until it ends by itself. */
export async function runServer(url: string, timeoutMs = 0): Promise<{ exitCode: unknown; output: string }> {
  const settings = { DATABASE_URL: url, DATABASE_START_TIMEOUT_MS: String(timeoutMs), PORT: '0', LOG_LEVEL: 'error' };
  const { code, stdout, stderr } = await commandIn(settings, 'serve');
  return { exitCode: code, output: `${stdout}${stderr}` };
}
