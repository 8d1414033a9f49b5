// A Node program that `npm run dev` runs and restarts. Each line of its output is printed after the program's name.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';

interface Program {
  /** Kills the program if it runs, and starts it. */
  restart(): Promise<void>;
  /** Resolves when the program has ended. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** The prefix of each line of output. */
  name: string;
  /** Arguments of Node. */
  args: string[];
  cwd: string;
  /** Additional variables of the environment. */
  env?: Record<string, string>;
  /** The priority for the scheduler of the operating system, from -20 (high) to 19 (low). Default: 0. */
  priority?: number;
}

export function createProgram(options: ProgramOptions): Program {
  let running: ChildProcess | undefined;
  const stop = async () => {
    const program = running;
    running = undefined;
    if (program?.exitCode !== null || program.signalCode !== null) return;
    const ended = once(program, 'exit');
    // A graceful shutdown would keep the port for as long as a browser holds its connection.
    program.kill('SIGKILL');
    await ended;
  };
  return {
    stop,
    async restart() {
      await stop();
      running = start(options);
    },
  };
}

/** Runs a command to its end. Resolves with whether it succeeded. */
export async function runCommand(options: ProgramOptions): Promise<boolean> {
  const [code] = await once(start(options), 'close');
  return code === 0;
}

function start({ name, args, cwd, env, priority }: ProgramOptions): ChildProcess {
  const program = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (priority !== undefined && program.pid !== undefined) setPriority(program.pid, priority);
  for (const stream of [program.stdout, program.stderr])
    createInterface(stream).on('line', (line) => console.log(`[${name}] ${line}`));
  return program;
}
