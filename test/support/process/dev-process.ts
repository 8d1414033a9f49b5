// `npm run dev` in a copy of the project, for its test and its benchmark.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import manifest from '../../../package.json' with { type: 'json' };
import { exchange, send } from '../http/http.ts';
import { copyProject, type ProjectCopy } from '../project-copy.ts';

export const CONTRACT = 'openapi/openapi.yaml';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberId: 'e309e948-088e-4d77-b654-cd85498f1555' };
/** The time between two requests to a program, in milliseconds. */
const POLL_MS = 10;

export class DevProcess implements AsyncDisposable {
  readonly urls: { server: string; mock: string };
  readonly #project: ProjectCopy;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #output = '';

  private constructor(project: ProjectCopy, ports: { server: number; mock: number }) {
    this.#project = project;
    this.urls = { server: `http://127.0.0.1:${ports.server}`, mock: `http://127.0.0.1:${ports.mock}` };
    const args = [
      ...manifest.scripts.dev.split(' ').slice(1),
      '--port',
      `${ports.server}`,
      '--mock-port',
      `${ports.mock}`,
    ];
    this.#child = spawn(process.execPath, args, { cwd: project.path });
    const notify = () => {
      for (const listener of this.#listeners) listener();
    };
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#output += String(chunk);
        notify();
      });
    this.#child.once('exit', notify);
  }

  /** Resolves when server and mock respond, the site is built and the types are checked. */
  static async start(): Promise<DevProcess> {
    const dev = new DevProcess(await copyProject(), { server: await freePort(), mock: await freePort() });
    await Promise.all([dev.typesChecked(0), dev.siteBuilt(0)]);
    await Promise.all([dev.responds('server'), dev.responds('mock')]);
    return dev;
  }

  /** The length of the output so far, from which `printed` can search. */
  get now(): number {
    return this.#output.length;
  }

  file(path: string): string {
    return join(this.#project.path, path);
  }

  /** Resolves with the output since `from` once it matches. */
  printed(pattern: RegExp, from: number): Promise<string> {
    return new Promise((settle, fail) => {
      const look = () => {
        const output = this.#output.slice(from);
        if (pattern.test(output)) settle(output);
        else if (this.#child.exitCode !== null) fail(new Error(`npm run dev has exited:\n${this.#output}`));
        else return;
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  siteBuilt(from: number): Promise<string> {
    return this.printed(/\[site\] Wrote /, from);
  }

  /** Resolves when the types are checked. Rejects when they have errors. */
  async typesChecked(from: number): Promise<void> {
    const output = await this.printed(/\[types\] /, from);
    if (!output.includes('[types] No errors.')) throw new Error(`The types have errors:\n${output}`);
  }

  /** Resolves when the program responds at all. */
  async responds(program: 'server' | 'mock'): Promise<void> {
    await this.#poll(() => exchange(this.urls[program], {}).then(() => true));
  }

  /** Resolves when the program rejects more members than this. */
  async enforces(program: 'server' | 'mock', limit: number): Promise<void> {
    const body = { ownerId: BODY.ownerId, memberIds: Array.from({ length: limit + 1 }, () => BODY.memberId) };
    await this.#poll(async () => {
      const { status, text } = await send(this.urls[program], { body });
      return status === 400 && text.includes(`at most ${limit} items`);
    });
  }

  /** A program that is being restarted refuses connections, and resets those it had. */
  async #poll(look: () => Promise<boolean>): Promise<void> {
    while (!(await look().catch(isConnectionError))) {
      if (this.#child.exitCode !== null) throw new Error(`npm run dev has exited:\n${this.#output}`);
      await setTimeout(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await ended;
    await this.#project[Symbol.asyncDispose]();
  }
}

/** Rethrows any other error. */
function isConnectionError(error: NodeJS.ErrnoException): false {
  if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return false;
  throw error;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('The server does not listen on a port.');
  return address.port;
}
