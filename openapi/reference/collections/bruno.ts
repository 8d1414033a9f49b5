// Writes the requests of the samples as a folder for Bruno, with Bruno's own library.
import bruno from '@usebruno/lang';
import { type Contract, isAuthenticated, type OperationEntry, operationsOf } from '../../model/contract.ts';
import { DEMO_CREDENTIALS, type SampleRequest, sampleBaseUrl, sampleRequests } from '../samples/sample-requests.ts';
import type { Asset } from '../site/asset.ts';

/** The files of the folder `bruno/`. Credentials and base URL are variables of the environment Local. */
export function brunoFiles(contract: Contract): Asset[] {
  const { title } = contract.info;
  const requests = operationsOf(contract).flatMap((entry) =>
    sampleRequests(contract, entry).map((request) => ({ entry, request })),
  );
  const auth = { mode: 'basic', basic: { username: '{{clientId}}', password: '{{clientSecret}}' } };
  const file = (name: string, content: string): Asset => ({ name: `bruno/${name}`, content });
  return [
    file('bruno.json', `${JSON.stringify({ version: '1', name: title, type: 'collection' }, null, 2)}\n`),
    file('collection.bru', bruno.jsonToCollectionBru({ auth })),
    file('environments/Local.bru', bruno.envJsonToBruV2({ variables: localVariables(contract) })),
    ...requests.map(({ entry, request }, index) =>
      file(
        `${index + 1}-${toKebab(`${entry.operation.operationId} ${request.example}`)}.bru`,
        writeRequest(contract, entry, request, index + 1),
      ),
    ),
  ];
}

function localVariables(contract: Contract): { name: string; value: string; enabled: boolean }[] {
  const values = { baseUrl: sampleBaseUrl(contract), ...DEMO_CREDENTIALS };
  return Object.entries(values).map(([name, value]) => ({ name, value, enabled: true }));
}

function writeRequest(contract: Contract, entry: OperationEntry, request: SampleRequest, sequence: number): string {
  const { operation, parameters } = entry;
  const hasKey = parameters.some(({ name }) => name === 'Idempotency-Key');
  const headers = [
    ...request.headers.filter(({ name }) => name !== 'Authorization'),
    // A fresh key for each request, because the same key would make it a replay.
    ...(hasKey ? [{ name: 'Idempotency-Key', value: '{{$guid}}' }] : []),
  ];
  return bruno.jsonToBruV2({
    meta: { name: `${operation.summary}: ${request.example}`, type: 'http', seq: sequence },
    http: {
      method: request.method.toLowerCase(),
      url: request.url.replace(sampleBaseUrl(contract), '{{baseUrl}}'),
      body: request.body ? 'json' : 'none',
      auth: isAuthenticated(contract, operation) ? 'inherit' : 'none',
    },
    headers: headers.map((header) => ({ ...header, enabled: true })),
    ...(request.body && { body: { json: JSON.stringify(request.body.value, null, 2) } }),
    docs: operation.description?.trim() ?? '',
  });
}

function toKebab(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}
