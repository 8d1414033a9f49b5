// The `x-codeSamples` of an operation: requests with the examples of the contract, in several languages.
import { HTTPSnippet } from '@readme/httpsnippet';
import type { TargetId } from '@readme/httpsnippet/targets';
import { type Contract, type OperationEntry, responsesOf } from '../../model/contract.ts';
import { DEMO_CREDENTIALS, type SampleRequest, sampleBaseUrl, sampleRequests } from './sample-requests.ts';

export interface CodeSample {
  /** The language for syntax highlighting. */
  lang: string;
  label: string;
  /** The summary of the example that it sends. */
  example: string;
  source: string;
}

export interface SampleOptions {
  /** The version that the client sends. Default: none, because it sends the newest one by itself. */
  clientVersion?: string;
}

/** Ordered by example, then by language. */
export function codeSamples(contract: Contract, entry: OperationEntry, options: SampleOptions = {}): CodeSample[] {
  return sampleRequests(contract, entry).flatMap((request) => samplesOf(contract, entry, request, options));
}

function samplesOf(
  contract: Contract,
  entry: OperationEntry,
  request: SampleRequest,
  options: SampleOptions,
): CodeSample[] {
  const pretty = JSON.stringify(request.body?.value, null, 2);
  const flat = JSON.stringify(request.body?.value);
  const make = (target: TargetId, client: string, text: string) => convert(request, text, target, client);
  const samples = [
    { lang: 'curl', label: 'curl', source: make('shell', 'curl', pretty) },
    { lang: 'typescript', label: 'TypeScript (client)', source: clientSample(contract, entry, request, options) },
    {
      lang: 'typescript',
      label: 'TypeScript (fetch)',
      source: fetchSample(contract, entry, make('node', 'fetch', pretty)),
    },
    { lang: 'python', label: 'Python', source: make('python', 'requests', pretty) },
    { lang: 'go', label: 'Go', source: make('go', 'native', flat) },
    { lang: 'java', label: 'Java', source: javaProgram(entry, make('java', 'nethttp', flat)) },
    { lang: 'csharp', label: 'C#', source: make('csharp', 'httpclient', flat) },
    { lang: 'php', label: 'PHP', source: phpSample(request, (text) => make('php', 'curl', text)) },
  ];
  return samples.map((sample) => ({ ...sample, example: request.example }));
}

function convert(
  { method, url, headers, body }: SampleRequest,
  text: string,
  target: TargetId,
  client: string,
): string {
  // The generators ignore a body without text.
  const postData = body ? { mimeType: body.mediaType, text } : { mimeType: 'application/octet-stream' };
  const request = { method, url, headers, postData };
  const unused = { httpVersion: 'HTTP/1.1', cookies: [], queryString: [], headersSize: -1, bodySize: -1 };
  const [sample] = new HTTPSnippet({ ...request, ...unused }).convert(target, client) || [];
  if (!sample) throw new Error(`httpsnippet has no sample for ${target} with ${client}.`);
  return `${sample.trimEnd()}\n`;
}

/** Whether no successful response has a body. */
function hasEmptySuccess(contract: Contract, { operation }: OperationEntry): boolean {
  return responsesOf(contract, operation).every(
    ({ status, response }) => status >= 300 || response.content === undefined,
  );
}

/** The generator reads JSON from every response. */
function fetchSample(contract: Contract, entry: OperationEntry, sample: string): string {
  if (!hasEmptySuccess(contract, entry)) return sample;
  return sample.replace(
    /\.then\(res => res\.json\(\)\)\s*\.then\(json => [^\n]*\)/,
    '.then(res => console.log(res.status))',
  );
}

/** A sample for the client of this package, which has no generator. */
function clientSample(
  contract: Contract,
  entry: OperationEntry,
  request: SampleRequest,
  { clientVersion }: SampleOptions,
): string {
  const version = clientVersion === undefined ? {} : { version: clientVersion };
  const settings = { baseUrl: sampleBaseUrl(contract), ...version, credentials: DEMO_CREDENTIALS };
  const hasValues = (values: Record<string, unknown>) => Object.keys(values).length > 0;
  // The client sends the version itself.
  const { 'Sequence-Version': _, ...ownHeaders } = request.parameters;
  const params = {
    ...(hasValues(request.path) && { path: request.path }),
    ...(hasValues(request.query) && { query: request.query }),
    ...(hasValues(ownHeaders) && { header: ownHeaders }),
  };
  const init = { ...(hasValues(params) && { params }), ...(request.body && { body: request.body.value }) };
  const args = hasValues(init) ? `, ${toCode(init)}` : '';
  const shown = hasEmptySuccess(contract, entry) ? 'response' : 'data';
  return `import { createClient } from 'customer-organizations-contract';

const client = createClient(${toCode(settings)});

const { ${shown}, error } = await client.${request.method}('${entry.path}'${args});

if (error) throw new Error(\`\${error.error.type}: \${error.error.message}\`);
console.log(${shown === 'response' ? 'response.status' : shown});
`;
}

/** A JSON value as TypeScript: strings in single quotes, keys in quotes where they need any. */
function toCode(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((each) => `${inner}${toCode(each, inner)},\n`).join('')}${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const lines = Object.entries(value).map(([key, each]) => {
      const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : toCode(key);
      return `${inner}${name}: ${toCode(each, inner)},\n`;
    });
    return `{\n${lines.join('')}${indent}}`;
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

const EMPTY_OBJECT = '(an empty object)';

/**
 * The generator writes an empty object as an empty array, repeats the port, which would override that of another URL,
 * and closes the handle, which PHP 8.5 deprecates.
 */
function phpSample({ body }: SampleRequest, make: (text: string) => string): string {
  const isEmpty = (value: unknown) => JSON.stringify(value) === '{}';
  const text = JSON.stringify(body?.value, (_, value) => (isEmpty(value) ? EMPTY_OBJECT : value));
  return make(text)
    .replaceAll(`'${EMPTY_OBJECT}'`, 'new stdClass()')
    .replace(/^ {2}CURLOPT_PORT => .*\n/m, '')
    .replace('\ncurl_close($curl);\n', '');
}

/** The generator writes statements, but `java` runs a file with a class. */
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
