// `npm run bench` and `npm run bench -- NAME`: each benchmark is a file of this folder that exports `run`.

const BENCHMARKS: Record<string, () => Promise<{ run(): Promise<void> }>> = {
  speed: () => import('./speed.ts'),
  postgres: () => import('./postgres.ts'),
  mock: () => import('./mock.ts'),
  growth: () => import('./growth.ts'),
  import: () => import('./import.ts'),
  start: () => import('./start.ts'),
  dev: () => import('./dev.ts'),
};

const [name = Object.keys(BENCHMARKS)[0] ?? ''] = process.argv.slice(2);
const load = BENCHMARKS[name];
if (!load) {
  console.error(`There is no benchmark ${JSON.stringify(name)}. There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
await (await load()).run();
