// Follows the guide to add a version, in openapi/README.md, in a copy of the project, and adds a third version.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readExample } from '../code-blocks.ts';
import type { ProjectCopy } from '../project-copy.ts';

export const FIRST = '2024-07-30';
export const SECOND = '2025-06-01';
export const THIRD = '2026-01-02';

const GUIDE = 'openapi/README.md';
/** The text of all paths of the contract. */
const PATHS = /\npaths:\n(?: .*\n|\n)*/;

const MODULE = `import { defineVersion } from './define-version.ts';

export const v20260102 = defineVersion('2026-01-02', {
  createCustomerOrganization: {
    upgradeRequest: ({ body: { ownerId, ...body }, ...request }) => ({
      ...request,
      body: { ...body, parentId: ownerId },
    }),
    pointers: { body: { '/parentId': '/ownerId' } },
  },
});
`;

/** Each method is a step. `npm run generate` comes after a change of the contract. */
export class VersionGuide {
  readonly #project: ProjectCopy;

  constructor(project: ProjectCopy) {
    this.#project = project;
  }

  /** Adds the operations of the section "Add an operation", with their handlers. */
  async addOperations(): Promise<void> {
    const operations = await readExample(GUIDE, 'yaml', 'operationId: listCustomers');
    await this.#project.edit('openapi/openapi.yaml', PATHS, (found) => found + operations);
    const handlers = await readExample(GUIDE, 'ts', 'async listCustomers');
    await this.#project.edit('server/api/handlers.ts', '  return {\n    async createCustomerOrganization', (found) =>
      found.replace('  return {\n', `  return {\n${handlers}`),
    );
  }

  async changeContract(): Promise<void> {
    await this.#run(await readExample(GUIDE, 'sh', 'openapi/openapi.yaml'));
  }

  async changeHandlers(): Promise<void> {
    await this.#run(await readExample(GUIDE, 'sh', 'customerIds: memberIds'));
  }

  async addConversions(): Promise<void> {
    await this.#write(`server/versions/${SECOND}.ts`, await readExample(GUIDE, 'ts', 'export const v20250601'));
  }

  async listConversions(): Promise<void> {
    await this.#write('server/versions/index.ts', await readExample(GUIDE, 'ts', 'versionChanges'));
  }

  /** Adds the third version, whose owner is the parent in requests, too. The second must have been released. */
  async changeContractAgain(): Promise<void> {
    await this.#run(`sed -i -E -e 's/^  version: "2025-06-01"$/  version: "2026-01-02"/' \\
      -e 's/, "2025-06-01"\\]/, "2025-06-01", "2026-01-02"]/' -e 's/ownerId/parentId/g' openapi/openapi.yaml`);
  }

  /** Adds the handlers and conversions of the third version. */
  async convertAgain(): Promise<void> {
    await this.#run(`sed -i 's/const { ownerId, customerIds/const { parentId: ownerId, customerIds/' \\
        server/api/handlers.ts mock/core/default-responses.ts
      sed -i "s#'/ownerId'#'/parentId'#" server/api/unknown-customers.ts
      sed -i -e "s#^import { v2025.*#&\\nimport { v20260102 } from './2026-01-02.ts';#" \\
        -e 's/\\[v20250601\\]/[v20250601, v20260102]/' server/versions/index.ts`);
    await this.#write(`server/versions/${THIRD}.ts`, MODULE);
  }

  async #run(script: string): Promise<void> {
    await promisify(execFile)('bash', ['-ec', script], { cwd: this.#project.path });
  }

  async #write(name: string, text: string): Promise<void> {
    await writeFile(join(this.#project.path, name), text);
  }
}
