// Starts the Chromium that npm installs, for tests of CORS, CSP, layout and accessibility.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium as playwright } from 'playwright-core';
import manifest from '../../../package.json' with { type: 'json' };

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

/** Unpacks Chromium into the folder for temporary files. */
const UNPACK = "await (await import('@sparticuz/chromium')).default.executablePath()";

/**
 * The path of the Chromium that npm installs, on Linux. It is unpacked once for each version, in a folder that gets its
 * name when it is complete: a program that is still being written cannot be started (ETXTBSY), and the test files and
 * runs that begin meanwhile each unpack their own.
 */
export async function executablePath(): Promise<string> {
  const folder = join(tmpdir(), `customer-organizations-chromium-${manifest.devDependencies['@sparticuz/chromium']}`);
  if (!existsSync(folder)) {
    const unpacked = await mkdtemp(`${folder}-`);
    // Runs in a process of its own, because TMPDIR is the only setting for the folder that the package unpacks to.
    const env = { ...process.env, TMPDIR: unpacked };
    await promisify(execFile)(process.execPath, ['--eval', UNPACK], { env, cwd: import.meta.dirname });
    // Another process may have been first.
    await rename(unpacked, folder).catch(() => rm(unpacked, { recursive: true }));
  }
  return join(folder, 'chromium');
}

/** Starts Chromium, or an installed Chrome on systems that the package does not support. Throws when neither exists. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform === 'linux')
    return playwright.launch({ executablePath: await executablePath(), args: ARGUMENTS });
  return playwright.launch({ channel: 'chrome', args: ARGUMENTS });
}
