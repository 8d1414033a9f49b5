// Preloaded into a process that a benchmark has spawned: responds to each message with the processor time that the
// process has used, and ends with the benchmark, however that ends.
require('../../support/process/end-with-parent.cjs');

process.on('message', () => process.send(process.cpuUsage()));
process.channel?.unref();
