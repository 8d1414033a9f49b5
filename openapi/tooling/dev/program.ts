// A program that `npm run dev` keeps running: its output under its name, and started anew when asked.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';

export interface Program {
  /** Ends it, if it runs, and starts it. Resolves when its port accepts connections or it has ended; for a program without a port, at its end. */
  restart(): Promise<Outcome>;
  /** Starts the next one, as far as loading its packages: what is saved does not change them. */
  prepare(): void;
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
  /** What it loads first, and `prepare` ahead of its start. */
  packages?: readonly string[];
}

/** Niceness: 0 is what a process has, 19 gives way to all others. */
const GIVES_WAY = 10;

const WAIT = new URL('wait-warm.ts', import.meta.url).href;

export function createProgram({ name, args, cwd, env, port, packages }: ProgramOptions): Program {
  let child: ChildProcess | undefined;
  let next: ChildProcess | undefined;

  async function end(program: ChildProcess | undefined): Promise<void> {
    if (!program || isOver(program)) return;
    const ended = once(program, 'exit');
    // Nobody waits for what a developer's machine has open: ports must be free at once.
    program.kill('SIGKILL');
    await ended;
  }

  /** With packages, it loads them and waits for a word before it goes on. */
  function start(): ChildProcess {
    const started = spawn(process.execPath, [...(packages ? ['--import', WAIT] : []), ...args], {
      cwd,
      env: { ...process.env, ...env, ...(packages && { DEV_PACKAGES: packages.join(' ') }) },
      stdio: ['ignore', 'pipe', 'pipe', ...(packages ? ['ipc' as const] : [])],
    });
    // The check of the types takes longest, so what stays afterwards gives way to it.
    if (port !== undefined && started.pid !== undefined) setPriority(started.pid, GIVES_WAY);
    for (const stream of [started.stdout, started.stderr])
      if (stream) createInterface(stream).on('line', (line) => console.log(`[${name}] ${line}`));
    return started;
  }

  return {
    stop: async () => {
      await Promise.all([end(child), end(next)]);
    },
    prepare() {
      if (packages && (!next || isOver(next))) next = start();
    },
    async restart() {
      await end(child);
      const started = next?.connected ? next : start();
      next = undefined;
      child = started;
      if (started.connected) started.send('go');
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

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Tries again until somebody listens, or the program has ended. */
async function untilOpen(port: number, child: ChildProcess): Promise<boolean> {
  while (!isOver(child)) {
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
