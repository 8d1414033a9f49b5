// Signals while `serve` starts. The entry imports this first: by default each of them would end the process, and as
// process 1 of a container, for which there are no defaults, SIGTERM would do nothing until it serves.

/** `serve` without listeners of its own: SIGHUP and SIGUSR2 end a process, SIGUSR1 opens Node's debugger. */
const IGNORED = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** 128 and the number of the signal, as shells report it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const exit = (signal: 'SIGINT' | 'SIGTERM') => process.exit(EXIT_CODES[signal]);

/** From here on SIGTERM and SIGINT shut the server down, so they no longer end the process at once. */
export function endBoot(): void {
  process.off('SIGTERM', exit).off('SIGINT', exit);
}

// Other commands keep the defaults: a closed terminal ends them. Without a command the program serves.
if ((process.argv[2] ?? 'serve') === 'serve') {
  for (const signal of IGNORED) process.on(signal, () => {});
  process.on('SIGTERM', exit).on('SIGINT', exit);
}
