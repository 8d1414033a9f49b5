// A program that `npm run dev` keeps running: its output under its name, and started anew when asked.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export interface Program {
  /** Ends it, if it runs, and starts it. Resolves when its port accepts connections or it has ended; for a program without a port, at its end. */
  restart(): Promise<Outcome>;
  stop(): Promise<void>;
}

/** `stopped`: by us, before it was known. */
export type Outcome = 'good' | 'failed' | 'stopped';

interface ProgramOptions {
  name: string;
  /** Arguments of Node. */
  args: string[];
  cwd: string;
  env?: Record<string, string>;
  port?: number;
}

export function createProgram({ name, args, cwd, env, port }: ProgramOptions): Program {
  let child: ChildProcess | undefined;

  async function stop(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // Nobody waits for what a developer's machine has open: ports must be free at once.
    child.kill('SIGKILL');
    await ended;
  }

  return {
    stop,
    async restart() {
      await stop();
      const started = spawn(process.execPath, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        createInterface(stream).on('line', (line) => console.log(`[${name}] ${line}`));
      // Its last words are printed before it is said how it ended.
      const ended = once(started, 'close').then(([code]): Outcome => {
        // A signal is ours. What should listen and has ended has failed, whatever it says.
        if (code === null) return 'stopped';
        return code === 0 && port === undefined ? 'good' : 'failed';
      });
      if (port === undefined) return ended;
      return Promise.race([ended, untilOpen(port, started).then((open) => (open ? 'good' : ended))]);
    },
  };
}

/** Tries again until somebody listens, or the program has ended. */
async function untilOpen(port: number, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(port)) return true;
    await new Promise((settle) => setTimeout(settle, 20));
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}
