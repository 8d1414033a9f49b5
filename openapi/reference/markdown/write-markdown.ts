// Writes the reference as one Markdown document, for readers and programs that read text.
import {
  type Contract,
  type Example,
  isAuthenticated,
  type MediaType,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
  urlOf,
} from '../../model/contract.ts';
import { codeSamples, type SampleOptions } from '../samples/code-samples.ts';
import { codeText, describeType, listParts, oneLine } from './describe-schema.ts';

export interface MarkdownOptions extends SampleOptions {
  /** Names the version, where there are several. */
  notice?: string;
}

export function writeMarkdown(contract: Contract, { notice = '', ...options }: MarkdownOptions = {}): string {
  const { title, version, summary, description, contact, license } = contract.info as Info;
  const servers = contract.servers.map((server) => `- ${urlOf(server)}: ${oneLine(server.description ?? '')}`);
  const facts = [
    `Version ${version}`,
    ...(license?.name ? [`licence ${license.name}`] : []),
    ...(contact?.name ? [`contact: ${[contact.name, contact.url, contact.email].filter(Boolean).join(', ')}`] : []),
  ];
  const parts = [
    `# ${title}`,
    ...(summary ? [summary] : []),
    `${facts.join('; ')}.`,
    notice,
    '## Servers',
    servers.join('\n'),
    // Links to sections of Redoc's page.
    (description ?? '').trim().replaceAll('](#section/', '](#'),
    ...operationsOf(contract).flatMap((entry) => writeOperation(contract, entry, options)),
    ...writeFallbacks(contract),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

interface Info {
  title: string;
  version: string;
  summary?: string;
  description?: string;
  contact?: { name?: string; url?: string; email?: string };
  license?: { name?: string };
}

function writeOperation(contract: Contract, entry: OperationEntry, options: SampleOptions): string[] {
  const { operation, method, path, parameters } = entry;
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const rows = parameters.map(({ name, in: location, required, description = '', schema }) => [
    ...[codeText(name), location, required ? 'yes' : 'no'],
    ...[describeType(contract, schema), oneLine(description)],
  ]);
  const all = codeSamples(contract, entry, options);
  const [sample] = all;
  const samples = all.filter(({ example }) => example === sample?.example);
  return [
    `## ${operation.summary}`,
    `\`${method.toUpperCase()} ${path}\`${isAuthenticated(contract, operation) ? ', with credentials' : ''}`,
    (operation.description ?? '').trim(),
    ...(rows.length > 0 ? ['### Parameters', table(['name', 'in', 'required', 'type', 'description'], rows)] : []),
    ...(body ? ['### Request body', ...writeContent(contract, body.content, body.required === true)] : []),
    ...responsesOf(contract, operation).flatMap(({ status, response }) =>
      writeResponse(contract, `### Response ${status}`, response),
    ),
    '### Code samples',
    ...samples.flatMap(({ label, lang, source }) => [
      `${label}:`,
      fence(source.trimEnd(), lang === 'curl' ? 'sh' : lang),
    ]),
  ];
}

/** Responses to requests that reach no operation. */
function writeFallbacks(contract: Contract): string[] {
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {});
  if (fallbacks.length === 0) return [];
  const responses = fallbacks.flatMap(([status, response]) =>
    writeResponse(contract, `### Status ${status}`, response),
  );
  return ['## Responses to other requests', ...responses];
}

function writeResponse(
  contract: Contract,
  heading: string,
  { description, headers = {}, content }: Response,
): string[] {
  const rows = Object.entries(headers).map(([name, node]) => {
    const header = resolve(contract, node);
    const type = describeType(contract, header.schema);
    return [codeText(name), header.required ? 'yes' : 'no', type, oneLine(header.description ?? '')];
  });
  return [
    heading,
    description.trim(),
    ...(rows.length > 0 ? [table(['header', 'always present', 'type', 'description'], rows)] : []),
    ...(content ? writeContent(contract, content) : []),
  ];
}

function writeContent(contract: Contract, content: Record<string, MediaType>, isRequired = false): string[] {
  return Object.entries(content).flatMap(([mediaType, { schema, examples = {} }]) => [
    `${codeText(mediaType)}${isRequired ? ', required' : ''}: ${describeType(contract, schema)}`,
    listParts(contract, schema).join('\n'),
    ...Object.entries(examples).flatMap(([name, example]) => writeExample(name, example)),
  ]);
}

function writeExample(name: string, { summary = name, description = '', value }: Example): string[] {
  const text = [`Example: ${oneLine(summary)}.`, oneLine(description)].filter((part) => part !== '').join(' ');
  return [text, fence(JSON.stringify(value, null, 2), 'json')];
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A code block. Its fence is longer than any in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${text}\n${mark}`;
}
