// The `x-codeSamples` of every operation: requests of the contract's examples, in the languages of its readers.
import { HTTPSnippet } from '@readme/httpsnippet';
import type { TargetId } from '@readme/httpsnippet/targets';
import { type Contract, type Placed, type RequestBody, resolve, urlOf } from '../contract.ts';

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
  headers: { name: string; value: string }[];
  mediaType: string;
  body: unknown;
}

/** The credentials of a fresh server of this package, which the mock takes too. */
const DEMO = { clientId: 'key', clientSecret: 'secret' };

/** The server that a reader can start: samples run as they are copied. */
export function sampleBaseUrl(contract: Contract): string {
  const local = contract.servers.find(({ description = '' }) => description.includes('npm start'));
  if (!local) throw new Error('The contract has no server whose description tells `npm start`.');
  return urlOf(local);
}

/** One request for each example of the operation, with every header that a careful client sends. */
export function sampleRequests(contract: Contract, place: Placed): SampleRequest[] {
  const body = place.operation.requestBody && resolve<RequestBody>(contract, place.operation.requestBody);
  const [mediaType = '', media] = Object.entries(body?.content ?? {})[0] ?? [];
  const version = place.parameters.find(({ name }) => name === 'Sequence-Version');
  const authorization = `Basic ${Buffer.from(`${DEMO.clientId}:${DEMO.clientSecret}`).toString('base64')}`;
  return Object.entries(media?.examples ?? {}).map(([name, { summary = name, value }]) => ({
    example: summary,
    method: place.method.toUpperCase(),
    url: `${sampleBaseUrl(contract)}${place.path}`,
    headers: [
      { name: 'Authorization', value: authorization },
      { name: 'Content-Type', value: mediaType },
      ...(version ? [{ name: version.name, value: String(version.example) }] : []),
    ],
    mediaType,
    body: value,
  }));
}

/** Every language for the first example, then every language for the next. */
export function codeSamples(contract: Contract, place: Placed): CodeSample[] {
  return sampleRequests(contract, place).flatMap((request) => samplesOf(contract, place, request));
}

function samplesOf(contract: Contract, place: Placed, request: SampleRequest): CodeSample[] {
  const pretty = JSON.stringify(request.body, null, 2);
  const flat = JSON.stringify(request.body);
  const make = (target: TargetId, client: string, text: string) => convert(request, text, target, client);
  const samples = [
    { lang: 'curl', label: 'curl', source: make('shell', 'curl', pretty) },
    { lang: 'typescript', label: 'TypeScript (client)', source: clientSample(contract, place, request) },
    { lang: 'typescript', label: 'TypeScript (fetch)', source: make('node', 'fetch', pretty) },
    { lang: 'python', label: 'Python', source: make('python', 'requests', pretty) },
    { lang: 'go', label: 'Go', source: make('go', 'native', flat) },
    { lang: 'java', label: 'Java', source: javaProgram(place, make('java', 'nethttp', flat)) },
  ];
  return samples.map((sample) => ({ ...sample, example: request.example }));
}

function convert(
  { method, url, headers, mediaType }: SampleRequest,
  text: string,
  target: TargetId,
  client: string,
): string {
  const request = { method, url, headers, postData: { mimeType: mediaType, text } };
  const unused = { httpVersion: 'HTTP/1.1', cookies: [], queryString: [], headersSize: -1, bodySize: -1 };
  const [sample] = new HTTPSnippet({ ...request, ...unused }).convert(target, client) || [];
  if (!sample) throw new Error(`There is no sample for ${target} with ${client}.`);
  return `${sample.trimEnd()}\n`;
}

/** No generator knows the client of this package; its calls follow from the operation like the others. */
function clientSample(contract: Contract, { method, path }: Placed, { body }: SampleRequest): string {
  const settings = { baseUrl: sampleBaseUrl(contract), ...DEMO };
  return `import { createClient } from 'customer-organizations-contract';

const client = createClient(${asCode(settings)});

const { data, error } = await client.${method.toUpperCase()}('${path}', {
  body: ${asCode(body).replaceAll('\n', '\n  ')},
});

if (error) throw new Error(\`\${error.type}: \${error.message}\`);
console.log(data);
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
function javaProgram({ operation }: Placed, statements: string): string {
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
