// A real Chromium that npm brings, for tests that need what only a browser does: CORS, CSP, layout, accessibility.
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Only the executable is taken from the package: its own arguments switch web security off, which would make a CORS or CSP test mean nothing. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium; on systems that the package does not serve, an installed Chrome. Throws when there is neither. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === 'linux')
    return playwright.launch({ executablePath: await chromium.executablePath(), args: ARGUMENTS });
  return playwright.launch({ channel: 'chrome', args: ARGUMENTS });
}
