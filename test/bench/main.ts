// `npm run bench -- NAME`: runs a benchmark. Each is a file in this folder that exports `run`.

const BENCHMARKS: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  speed: () => import('./speed.ts'),
  postgres: () => import('./postgres.ts'),
  mock: () => import('./mock.ts'),
  growth: () => import('./growth.ts'),
  import: () => import('./import.ts'),
  start: () => import('./start.ts'),
  memory: () => import('./memory.ts'),
  dev: () => import('./dev.ts'),
  hostile: () => import('./hostile.ts'),
  operations: () => import('./operations.ts'),
};

const [name = Object.keys(BENCHMARKS)[0] ?? ''] = process.argv.slice(2);
const load = BENCHMARKS[name];
if (!load) {
  console.error(`Unknown benchmark ${JSON.stringify(name)}. Available: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
await (await load()).run();
