// Preloaded into a process that a benchmark has spawned: responds to each message with the processor time that the
// process has used.
process.on('message', () => process.send(process.cpuUsage()));
process.channel?.unref();
