// Makes the requests of the code samples from the examples of the contract.
import {
  basePathOf,
  type Contract,
  isAuthenticated,
  isCommaSeparated,
  type OperationEntry,
  type Parameter,
  type RequestBody,
  resolve,
  urlOf,
} from '../../model/contract.ts';
import { exampleOf } from '../../model/examples/example-value.ts';
import { serializePath, serializeQuery, serializeText } from '../../model/serialize-parameters.ts';
import { isLocal } from '../site/served-contract.ts';

/** The request of a sample. */
export interface SampleRequest {
  /** The summary of the example. */
  example: string;
  method: string;
  url: string;
  /** The values of the path parameters. */
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** The names of `headers` that the contract declares. */
  parameters: Record<string, unknown>;
  headers: { name: string; value: string }[];
  body?: { mediaType: string; value: unknown };
}

/** The credentials of a new server of this package. The mock accepts them too. */
export const DEMO_CREDENTIALS = { clientId: 'key', clientSecret: 'secret' };

/** The URL of a server that a reader can start, so that samples run as they are copied. */
export function sampleBaseUrl(contract: Contract): string {
  return contract.servers.map(urlOf).find(isLocal) ?? `http://localhost:3000${basePathOf(contract)}`;
}

/** One request for each example of the body, or one without a body, with required parameters and the version. */
export function sampleRequests(contract: Contract, entry: OperationEntry): SampleRequest[] {
  const { operation } = entry;
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const [mediaType = '', media] = Object.entries(body?.content ?? {})[0] ?? [];
  const isSent = ({ name, in: location, required }: Parameter) =>
    name === 'Sequence-Version' || (location !== 'cookie' && required);
  const sent = entry.parameters.filter(isSent).map((each) => ({ ...each, value: each.example }));
  const valuesIn = (location: Parameter['in']) =>
    Object.fromEntries(sent.filter((each) => each.in === location).map(({ name, value }) => [name, value]));
  const { clientId, clientSecret } = DEMO_CREDENTIALS;
  const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  const [path, query, header] = [valuesIn('path'), valuesIn('query'), valuesIn('header')];
  const request = {
    method: entry.method.toUpperCase(),
    url: `${sampleBaseUrl(contract)}${serializePath(entry.path, path)}${queryString(entry, query)}`,
    path,
    query,
    parameters: header,
    headers: [
      ...(isAuthenticated(contract, operation) ? [{ name: 'Authorization', value: authorization }] : []),
      ...(body ? [{ name: 'Content-Type', value: mediaType }] : []),
      ...Object.entries(header).map(([name, value]) => ({ name, value: serializeText(value) })),
    ],
  };
  if (!body) return [{ ...request, example: operation.summary }];
  const examples = Object.entries(media?.examples ?? { example: { value: exampleOf(contract, media?.schema ?? {}) } });
  return examples.map(([name, { summary = name, value }]) => ({
    ...request,
    example: summary,
    body: { mediaType, value },
  }));
}

function queryString({ parameters }: OperationEntry, values: Record<string, unknown>): string {
  const query = serializeQuery(
    values,
    parameters.filter(isCommaSeparated).map(({ name }) => name),
  );
  return query === '' ? '' : `?${query}`;
}
