// Starts a server or a mock in a process of its own that reports its CPU time, and sends requests to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { PATH } from '../../support/http/http.ts';
import { ROOT } from '../../support/project-copy.ts';
import { pin } from '../support/measure.ts';

export interface Target {
  child: ChildProcess;
  url: string;
  stop(): Promise<void>;
}

/** Starts the program of a script in package.json. */
export function start(script: 'start' | 'mock', args: string[], env: Record<string, string>): Promise<Target> {
  const [, ...command] = manifest.scripts[script].split(' ');
  return startProgram([...command, ...args], env);
}

/** Starts a server that parses each body and does nothing else. */
export function startParser(): Promise<Target> {
  return startProgram(['test/bench/contenders/parse-json.ts'], {});
}

/** Starts a program that prints its URL once it listens. */
async function startProgram(command: string[], env: Record<string, string>): Promise<Target> {
  const reporter = join(ROOT, 'test/bench/support/report-cpu.cjs');
  const child = spawn(process.execPath, ['--require', reporter, ...command], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  const url = await new Promise<string>((settle, fail) => {
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const [, found] = /(http:\/\/[\d.:]+)\/api/.exec(output.slice(0, 100_000)) ?? [];
      if (found) settle(found);
    });
    child.once('close', () => fail(new Error(`${command.at(-1)} has ended:\n${output}`)));
  });
  output = '';
  child.stdout?.removeAllListeners('data').resume();
  pin(child.pid, 0);
  const stop = async () => {
    const closed = once(child, 'close');
    if (child.kill('SIGINT')) await closed;
  };
  return { child, url, stop };
}

/** Processor time that the process has used so far, all threads together. */
export async function cpuMs(child: ChildProcess): Promise<number> {
  const response = once(child, 'message');
  child.send('cpu');
  const [{ user, system }] = await response;
  return (user + system) / 1000;
}

export interface Sent {
  status: number;
  /** The text of a short response, such as an error. */
  text: string;
  bytes: number;
  tookMs: number;
}

/** The most bytes of a text that is kept. */
const SHORT = 1000;

/** Rejects when the connection is closed before the response has ended. */
export function send(url: string, agent: Agent, headers: Record<string, string>, body: Buffer | string): Promise<Sent> {
  const startedMs = performance.now();
  return new Promise((settle, fail) => {
    const request = httpRequest(
      url + PATH,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (response) => {
        let bytes = 0;
        let text = '';
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (text.length < SHORT) text += chunk.toString('utf8', 0, SHORT);
        });
        response.on('end', () =>
          settle({ status: response.statusCode ?? 0, text, bytes, tookMs: performance.now() - startedMs }),
        );
        response.on('error', fail);
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server had closed an idle connection when the request was on its way: RFC 9112, section 9.3.1.
      const isStale = request.reusedSocket && error.code === 'ECONNRESET';
      if (isStale) send(url, agent, headers, body).then(settle, fail);
      else fail(error);
    });
    request.end(body);
  });
}
