// Names with escapes are read as they were sent, whatever other clients sent before. JSON.parse of V8 confuses them.
import { beforeAll, describe, expect, it } from 'vitest';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { escapeAll } from '../../support/bodies/body-parts.ts';
import { DEMO, send } from '../../support/http/http.ts';
import { startMockTarget, startSqliteServer, type Target } from '../../support/targets.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const VALID = `"ownerId":"${OWNER}","memberIds":[]`;

const targets: Partial<Record<'server' | 'mock', Target>> = {};
beforeAll(async () => {
  const [server, mock] = await Promise.all([startSqliteServer(), startMockTarget()]);
  Object.assign(targets, { server, mock });
  return async () => void (await Promise.all([server.close(), mock.close()]));
});

/** Small bodies are scanned by the thread that serves clients, and large ones by another. */
const SIZES = { small: 0, large: 40_000 };

async function fetchMocked(body: string) {
  const headers = { authorization: DEMO, 'content-type': 'application/json' };
  const url = 'https://app.test/api/customer-organizations';
  const response = await createBrowserMock().fetch(new Request(url, { method: 'POST', headers, body }));
  return { status: response.status, body: await response.json() };
}

describe.each(['server', 'mock', 'browser mock'] as const)('a name with an escape, sent to the %s', (name) => {
  describe.each(Object.entries(SIZES))('in a %s body', (_, size) => {
    const post = async (text: string) => {
      const sent = text.padEnd(size);
      const responded = name === 'browser mock' ? fetchMocked(sent) : send(targets[name]?.url ?? '', { body: sent });
      const { status, body } = await responded;
      const { error }: { error?: { message: string; details?: { pointer: string }[] } } = Object(body);
      return { status, pointers: error?.details?.map(({ pointer }) => pointer), message: error?.message };
    };

    it.each([
      ['ownerId', `{"memberIds":[],"\\u006fwnerId":"${OWNER}"}`, '{"memberIds":[],"\\\\u006fw":1}'],
      ['memberIds', `{"ownerId":"${OWNER}","\\u006demberIds":[]}`, `{"ownerId":"${OWNER}","\\\\u006dembe":1}`],
      ['the first', `{"\\u006fwnerId":"${OWNER}","memberIds":[]}`, '{"\\\\u006fw":1}'],
      [
        'every character',
        `{"memberIds":[],"${escapeAll('ownerId')}":"${OWNER}"}`,
        '{"memberIds":[],"\\\\u006f\\\\":1}',
      ],
    ])('is declared: %s', async (_title, valid, before) => {
      expect(await post(before)).toMatchObject({ status: 400 });

      expect(await post(valid)).toMatchObject({ status: 201 });
    });

    it.each([
      ['\\u0061', '/a'],
      ['\\n', '/\n'],
      ['\\"', '/"'],
      ['\\/', '/~1'],
      ['\\\\n', '/\\n'],
      ['\\ud800', '/\ud800'],
    ])('is unknown: %s', async (escaped, pointer) => {
      for (const each of ['\\\\', '\\\\n', '\\\\u']) await post(`{${VALID},"${each}":1}`);

      expect(await post(`{${VALID},"${escaped}":1}`)).toMatchObject({ status: 400, pointers: [pointer] });
    });

    it('is counted once for each', async () => {
      await post(`{${VALID},"\\\\":1}`);

      const { pointers } = await post(`{${VALID},"\\n":1,"\\\\":2,"\\u0061":3,"a":4,"\\u000a":5,"\\"":6}`);
      expect(pointers).toEqual(['/\n', '/\\', '/a', '/"']);
    });
  });
});
