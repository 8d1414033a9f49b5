// Handles signals while `serve` starts. The entry imports this first: by default each signal would end the process, and
// for process 1 of a container, which has no default handlers, SIGTERM would do nothing until the server runs.

/** Signals to ignore: by default, SIGHUP and SIGUSR2 end a process, and SIGUSR1 opens Node's debugger. */
const IGNORED = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** 128 plus the signal number, as shells report it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const exit = (signal: 'SIGINT' | 'SIGTERM') => process.exit(EXIT_CODES[signal]);

/** Removes the boot handlers of SIGTERM and SIGINT, which shut the server down gracefully from now on. */
export function endBoot(): void {
  process.off('SIGTERM', exit).off('SIGINT', exit);
}

// Other commands keep the defaults, so that a closed terminal ends them. The default command is `serve`.
if ((process.argv[2] ?? 'serve') === 'serve') {
  for (const signal of IGNORED) process.on(signal, () => {});
  process.on('SIGTERM', exit).on('SIGINT', exit);
}
