// The compose file, checked by docker-compose, and the Kubernetes manifests, checked by the schemas and types of the
// package kubernetes-models. They are not run, which would need a Docker daemon or a cluster.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../server/config.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { DEPLOY, runTool } from './run-tool.ts';

const run = promisify(execFile);

interface Manifest {
  apiVersion: string;
  kind: string;
  data?: Record<string, string>;
}

async function readManifests(): Promise<Manifest[]> {
  const documents = parseAllDocuments(await readFile(join(DEPLOY, 'kubernetes.yaml'), 'utf8'));
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  return documents.map((document) => document.toJS());
}

/** A copy beside the folder of `npm run pack`, because docker-compose checks that it exists. */
async function copyCompose(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, 'server/deploy/compose.yaml');
  await mkdir(join(folder.path, 'dist/packages'), { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  await copyFile(join(DEPLOY, 'compose.yaml'), path);
  return path;
}

describe('compose.yaml', () => {
  it('is accepted by docker-compose', async () => {
    const ran = await runTool('docker-compose', ['--file', await copyCompose(), 'config', '--quiet'], {
      env: { POSTGRES_PASSWORD: 'secret' },
    });

    expect(ran.code, ran.stderr).toBe(0);
  });

  it('is rejected without the password', async () => {
    const ran = await runTool('docker-compose', ['--file', await copyCompose(), 'config', '--quiet']);

    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('Set POSTGRES_PASSWORD');
  });

  it('has settings that the server accepts', async () => {
    const { services } = parse(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true });
    const { environment } = services['server-1'];
    const settings = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));

    expect(readConfig({ ...settings, PGPASSWORD: 'a/b@c' })).toMatchObject({ production: true, metricsPort: 9464 });
  });
});

describe('kubernetes.yaml', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFile(join(folder.path, 'package.json'), '{"private": true, "type": "module"}');
    await run('npm', ['install', '--no-audit', '--no-fund', 'kubernetes-models@5.1.0'], { cwd: folder.path });
  }, 120_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it('matches the schemas', async () => {
    const file = join(folder.path, 'validate.mjs');
    await writeFile(
      file,
      `for (const manifest of ${JSON.stringify(await readManifests())}) {
        const models = await import('kubernetes-models/' + manifest.apiVersion);
        try { new models[manifest.kind](manifest).validate(); }
        catch (error) { console.log(manifest.kind, error.message); }
      }`,
    );

    expect((await run(process.execPath, [file])).stdout).toBe('');
  });

  it('has no property that Kubernetes does not know', async () => {
    const code = (await readManifests()).map(
      (manifest, index) =>
        `import type { I${manifest.kind} as Manifest${index} } ` +
        `from 'kubernetes-models/${manifest.apiVersion}/${manifest.kind}';\n` +
        `export const manifest${index}: Manifest${index} = ${JSON.stringify(manifest)};\n`,
    );
    await writeFile(join(folder.path, 'manifests.ts'), code.join(''));
    const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];

    const ran = await run(process.execPath, [tsc, ...options, 'manifests.ts'], { cwd: folder.path }).catch(
      (error: { stdout: string }) => error,
    );

    expect(ran.stdout).toBe('');
  });

  it('has settings that the server accepts', async () => {
    const settings = (await readManifests()).find(({ kind }) => kind === 'ConfigMap')?.data;

    expect(readConfig({ ...settings, DATABASE_URL: 'postgres://database.example/app' })).toMatchObject({
      production: true,
      metricsPort: 9464,
    });
  });
});
