// The Kubernetes manifests, checked by the schemas and types that the package kubernetes-models has. They are not
// applied: that needs a cluster.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../server/config.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/targets.ts';
import { DEPLOY } from './run-tool.ts';

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
        `import type { I${manifest.kind} as Manifest${index} } from 'kubernetes-models/${manifest.apiVersion}/${manifest.kind}';\n` +
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
