// Starts the server as a process, like `npm start`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import manifest from '../../../package.json' with { type: 'json' };
import { ROOT } from '../project-copy.ts';

export interface ServerProcess {
  child: ChildProcess;
  /** Resolves with the URL when the server listens. */
  url: Promise<string>;
  /** The output so far, of both streams. */
  output(): string;
  /** Resolves with the exit code, or the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts the server on a free port with these settings only, isolated from this process's environment. */
export function startServerProcess(
  settings: Record<string, string>,
  options: {
    node?: string;
    cwd?: string;
    /** The limit of open files. */
    openFiles?: number;
  } = {},
): ServerProcess {
  const [, ...args] = manifest.scripts.start.split(' ');
  const node = options.node ?? process.execPath;
  const limited = ['sh', '-c', `ulimit -n ${options.openFiles}; exec "$0" "$@"`, node, ...args];
  const [program = '', ...rest] = options.openFiles === undefined ? [node, ...args] : limited;
  const child = spawn(program, rest, {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', ...settings },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const url = new Promise<string>((settle, fail) => {
    const look = () => {
      const [, found] = /"url":"(http:[^"]+?)\/api"/.exec(output) ?? [];
      if (!found) return;
      // Searching the growing output makes V8 copy all of it, under load 20 times per second.
      child.stdout.off('data', look);
      settle(found);
    };
    child.stdout.on('data', look);
    ended.then((code) => fail(new Error(`The server exited with ${code}:\n${output}`)));
  });
  url.catch(() => {}); // Callers may wait for `ended` only.
  return { child, url, ended, output: () => output };
}
