// Preloaded into a process that was spawned with an IPC channel: ends it with its parent, however that ends.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
