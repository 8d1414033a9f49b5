// `npm run bench -- NAME`: runs a benchmark. Each is a file below this folder that exports `run`.
import { Argument } from 'commander';
import { createCommand } from '../../openapi/command/command.ts';

const BENCHMARKS: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  speed: () => import('./speed.ts'),
  postgres: () => import('./postgres.ts'),
  mock: () => import('./mock.ts'),
  growth: () => import('./growth.ts'),
  import: () => import('./import.ts'),
  start: () => import('./start.ts'),
  memory: () => import('./hostile/memory.ts'),
  dev: () => import('./dev.ts'),
  hostile: () => import('./hostile/hostile.ts'),
  decompression: () => import('./decompression.ts'),
  slots: () => import('./slots.ts'),
  operations: () => import('./operations.ts'),
  versions: () => import('./versions.ts'),
};

const names = Object.keys(BENCHMARKS);
const command = createCommand('bench', 'Run a benchmark. test/bench/README.md says what each measures.')
  .addArgument(new Argument('[name]', 'the benchmark').choices(names).default(names[0]))
  .argument('[values...]', 'what it is to measure, such as a number of connections')
  .option('--quick', 'speed: fewer rounds', false)
  .option('--mock', 'memory: of the mock', false)
  .option('--package', "memory: with V8's own defaults", false)
  .parse();
await (await BENCHMARKS[String(command.args[0] ?? names[0])]?.())?.run();
