// Runs server, mock and commands of a copy of the project that gets a second and a third version.
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Contract } from '../../../../openapi/model/contract.ts';
import manifest from '../../../../package.json' with { type: 'json' };
import { selectVersions } from '../../../conformance/options/api-versions.ts';
import { runSuite } from '../../../conformance/run/suite.ts';
import { SUBJECT } from '../../../conformance/tests/support/subject.ts';
import { FIRST, VersionGuide } from '../../../support/contract/version-guide.ts';
import { spawnMock } from '../../../support/process/mock-process.ts';
import { startServerProcess } from '../../../support/process/server-process.ts';
import { copyProject, type ProjectCopy, type Ran } from '../../../support/project-copy.ts';
import { CLIENTS } from './client-programs.ts';
import { CORPUS, compareCorpus } from './corpus-program.ts';
import { EARLY, MISPLACED, PREFERRED, record, recordQueued, requestsOf, useClient } from './first-requests.ts';
import { compareMocks, MOCKS } from './mock-program.ts';

const named = { 'sequence-version': FIRST };

export class VersionedProject {
  readonly project: ProjectCopy;
  readonly guide: VersionGuide;
  /** The credentials of a key that was pinned when the first version was the only one. */
  #pinned = '';

  private constructor(project: ProjectCopy) {
    this.project = project;
    this.guide = new VersionGuide(project);
  }

  /** A copy with the first version, and a key that is pinned to it. */
  static async create(): Promise<VersionedProject> {
    const copy = new VersionedProject(await copyProject({ withTests: true }));
    const include = ['openapi', 'generated', 'server', 'mock'];
    await copy.write('tsconfig.sources.json', JSON.stringify({ extends: './tsconfig.json', include }));
    const server = await copy.startServer();
    copy.#pinned = await copy.#createKey();
    await server.close();
    return copy;
  }

  /** The responses to clients of the first version, by kind of client. Each run needs a unique name. */
  async recordFirst(run: string) {
    const [server, mock] = await Promise.all([this.startServer(), spawnMock(this.project.path)]);
    try {
      return {
        'raw HTTP to the server': await record(server.url, { ...requestsOf(`${run}-1`), ...EARLY }, named),
        'a pinned key': await record(
          server.url,
          { ...requestsOf(`${run}-2`), ...MISPLACED },
          { authorization: this.#pinned },
        ),
        'raw HTTP to the mock': await record(mock.url, { ...requestsOf(`${run}-3`), ...EARLY, ...PREFERRED }, named),
        'a queued response of the mock': await recordQueued(mock.url, named),
        'the typed client': await record(server.url, {}, {}).then(() => useClient(server.url)),
      };
    } finally {
      await Promise.all([server.close(), mock.close()]);
    }
  }

  /** The credentials of a new key, which is pinned by default. */
  async #createKey(): Promise<string> {
    const [, ...command] = manifest.scripts.server.split(' ');
    const args = [...command, 'keys', 'create', '--account', 'Demo', '--json'];
    const env = { ...process.env, DATABASE_PATH: this.#database };
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: this.project.path, env });
    const { clientId, clientSecret } = JSON.parse(stdout);
    return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }

  get #database(): string {
    return join(this.project.path, 'data.db');
  }

  /** The copy's server, on its database. */
  async startServer(): Promise<{ url: string; close(): Promise<void> }> {
    const settings = { DATABASE_PATH: this.#database, RATE_LIMIT_PER_MINUTE: '0', FAILED_LOGINS_PER_MINUTE: '0' };
    const server = startServerProcess(settings, { cwd: this.project.path });
    return {
      url: await server.url,
      close: async () => {
        server.child.kill('SIGKILL');
        await server.ended;
      },
    };
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.project.path, name), text);
  }

  /** Checks the types of the sources, or else of the tests as well. */
  checkTypes({ withTests = false } = {}): Promise<Ran> {
    const configuration = withTests ? 'tsconfig.json' : 'tsconfig.sources.json';
    return this.project.node('node_modules/typescript-7/bin/tsc', '--project', configuration);
  }

  generate(): Promise<Ran> {
    return this.project.node('openapi/generator/generate.ts');
  }

  release(): Promise<Ran> {
    return this.project.node('openapi/tooling/release.ts', '--write');
  }

  /** The violations of the conformance suite in each live version, by version. */
  async testConformance(url: string, mock: boolean): Promise<Record<string, unknown[]>> {
    const read = async (name: string): Promise<Contract> =>
      JSON.parse(await readFile(join(this.project.path, `generated/${name}openapi.json`), 'utf8'));
    const newest = await read('');
    const live = newest.components.schemas.ApiVersion?.enum?.map(String) ?? [];
    const older = live.slice(0, -1).map(async (version) => ({ version, contract: await read(`versions/${version}/`) }));
    const violations: Record<string, unknown[]> = {};
    for (const { name = '', contract } of selectVersions(newest, await Promise.all(older))) {
      const subject = { ...SUBJECT, url: `${url}/api`, apiVersion: name, ...(mock && { mock }) };
      const outcomes = await runSuite({ contract, subject, seed: 1, combinations: 20 });
      expect(outcomes.length).toBeGreaterThan(100);
      violations[name] = outcomes.flatMap((each) =>
        each.violations.map(({ message }) => `${each.case.name}: ${message}`),
      );
    }
    return violations;
  }

  /** The differences that the parity corpus finds, by version. */
  async runCorpus(): Promise<Record<string, { differences: object[]; statuses: Record<number, number> }>> {
    await this.write(CORPUS, compareCorpus);
    const compared = await this.project.node('--require', './server/require-node.cjs', CORPUS);
    await rm(join(this.project.path, CORPUS));
    expect(compared.code, compared.stderr).toBe(0);
    return JSON.parse(compared.stdout);
  }

  /** The differences between the mock server and the browser mock in these versions. */
  async runMocks(...versions: string[]) {
    await this.write(MOCKS, compareMocks);
    const compared = await this.project.node(MOCKS, ...versions);
    await rm(join(this.project.path, MOCKS));
    expect(compared.code, compared.stderr).toBe(0);
    return JSON.parse(compared.stdout);
  }

  /** Compiles a program with clients, and runs it against a server. */
  async runClients(url: string, program: string) {
    await this.write(CLIENTS, program);
    const compiled = await this.checkTypes();
    const ran = await this.project.node(CLIENTS, url);
    await rm(join(this.project.path, CLIENTS));
    return { compiled, ran };
  }
}
