// The breaking-change gate: clients of the last release are not broken unless a new version says so.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  explainUnannounced,
  explainUnrecorded,
  findChanges,
  findUnannounced,
  findUnrecorded,
} from '../../openapi/tooling/breaking-changes.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/targets.ts';

const CURRENT = join(ROOT, 'openapi/openapi.yaml');
const RELEASED = join(ROOT, 'openapi/released.yaml');

/** The released contract with these texts replaced. */
async function withChanges(changes: typeof BREAKING): Promise<AsyncDisposable & { path: string }> {
  const folder = await temporaryFolder();
  let text = await readFile(RELEASED, 'utf8');
  for (const [search, replacement] of changes) {
    const changed = text.replace(search, replacement);
    expect(changed).not.toBe(text);
    text = changed;
  }
  const path = join(folder.path, 'openapi.yaml');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

async function findBetween(revision: string): Promise<Change[]> {
  return findUnannounced(await findChanges(RELEASED, revision), RELEASED, revision);
}

describe('the contract', () => {
  it('breaks no client of the last release', async () => {
    const unannounced = await findBetween(CURRENT);

    expect(unannounced, explainUnannounced(unannounced)).toEqual([]);
  });

  it('changes no constraint of the last release without a record', async () => {
    const unrecorded = findUnrecorded(await findChanges(RELEASED, CURRENT));

    expect(unrecorded, explainUnrecorded(unrecorded)).toEqual([]);
  });
});

/** What is changed, into what, and what the gate has to say of it. */
const BREAKING: [search: string | RegExp, replacement: string, why: string][] = [
  ['maxItems: 10000', 'maxItems: 9999', '`maxItems` of `memberIds`'],
  ['required: [id, owner, members]', 'required: [id, owner]', 'no longer required: `members`'],
  [/ *"409":\n.*\n/, '', 'Response `409` was removed'],
  ['enum: [Unauthorized]', 'enum: [Unauthorized, Expired]', "'Expired'"],
  [/(Challenge:[\s\S]*?)required: true/, '$1required: false', 'WWW-Authenticate is no longer sent always'],
  [/^security:\n.*\n/m, '', 'The credentials that a request needs have changed'],
  ['enum: [NotFound]', 'enum: [NotFound, Gone]', "'Gone'"],
];

describe('the gate', { timeout: 60_000 }, () => {
  it('refuses everything that breaks clients, and says why', async () => {
    await using revision = await withChanges(BREAKING);

    const explained = explainUnannounced(await findBetween(revision.path));

    for (const [, , why] of BREAKING) expect(explained).toContain(why);
    expect(explained).toMatch(/line \d+/);
  });

  it('lets the same pass with a new version', async () => {
    await using revision = await withChanges([
      ...BREAKING,
      ['enum: ["2024-07-30"]', 'enum: ["2024-07-30", "2027-01-31"]', ''],
    ]);

    expect(await findBetween(revision.path)).toEqual([]);
  });

  it('lets documentation and additions pass', async () => {
    await using revision = await withChanges([
      ['Say which customers belong together.', 'Say who belongs to whom.', ''],
      ['        ownerId:\n', '        label:\n          type: string\n        ownerId:\n', ''],
    ]);

    const changes = await findChanges(RELEASED, revision.path);

    expect(await findUnannounced(changes, RELEASED, revision.path)).toEqual([]);
    expect(findUnrecorded(changes)).toEqual([]);
  });

  it('asks for a record of a constraint that is loosened, and lets it pass otherwise', async () => {
    await using revision = await withChanges([
      ['maxItems: 10000', 'maxItems: 20000', ''],
      ['additionalProperties: false\n', '\n', ''],
    ]);

    const changes = await findChanges(RELEASED, revision.path);

    expect(await findUnannounced(changes, RELEASED, revision.path)).toEqual([]);
    expect(explainUnrecorded(findUnrecorded(changes))).toMatch(
      /maxItems[\s\S]*additionalProperties|additionalProperties[\s\S]*maxItems/,
    );
  });
});
