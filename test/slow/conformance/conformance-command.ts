// The conformance command in this process, and the servers that its tests run it against.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { type Environment, run } from '../../conformance/command/program.ts';
import { type Rewrite, startRewritingProxy } from '../../conformance/defects/rewriting-proxy.ts';
import { DEFECTS } from '../../conformance/defects.ts';
import type { Ran } from '../../support/project-copy.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';

/** Runs the command in this process. */
export const runCommand = (...args: string[]) => runCommandIn({}, ...args);

export async function runCommandIn(environment: Environment, ...args: string[]): Promise<Ran> {
  const text = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _, done) {
        text[name] += String(chunk);
        done();
      },
    });
  const code = await run(
    { contract, older: [] },
    args,
    { stdout: collect('stdout'), stderr: collect('stderr') },
    environment,
  );
  return { code, ...text };
}

/** A 429 that lacks only Retry-After. */
export const RATE_LIMITED = {
  headers: {
    'content-type': 'application/json',
    'sequence-version': '2024-07-30',
    'x-request-id': '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52',
  },
  body: JSON.stringify({ error: { type: 'RateLimited', message: 'Too many requests.' } }),
};

export const FAST = ['--rate', '100000', '--requests', '20', '--seed', '5'];

/** Starts a server that does not implement the contract. */
export async function startOtherServer(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    listener(request, response);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return `http://127.0.0.1:${port}`;
}

/** Starts a conforming server for all tests of a file, and defective ones in front of it. */
export function shareReference() {
  let reference: Target;
  beforeAll(async () => {
    reference = await startMemoryServer();
  });
  afterAll(() => reference.close());

  /** Starts an implementation with a defect of `defects.ts`. */
  async function startDefective(name: string): Promise<string> {
    const defect = DEFECTS.find((each) => each.name === name);
    if (!defect) throw new Error(`No implementation ${name}.`);
    return startRewriting(defect);
  }

  async function startRewriting(rewrite: Rewrite): Promise<string> {
    const target = await startRewritingProxy(reference.url, rewrite);
    onTestFinished(() => target.close());
    return target.url;
  }

  return {
    get url() {
      return reference.url;
    },
    startDefective,
    startRewriting,
  };
}
