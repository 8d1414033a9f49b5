// The `x-codeSamples` of every operation: requests of the contract's examples, in the languages of its readers.
import { HTTPSnippet } from '@readme/httpsnippet';
import type { TargetId } from '@readme/httpsnippet/targets';
import {
  type Contract,
  type OperationEntry,
  type Parameter,
  type RequestBody,
  resolve,
  responsesOf,
  urlOf,
} from '../../model/contract.ts';

export interface CodeSample {
  /** Chooses the colours. */
  lang: string;
  label: string;
  /** Summary of the example that it sends. */
  example: string;
  source: string;
}

/** What a sample sends. */
export interface SampleRequest {
  /** Summary of the example. */
  example: string;
  method: string;
  url: string;
  /** What the path, braces and all, is filled with. */
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** The declared headers among `headers`. */
  parameters: Record<string, unknown>;
  headers: { name: string; value: string }[];
  body?: { mediaType: string; value: unknown };
}

/** The credentials of a fresh server of this package, which the mock takes too. */
const DEMO = { clientId: 'key', clientSecret: 'secret' };

/** The server that a reader can start: samples run as they are copied. */
export function sampleBaseUrl(contract: Contract): string {
  const local = contract.servers.find(({ description = '' }) => description.includes('npm start'));
  if (!local) throw new Error('The contract has no server whose description tells `npm start`.');
  return urlOf(local);
}

/** One request for each example of the operation's body, or just one, with every header that a careful client sends. */
export function sampleRequests(contract: Contract, place: OperationEntry): SampleRequest[] {
  const body = place.operation.requestBody && resolve<RequestBody>(contract, place.operation.requestBody);
  const [mediaType = '', media] = Object.entries(body?.content ?? {})[0] ?? [];
  const isSent = ({ name, in: where, required }: Parameter) =>
    name === 'Sequence-Version' || (where !== 'cookie' && required);
  const sent = place.parameters.filter(isSent).map((each) => ({ ...each, value: exampleOf(place, each) }));
  const valuesIn = (where: Parameter['in']) =>
    Object.fromEntries(sent.filter((each) => each.in === where).map(({ name, value }) => [name, value]));
  const authorization = `Basic ${Buffer.from(`${DEMO.clientId}:${DEMO.clientSecret}`).toString('base64')}`;
  const [path, query, header] = [valuesIn('path'), valuesIn('query'), valuesIn('header')];
  const request = {
    method: place.method.toUpperCase(),
    url: `${sampleBaseUrl(contract)}${fillPath(place.path, path)}${queryText(query)}`,
    path,
    query,
    parameters: header,
    headers: [
      { name: 'Authorization', value: authorization },
      ...(body ? [{ name: 'Content-Type', value: mediaType }] : []),
      ...Object.entries(header).map(([name, value]) => ({ name, value: String(value) })),
    ],
  };
  if (!body) return [{ ...request, example: place.operation.summary }];
  return Object.entries(media?.examples ?? {}).map(([name, { summary = name, value }]) => ({
    ...request,
    example: summary,
    body: { mediaType, value },
  }));
}

/** @throws Error for a parameter that has none, so that no sample can be made */
function exampleOf({ operation }: OperationEntry, { name, example }: Parameter): unknown {
  if (example === undefined) throw new Error(`The parameter ${name} of ${operation.operationId} has no \`example\`.`);
  return example;
}

function fillPath(path: string, values: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function queryText(values: Record<string, unknown>): string {
  const pairs = Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

/** Every language for the first example, then every language for the next. */
export function codeSamples(contract: Contract, place: OperationEntry): CodeSample[] {
  return sampleRequests(contract, place).flatMap((request) => samplesOf(contract, place, request));
}

function samplesOf(contract: Contract, place: OperationEntry, request: SampleRequest): CodeSample[] {
  const pretty = JSON.stringify(request.body?.value, null, 2);
  const flat = JSON.stringify(request.body?.value);
  const make = (target: TargetId, client: string, text: string) => convert(request, text, target, client);
  const samples = [
    { lang: 'curl', label: 'curl', source: make('shell', 'curl', pretty) },
    { lang: 'typescript', label: 'TypeScript (client)', source: clientSample(contract, place, request) },
    {
      lang: 'typescript',
      label: 'TypeScript (fetch)',
      source: fetchSample(contract, place, make('node', 'fetch', pretty)),
    },
    { lang: 'python', label: 'Python', source: make('python', 'requests', pretty) },
    { lang: 'go', label: 'Go', source: make('go', 'native', flat) },
    { lang: 'java', label: 'Java', source: javaProgram(place, make('java', 'nethttp', flat)) },
  ];
  return samples.map((sample) => ({ ...sample, example: request.example }));
}

function convert(
  { method, url, headers, body }: SampleRequest,
  text: string,
  target: TargetId,
  client: string,
): string {
  // Without a body its generators look at none of this.
  const postData = body ? { mimeType: body.mediaType, text } : { mimeType: 'application/octet-stream' };
  const request = { method, url, headers, postData };
  const unused = { httpVersion: 'HTTP/1.1', cookies: [], queryString: [], headersSize: -1, bodySize: -1 };
  const [sample] = new HTTPSnippet({ ...request, ...unused }).convert(target, client) || [];
  if (!sample) throw new Error(`There is no sample for ${target} with ${client}.`);
  return `${sample.trimEnd()}\n`;
}

/** Whether there is nothing in its answers to read when all went well. */
function answersEmpty(contract: Contract, { operation }: OperationEntry): boolean {
  return responsesOf(contract, operation).every(
    ({ status, response }) => status >= 300 || response.content === undefined,
  );
}

/** The generator reads JSON from every answer. */
function fetchSample(contract: Contract, place: OperationEntry, sample: string): string {
  if (!answersEmpty(contract, place)) return sample;
  return sample.replace(
    /\.then\(res => res\.json\(\)\)\s*\.then\(json => [^\n]*\)/,
    '.then(res => console.log(res.status))',
  );
}

/** No generator knows the client of this package; its calls follow from the operation like the others. */
function clientSample(contract: Contract, place: OperationEntry, request: SampleRequest): string {
  const settings = { baseUrl: sampleBaseUrl(contract), ...DEMO };
  const filled = (values: Record<string, unknown>) => Object.keys(values).length > 0;
  // The client sends the version by itself.
  const { 'Sequence-Version': _, ...ownHeaders } = request.parameters;
  const params = {
    ...(filled(request.path) && { path: request.path }),
    ...(filled(request.query) && { query: request.query }),
    ...(filled(ownHeaders) && { header: ownHeaders }),
  };
  const init = { ...(filled(params) && { params }), ...(request.body && { body: request.body.value }) };
  const isEmpty = answersEmpty(contract, place);
  return `import { createClient } from 'customer-organizations-contract';

const client = createClient(${asCode(settings)});

const { ${isEmpty ? 'status' : 'data'}, error } = await client.${request.method}('${place.path}'${filled(init) ? `, ${asCode(init)}` : ''});

if (error) throw new Error(\`\${error.type}: \${error.message}\`);
console.log(${isEmpty ? 'status' : 'data'});
`;
}

/** A JSON value in the style of TypeScript: keys and strings with single quotes where they need any. */
function asCode(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((each) => `${inner}${asCode(each, inner)},\n`).join('')}${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const lines = Object.entries(value).map(([key, each]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : asCode(key);
      return `${inner}${name}: ${asCode(each, inner)},\n`;
    });
    return `{\n${lines.join('')}${indent}}`;
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** The generator gives statements; Java wants a class around them. One file that `java` runs as it is. */
function javaProgram({ operation }: OperationEntry, statements: string): string {
  const name = operation.operationId.replace(/^./, (letter) => letter.toUpperCase());
  const body = statements.trimEnd().replaceAll(/^(?=.)/gm, '    ');
  return `import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class ${name} {
  public static void main(String[] args) throws Exception {
${body}
  }
}
`;
}
