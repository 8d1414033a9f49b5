// Starts the edge with a log that tests can read.
import { expect, onTestFinished, vi } from 'vitest';
import type { AppOptions } from '../../../server/edge/options.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { collectLog, type LogLine } from '../../support/log-lines.ts';
import { startEdge, type Target } from '../../support/targets.ts';

/** The URL of a target, which is closed after the test. */
export async function urlOf(starting: Promise<Target>): Promise<string> {
  const target = await starting;
  onTestFinished(() => target.close());
  return target.url;
}

/** Starts the edge with a handler that creates, and returns its URL and the lines of its log. */
export async function start(options: Partial<AppOptions> = {}) {
  const { log, lines } = collectLog();
  const createCustomerOrganization = async () => ({ status: 201, body: organizationWith() }) as const;
  return { url: await urlOf(startEdge({ createCustomerOrganization }, { log, ...options })), lines };
}

/** The log line of the only request. */
export async function onlyLine(lines: LogLine[]): Promise<LogLine> {
  await vi.waitFor(() => expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(1));
  return lines.find(({ msg }) => msg === 'request') ?? lines[0] ?? Promise.reject(new Error('There is no line.'));
}
