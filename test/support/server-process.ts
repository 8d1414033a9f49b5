// The real server, in a process of its own, started as `npm start` starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT } from './project-copy.ts';

export interface ServerProcess {
  child: ChildProcess;
  /** Where it listens; only once it does. */
  url: Promise<string>;
  /** All that it printed so far, both streams. */
  output(): string;
  /** Resolves with its exit code when it has ended, or with the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts the server on a free port with these settings, and nothing of this process's own environment that could disturb it. */
export function startServerProcess(
  settings: Record<string, string>,
  options: { node?: string; cwd?: string } = {},
): ServerProcess {
  const [, ...args] = manifest.scripts.start.split(' ');
  const child = spawn(options.node ?? process.execPath, args, {
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
      // To look at a text that has grown since makes V8 copy all of it: under load, 20 times a second.
      child.stdout.off('data', look);
      settle(found);
    };
    child.stdout.on('data', look);
    ended.then((code) => fail(new Error(`The server ended with ${code}:\n${output}`)));
  });
  url.catch(() => {}); // Who only waits for the end does not want to hear that it never listened.
  return { child, url, ended, output: () => output };
}
