// `npm run dev`, in a copy of the project: what happens when files are saved.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContract } from '../../openapi/model/read-contract.ts';
import { CONTRACT, DevProcess } from '../support/dev-process.ts';
import { exchange, send } from '../support/http.ts';
import { copyProject } from '../support/project-copy.ts';

describe('npm run dev', () => {
  let dev: DevProcess;
  let contract: string;

  const save = (text: string) => writeFile(dev.file(CONTRACT), text);
  const generated = () => readFile(dev.file('generated/openapi.json'), 'utf8');
  const withLimit = (limit: number) => contract.replaceAll('maxItems: 10000\n', `maxItems: ${limit}\n`);
  /** Resolves when a server with this limit answers. */
  async function untilLimit(limit: number, from: number): Promise<string> {
    const memberIds = Array.from({ length: limit + 1 }, () => 'e309e948-088e-4d77-b654-cd85498f1555');
    for (let place = from; ; ) {
      await dev.printed(/\[dev\] server: up to date/, place);
      place = dev.now;
      const body = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds };
      // It may be ended for the next one at this moment.
      const answer = await send(dev.urls.server, { body }).catch(() => undefined);
      if (answer?.status === 400 && answer.text.includes(`at most ${limit} items`)) return answer.text;
    }
  }

  beforeAll(async () => {
    dev = await DevProcess.start();
    contract = await readFile(dev.file(CONTRACT), 'utf8');
  }, 90_000);
  afterAll(() => dev?.[Symbol.asyncDispose]());

  it('brings generated/, server, mock, types and site up to date when the contract is saved', async () => {
    const from = dev.now;

    await save(withLimit(2));
    const said = await Promise.all(['server', 'mock', 'types', 'site'].map((name) => dev.upToDate(name, from)));

    await untilLimit(2, from);
    expect(said.join()).not.toContain('failed');
    expect(await generated()).toContain('"maxItems": 2,');
    const site = await exchange(dev.urls.server, { method: 'GET', path: '/openapi.json' });
    expect(site.text).toContain('"maxItems": 2,');
  }, 60_000);

  it.each([
    [
      'that is no YAML',
      (text: string) => text.replace('operationId:', '\toperationId:'),
      /openapi\/openapi\.yaml:\d+:\d+ bad indentation/,
    ],
    [
      'in a reference',
      (text: string) => text.replace('schemas/CustomerOrganization"', 'schemas/Nothing"'),
      /openapi\/openapi\.yaml:\d+:\d+ Can't resolve \$ref/,
    ],
    [
      'in a name',
      (text: string) => text.replace('operationId:', 'operationID:'),
      /openapi\/openapi\.yaml:\d+:\d+ Property `operationID` is not expected here/,
    ],
  ])(
    'tells line and column of a mistake %s, and keeps the last good one running',
    async (_, spoil, words) => {
      const from = dev.now;
      const before = await generated();

      await save(spoil(contract));
      const said = await dev.printed(/The last good one keeps running/, from);

      expect(said).toMatch(words);
      expect(await generated()).toBe(before);
      expect((await send(dev.urls.server, { path: '/api/nothing' })).status).toBe(404);
    },
    60_000,
  );

  it('starts the server anew when its code is saved', async () => {
    const from = dev.now;
    const file = dev.file('server/edge/errors.ts');

    await writeFile(file, `${await readFile(file, 'utf8')}\n`);

    expect(await dev.printed(/\[dev\] server: up to date/, from)).not.toContain('site');
  }, 60_000);

  it.each([
    [
      'by a draft that is renamed, as editors do',
      async (text: string) => {
        await writeFile(dev.file('openapi/draft'), text);
        await rename(dev.file('openapi/draft'), dev.file(CONTRACT));
      },
      3,
    ],
    [
      'by such a draft once more',
      async (text: string) => {
        await writeFile(dev.file('openapi/draft'), text);
        await rename(dev.file('openapi/draft'), dev.file(CONTRACT));
      },
      4,
    ],
    [
      'after it was deleted',
      async (text: string) => {
        const from = dev.now;
        await rm(dev.file(CONTRACT));
        await dev.printed(/The last good one keeps running/, from);
        await save(text);
      },
      5,
    ],
    [
      'twice quickly: the last state wins',
      async (text: string) => {
        await save(withLimit(9));
        await save(text);
      },
      6,
    ],
    [
      'while the save before is still being followed',
      async (text: string) => {
        const from = dev.now;
        await save(withLimit(9));
        await dev.printed(/\[dev\] /, from);
        await save(text);
      },
      7,
    ],
    [
      'with a mistake, and then without it',
      async (text: string) => {
        const from = dev.now;
        await save(text.replace('operationId:', '\toperationId:'));
        await dev.printed(/The last good one keeps running/, from);
        await save(text);
      },
      8,
    ],
  ])(
    'follows a contract that is saved %s',
    async (_, write, limit) => {
      const from = dev.now;

      await write(withLimit(limit));

      await untilLimit(limit, from);
      expect(await generated()).toContain(`"maxItems": ${limit},`);
    },
    60_000,
  );

  it('tells a mistake in the code, and is good again after the fix', async () => {
    const file = dev.file('mock/delay.ts');
    const good = await readFile(file, 'utf8');
    const from = dev.now;

    await writeFile(file, `${good}\nconst wrong: number = 'text';\nexport { wrong };\n`);
    const said = await dev.printed(/\[dev\] types: failed/, from);
    const fixedFrom = dev.now;
    await writeFile(file, good);

    expect(said).toMatch(/\[types\] mock\/delay\.ts\(\d+,\d+\): error TS2322/);
    await dev.upToDate('types', fixedFrom);
    await dev.upToDate('mock', fixedFrom);
  }, 60_000);

  it('says so when the types do not fit any more', async () => {
    const from = dev.now;

    await save(contract.replace('operationId: createCustomerOrganization', 'operationId: makeCustomerOrganization'));

    expect(await dev.printed(/\[dev\] types: failed/, from)).toContain('makeCustomerOrganization');
  }, 60_000);
});

/** Asks in the middle of practising, as a save does, when what was made before is gone. */
const SAVE_WHILE_PRACTISING = `
import { existsSync, rmSync } from 'node:fs';
import { forgetMaker, make, practise } from './openapi/tooling/dev/warm.ts';
const [file, site] = ['generated/operations.ts', 'generated/reference/index.html'];
const see = async (...tasks) => {
  const mistakes = [];
  for (const task of tasks) mistakes.push(...(await make(task)));
  console.log(mistakes.length, existsSync(file), existsSync(site));
};
await see('generate', 'site');
rmSync(file);
rmSync(site);
practise();
await see('site');
practise();
await see('generate');
forgetMaker();
`;

describe('what makes generated/ and the site for `npm run dev`', () => {
  it('practises without a word and without writing, and does what is asked meanwhile', async () => {
    await using project = await copyProject();
    await writeFile(join(project.path, 'save.ts'), SAVE_WHILE_PRACTISING);

    const ran = await project.node('--require', './server/require-node.cjs', 'save.ts');

    const seen = ['0 true true', '0 false true', '0 true true', ''];
    expect(ran).toEqual({ code: 0, stdout: seen.join('\n'), stderr: '' });
  }, 60_000);
});

describe('the contract as `npm run dev` reads it', () => {
  it('is what `npm run generate` writes', async () => {
    const generated = await readFile(new URL('../../generated/openapi.json', import.meta.url), 'utf8');

    expect(await readContract(CONTRACT)).toEqual({ bundled: generated });
  });
});
