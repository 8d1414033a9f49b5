// The breaking-change gate: changes that break clients of the last release need a new version.
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
const RELEASED = join(ROOT, 'openapi/versions/2024-07-30.yaml');

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

async function findUnannouncedSince(revision: string): Promise<Change[]> {
  return findUnannounced(await findChanges(RELEASED, revision), RELEASED, revision);
}

describe('openapi.yaml', () => {
  it('does not break clients of the last release', async () => {
    const unannounced = await findUnannouncedSince(CURRENT);

    expect(unannounced, explainUnannounced(unannounced)).toEqual([]);
  });

  it('records every changed constraint since the last release', async () => {
    const unrecorded = findUnrecorded(await findChanges(RELEASED, CURRENT));

    expect(unrecorded, explainUnrecorded(unrecorded)).toEqual([]);
  });
});

/** Breaking changes, with the expected message of the gate. */
const BREAKING: [search: string | RegExp, replacement: string, message: string][] = [
  ['maxItems: 10000', 'maxItems: 9999', '`maxItems` of `memberIds`'],
  ['required: [id, owner, members]', 'required: [id, owner]', 'no longer required: `members`'],
  [/ *"409":\n.*\n/, '', 'Response `409` was removed'],
  ['enum: [Unauthorized]', 'enum: [Unauthorized, Expired]', "'Expired'"],
  [/(Challenge:[\s\S]*?)required: true/, '$1required: false', 'WWW-Authenticate is no longer sent always'],
  [/^security:\n.*\n/m, '', 'The credentials that a request needs have changed'],
  ['enum: [NotFound]', 'enum: [NotFound, Gone]', "'Gone'"],
];

describe('findUnannounced and findUnrecorded', { timeout: 60_000 }, () => {
  it('report each breaking change with a message and a line', async () => {
    await using revision = await withChanges(BREAKING);

    const explained = explainUnannounced(await findUnannouncedSince(revision.path));

    for (const [, , message] of BREAKING) expect(explained).toContain(message);
    expect(explained).toMatch(/line \d+/);
  });

  it('accept breaking changes with a new version', async () => {
    await using revision = await withChanges([
      ...BREAKING,
      ['enum: ["2024-07-30"]', 'enum: ["2024-07-30", "2027-01-31"]', ''],
    ]);

    expect(await findUnannouncedSince(revision.path)).toEqual([]);
  });

  it('accept documentation changes and additions', async () => {
    await using revision = await withChanges([
      ['Say which customers belong together.', 'Say who belongs to whom.', ''],
      ['        ownerId:\n', '        label:\n          type: string\n        ownerId:\n', ''],
    ]);

    const changes = await findChanges(RELEASED, revision.path);

    expect(await findUnannounced(changes, RELEASED, revision.path)).toEqual([]);
    expect(findUnrecorded(changes)).toEqual([]);
  });

  it('require a record for a loosened constraint, but no new version', async () => {
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
