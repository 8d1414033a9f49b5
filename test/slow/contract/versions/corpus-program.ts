// A program that sends the parity corpus to server and browser mock in each version, and prints where they differ.
import { FIRST, SECOND, THIRD } from '../../../support/contract/version-guide.ts';

/** The path of the program in the copy of the project. */
export const CORPUS = 'test/compare-corpus.ts';

export const compareCorpus = `
import { contract } from '../generated/contract.ts';
import { olderContracts } from '../generated/versions.ts';
import { createBrowserMock } from '../mock/browser/index.ts';
import { createResponseValidator } from './conformance/validate/validate-response.ts';
import { DEMO, type TestRequest } from './support/http/http.ts';
import { compareBrowserMock } from './support/parity/browser-parity.ts';
import { startSqliteServer } from './support/targets.ts';

/** The corpus has bodies of the first version. */
const RENAMED: Record<string, [string, string][]> = {
  '${FIRST}': [],
  '${SECOND}': [['{"ownerId"', '{"currency":"EUR","ownerId"'], ['memberIds', 'customerIds']],
  '${THIRD}': [['{"ownerId"', '{"currency":"EUR","parentId"'], ['ownerId', 'parentId'], ['memberIds', 'customerIds']],
};

function rename(body: unknown, version: string): unknown {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (RENAMED[version] ?? []).reduce((renamed, [from, to]) => renamed.replaceAll(from, to), text);
}

const found: Record<string, object> = {};
for (const each of [...olderContracts, { version: contract.info.version, contract }]) {
  // Its own, for the corpus repeats idempotency keys.
  const server = await startSqliteServer();
  found[each.version] = await compareBrowserMock({
    url: server.url,
    mock: createBrowserMock(),
    prepare: ({ headers, body, ...sent }: TestRequest) => ({
      ...sent,
      headers: {
        authorization: DEMO,
        'content-type': 'application/json',
        'sequence-version': each.version,
        ...headers,
      },
      body: rename(body, each.version),
    }),
    validate: createResponseValidator(each.contract),
  });
  await server.close();
}
console.log(JSON.stringify(found));
`;
