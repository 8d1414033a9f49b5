// `npm run dev`, in a copy of the project: the effects of saved files.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, send } from '../../support/http/http.ts';
import { CONTRACT, DevProcess } from '../../support/process/dev-process.ts';

describe('npm run dev', () => {
  let dev: DevProcess;
  let contract: string;

  const save = (text: string) => writeFile(dev.file(CONTRACT), text);
  /** Saves a file like many editors: a draft replaces it. */
  const saveByRename = async (path: string, text: string) => {
    await writeFile(dev.file(`${path}.draft`), text);
    await rename(dev.file(`${path}.draft`), dev.file(path));
  };
  const generated = () => readFile(dev.file('generated/openapi.json'), 'utf8');
  const withLimit = (limit: number) => contract.replaceAll('maxItems: 10000\n', `maxItems: ${limit}\n`);
  const INVALID = /\[contract\] openapi\/openapi\.yaml:\d+:\d+ /;

  beforeAll(async () => {
    dev = await DevProcess.start();
    contract = await readFile(dev.file(CONTRACT), 'utf8');
  });
  afterAll(() => dev?.[Symbol.asyncDispose]());

  it('updates generated/, server, mock, types and site when the contract is saved', async () => {
    const from = dev.now;

    await save(withLimit(2));
    await Promise.all([
      dev.enforces('server', 2),
      dev.enforces('mock', 2),
      dev.typesChecked(from),
      dev.siteBuilt(from),
    ]);

    expect(await generated()).toContain('"maxItems": 2,');
    const site = await exchange(dev.urls.server, { method: 'GET', path: '/openapi.json' });
    expect(site.text).toContain('"maxItems": 2,');
  });

  it.each([
    [
      'YAML syntax',
      (text: string) => text.replace('operationId:', '\toperationId:'),
      'Tabs are not allowed as indentation',
    ],
    [
      'a reference without a target',
      (text: string) => text.replace('schemas/CustomerOrganization"', 'schemas/Nothing"'),
      'The reference `#/components/schemas/Nothing` leads nowhere',
    ],
    [
      'a misspelt property',
      (text: string) => text.replace('operationId:', 'operationID:'),
      '`operationID` is no field of OpenAPI here',
    ],
  ])('reports line and column of %s and keeps the last valid contract in use', async (_, spoil, message) => {
    const from = dev.now;
    const before = await generated();

    await save(spoil(contract));
    const output = await dev.printed(INVALID, from);

    expect(output).toContain(message);
    expect(await generated()).toBe(before);
    expect((await send(dev.urls.server, { path: '/api/nothing' })).status).toBe(404);
  });

  it.each([
    ['by a draft that replaces it', (text: string) => saveByRename(CONTRACT, text), 3],
    ['by a second draft that replaces it', (text: string) => saveByRename(CONTRACT, text), 4],
    [
      'after its deletion',
      async (text: string) => {
        const from = dev.now;
        await rm(dev.file(CONTRACT));
        await dev.printed(/\[contract\] /, from);
        await save(text);
      },
      5,
    ],
    [
      'twice in a row',
      async (text: string) => {
        await save(withLimit(9));
        await save(text);
      },
      6,
    ],
    [
      'while the server restarts for the save before',
      async (text: string) => {
        const from = dev.now;
        await save(withLimit(9));
        await dev.printed(/\[contract\] Wrote/, from);
        await save(text);
      },
      7,
    ],
    [
      'without the error of the save before',
      async (text: string) => {
        const from = dev.now;
        await save(text.replace('operationId:', '\toperationId:'));
        await dev.printed(INVALID, from);
        await save(text);
      },
      8,
    ],
  ])('follows a contract that is saved %s', async (_, write, limit) => {
    await write(withLimit(limit));

    await Promise.all([dev.enforces('server', limit), dev.enforces('mock', limit)]);
    expect(await generated()).toContain(`"maxItems": ${limit},`);
  });

  it('restarts server and mock each time when code is saved by a draft that replaces it', async () => {
    const path = 'server/edge/errors.ts';
    const text = await readFile(dev.file(path), 'utf8');

    for (const word of ['first', 'second', 'third']) {
      const from = dev.now;
      await saveByRename(path, `${text}\nprocess.stderr.write('${word} version\\n');\n`);
      await dev.printed(new RegExp(`\\[server\\] ${word} version`), from);
      await dev.printed(new RegExp(`\\[mock\\] ${word} version`), from);
    }
  });

  it('reports a type error, and its correction', async () => {
    const path = dev.file('mock/delay.ts');
    const text = await readFile(path, 'utf8');
    const from = dev.now;

    await writeFile(path, `${text}\nconst wrong: number = 'text';\nexport { wrong };\n`);
    const output = await dev.printed(/\[types\] .*error TS/, from);
    const corrected = dev.now;
    await writeFile(path, text);

    expect(output).toMatch(/\[types\] mock\/delay\.ts\(\d+,\d+\): error TS2322/);
    await dev.typesChecked(corrected);
  });

  it('reports a handler that is missing for a renamed operation', async () => {
    const from = dev.now;

    await save(contract.replace('operationId: createCustomerOrganization', 'operationId: makeCustomerOrganization'));

    expect(await dev.printed(/\[types\] .*error TS/, from)).toContain('makeCustomerOrganization');
  });
});
