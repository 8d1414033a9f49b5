// `npm run dev` in a copy of the project, for its test and its benchmark.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { copyProject } from './project-copy.ts';

export const CONTRACT = 'openapi/openapi.yaml';

export class DevProcess implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #release: () => PromiseLike<void>;
  /** Of the server and of the mock. */
  readonly urls: { server: string; mock: string };
  #output = '';
  #listeners = new Set<() => void>();

  private constructor(folder: string, ports: { server: number; mock: number }, release: () => PromiseLike<void>) {
    this.#folder = folder;
    this.#release = release;
    this.urls = { server: `http://127.0.0.1:${ports.server}`, mock: `http://127.0.0.1:${ports.mock}` };
    const [, ...args] = manifest.scripts.dev.split(' ');
    this.#child = spawn(process.execPath, [...args, '--port', `${ports.server}`, '--mock-port', `${ports.mock}`], {
      cwd: folder,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#output += String(chunk);
        for (const look of this.#listeners) look();
      });
    this.#child.once('exit', () => {
      for (const look of this.#listeners) look();
    });
  }

  /** Resolves when everything is up to date for the first time. */
  static async start(): Promise<DevProcess> {
    const project = await copyProject();
    const ports = { server: await freePort(), mock: await freePort() };
    const dev = new DevProcess(project.path, ports, () => project[Symbol.asyncDispose]());
    await Promise.all(['server', 'mock', 'types', 'site'].map((name) => dev.upToDate(name, 0)));
    return dev;
  }

  /** The end of what was printed so far: a place to look from. */
  get now(): number {
    return this.#output.length;
  }

  file(path: string): string {
    return join(this.#folder, path);
  }

  /** Resolves with what was printed since, once that matches. */
  printed(pattern: RegExp, from: number): Promise<string> {
    return new Promise((settle, fail) => {
      const look = () => {
        const said = this.#output.slice(from);
        if (pattern.test(said)) settle(said);
        else if (this.#child.exitCode !== null) fail(new Error(`It ended:\n${this.#output}`));
        else return;
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  upToDate(name: string, from: number): Promise<string> {
    return this.printed(new RegExp(`\\[dev\\] ${name}: up to date after [\\d.]+ s\\n`), from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    if (this.#child.exitCode === null) await ended;
    await this.#release();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('It listens on a port.');
  return address.port;
}
