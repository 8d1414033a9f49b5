// Starts the Chromium that npm installs, for tests of CORS, CSP, layout and accessibility.
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Replaces the package's own arguments, which disable web security and would make CORS and CSP tests meaningless. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the Chromium that npm installs, on Linux. */
export function executablePath(): Promise<string> {
  return chromium.executablePath();
}

/** Starts Chromium, or an installed Chrome on systems that the package does not support. Throws when neither exists. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === 'linux')
    return playwright.launch({ executablePath: await executablePath(), args: ARGUMENTS });
  return playwright.launch({ channel: 'chrome', args: ARGUMENTS });
}
