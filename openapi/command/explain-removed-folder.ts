// The current folder of a process, which another one may remove.

/** Returns what to do about an error of `process.cwd`, which relative paths need; undefined for any other error. */
export function explainRemovedFolder(error: unknown): string | undefined {
  const isCwd = error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd';
  if (!isCwd) return undefined;
  return 'The current folder was removed, and relative paths need it. Change to another folder.';
}
