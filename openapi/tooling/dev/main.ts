// `npm run dev`: server, mock, reference site and type check follow the files as they are saved.
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import manifest from '../../../package.json' with { type: 'json' };
import { createCommand } from '../../command/command.ts';
import { createBuilder } from './builder.ts';
import { coalesce } from './coalesce.ts';
import { createProgram, runCommand } from './program.ts';

const cwd = fileURLToPath(new URL('../../..', import.meta.url));
const { scripts } = manifest;

const { port, mockPort } = createCommand('dev', 'Run server and mock, and follow each save with them, site and types.')
  .option('--port <number>', 'port of the server', '3000')
  .option('--mock-port <number>', 'port of the mock', '4010')
  .parse()
  .opts<{ port: string; mockPort: string }>();

/** The arguments of Node in a command of package.json. */
const argsOf = (command: string) => command.split(' ').slice(1);
/** The build information of the type checks, so that the next one checks only what has changed. */
const cache = mkdtempSync(join(tmpdir(), 'dev-types-'));

/** The programs serve the site that the builder builds. */
const env = { REFERENCE_BUILD: 'dev' };
const server = createProgram({ name: 'server', args: argsOf(scripts.start), cwd, env: { ...env, PORT: port } });
const mock = createProgram({ name: 'mock', args: [...argsOf(scripts.mock), '--quiet', '--port', mockPort], cwd, env });
const restartServer = coalesce(server.restart);
const restartMock = coalesce(mock.restart);

// Runs at low priority, because the compiler occupies both cores for two seconds. Does not use `tsc --watch`:
// TypeScript 7.0 sees no changes in a folder below a folder of the root, such as /home/project.
const checkTypes = coalesce(async () => {
  for (const [index, command] of scripts.types.split(' && ').entries()) {
    const incremental = ['--incremental', '--tsBuildInfoFile', join(cache, `${index}.tsbuildinfo`)];
    const args = [...argsOf(command), ...incremental];
    if (!(await runCommand({ name: 'types', args, cwd, priority: constants.priority.PRIORITY_LOW }))) return;
  }
  console.log('[types] No errors.');
});

let started = false;
const builder = createBuilder(({ done, wrote }) => {
  if (done === 'generate') {
    // After the start, the watcher restarts them when generated/ changes.
    if (!started) void Promise.all([restartServer(), restartMock()]);
  } else {
    // Starts last, because programs and site would share the cores with it.
    if (wrote || !started) void checkTypes();
    started = true;
  }
});

/** The effect of a save, by the path of the file. */
const ACTIONS: [saved: RegExp, action: () => Promise<void>][] = [
  [/^openapi\/.*\.yaml$/, builder.build],
  [/^(openapi\/(model|generator|reference|breaking-changes)|server\/edge)\//, coalesce(builder.restart)],
  [/^(generated|server|openapi\/model)\//, restartServer],
  [/^(generated|server|openapi\/model|mock)\//, restartMock],
  // The builder reports when it has generated files.
  [/^(?!generated\/).*\.ts$/, checkTypes],
];

/** Ignores the drafts and backups that editors write. */
const SOURCES = /\.(ts|cjs|json|yaml|sql|css|svg|hbs)$/;

// `node --watch` is not used: on Linux (24.21) it misses all saves after one that renames a draft.
const watcher = watch(['openapi', 'generated', 'server', 'mock', 'test'], {
  cwd,
  ignoreInitial: true,
  ignored: [/\/generated\/reference/, /\/node_modules\//],
});
watcher.on('all', (_, path) => {
  if (SOURCES.test(path)) for (const [saved, action] of ACTIONS) if (saved.test(path)) void action();
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await Promise.all([watcher.close(), builder.stop(), server.stop(), mock.stop()]);
    rmSync(cache, { recursive: true });
    process.exit(0);
  });
}

await builder.restart();
