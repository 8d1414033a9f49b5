// Reads the files of a contract: their encoding, their YAML, and the position of each value.

import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { relative, resolve as resolvePath } from 'node:path';
import {
  BaseResolver,
  type Config,
  getLineColLocation,
  isAbsoluteUrl,
  Source,
  YamlParseError,
} from '@redocly/openapi-core';
import { ContractError } from '../contract-error.ts';
import { explainReadError } from '../file-errors.ts';
import { escapeSegment } from '../json-pointer.ts';
import { checkSource, type Position } from './check-source.ts';

/** A value in a file. */
interface Target {
  file: string;
  node: unknown;
  /** The keys from the root of the file. */
  path: string[];
}

/** Reads the files of a contract, each once, and collects what is wrong with the files themselves. */
export class SourceFiles extends BaseResolver {
  /** One line for each problem. */
  readonly problems: string[] = [];
  readonly #root: string;
  readonly #sources = new Map<string, Source>();

  /** `root` is the path of the document itself, absolute or relative to the working directory. */
  constructor(root: string, { resolve }: Config) {
    super(resolve);
    this.#root = root;
  }

  /** The path of the document itself. */
  get root(): string {
    return resolvePath(this.#root);
  }

  /** Reads the document and all files that it refers to, and follows every reference in them. */
  async readAll(): Promise<void> {
    const files = [this.root];
    for (const file of files) {
      const node = await this.#parse(file);
      // There may be too many aliases to visit.
      if (this.problems.length > 0) return;
      for (const path of oddMappings(node)) {
        const message = 'A discriminator is mapped to references. Write the name of a schema, or a reference as text.';
        this.problems.push(`${await this.#describe(file, path)} ${message}`);
      }
      for (const reference of referencesIn(node)) {
        const reason = await this.#explainReference({ file, ...reference });
        const [address = ''] = reference.$ref.split('#');
        const target = address === '' ? file : resolvePath(file, '..', address);
        if (reason !== undefined) this.problems.push(`${await this.#describe(file, reference.path)} ${reason}`);
        else if (!files.includes(target)) files.push(target);
      }
    }
  }

  /** Called by Redocly for each file. */
  override async loadExternalRef(file: string): Promise<Source> {
    const known = this.#sources.get(file);
    if (known) return known;
    const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
      throw new ContractError(`${this.nameOf(file)} ${explainReadError(cause)}`);
    });
    const { text, problem } = decode(bytes);
    // Redocly expects these line ends.
    const source = new Source(file, text.replace(/\r\n?/g, '\n'));
    this.#sources.set(file, source);
    if (problem) this.#add(file, problem);
    else for (const each of checkSource(source.body, file === this.root)) this.#add(file, each);
    return source;
  }

  /** The root document keeps the path that was given; other paths are relative to the working directory. */
  nameOf(file: string): string {
    return file === resolvePath(this.#root) ? this.#root : relative(process.cwd(), file);
  }

  /** `FILE:LINE:COLUMN at #POINTER:` of the value under these keys, with references between files followed. */
  async locate(keys: readonly string[]): Promise<string> {
    let place: Target = { file: this.root, node: await this.#parse(this.root), path: [] };
    for (const key of keys) {
      const node = fieldOf(place.node, key);
      if (node === undefined) break;
      place = (await this.#follow({ ...place, node, path: [...place.path, key] })) ?? place;
    }
    return this.#describe(place.file, place.path);
  }

  /** The direct target of a place; the place itself if it is no reference, undefined if the reference leads nowhere. */
  async #step(place: Target): Promise<Target | undefined> {
    const $ref = fieldOf(place.node, '$ref');
    if (typeof $ref !== 'string') return place;
    const [address = '', fragment = ''] = $ref.split('#');
    const file = address === '' ? place.file : resolvePath(place.file, '..', address);
    const path = fragment.split('/').slice(1).map(decodeSegment);
    const isReadable =
      !isAbsoluteUrl($ref) &&
      (await this.loadExternalRef(file).then(
        () => true,
        () => false,
      ));
    const node = isReadable ? path.reduce(fieldOf, await this.#parse(file)) : undefined;
    return node === undefined ? undefined : { file, node, path };
  }

  /** The final target of a place; undefined if there is none. */
  async #follow(place: Target): Promise<Target | undefined> {
    let found: Target | undefined = place;
    for (let count = 0; found && count < MAX_REFERENCES; count++) {
      const next: Target | undefined = await this.#step(found);
      if (next === found) return found;
      found = next;
    }
    return undefined;
  }

  /** Why a reference cannot be followed. A reference to such a reference is not reported again. */
  async #explainReference(place: Target & { $ref: string }): Promise<string | undefined> {
    const { file, path, $ref } = place;
    const [address = '', fragment = ''] = $ref.split('#');
    if (isAbsoluteUrl($ref)) return `\`${$ref}\` is a URL, which is not read. Save it as a file, and refer to that.`;
    if ($ref === '' || (fragment !== '' && !fragment.startsWith('/')) || /%(?![0-9A-Fa-f]{2})/.test($ref))
      return `\`${$ref}\` is no reference. Write \`#/components/SECTION/NAME\`, or \`FILE#/POINTER\`.`;
    if (address !== '') {
      const source = await this.loadExternalRef(resolvePath(file, '..', address)).catch((reason: Error) => reason);
      if (source instanceof Error) return `The reference leads nowhere: ${source.message}`;
    }
    let found = await this.#step(place);
    if (!found) return `The reference \`${$ref}\` leads nowhere. Correct it, or write its target.`;
    if (found.file === this.root && found.path.length === 0)
      return `The reference \`${$ref}\` leads to the whole document. Refer to a component.`;
    if (typeof found.node !== 'object' || found.node === null)
      return `The reference \`${$ref}\` leads to a value that is no object. Refer to an object.`;
    for (let count = 0; found && count < MAX_REFERENCES; count++) {
      if (found.file === file && found.path.join('\n') === path.join('\n'))
        return `The reference \`${$ref}\` leads back to itself. Write its target.`;
      const next: Target | undefined = await this.#step(found);
      if (next === found) break;
      found = next;
    }
    return undefined;
  }

  async #parse(file: string): Promise<unknown> {
    try {
      const document = await this.resolveDocument(null, file, true);
      if (!(document instanceof Error)) return document.parsed;
      if (this.problems.length === 0) this.#add(file, { ...START, message: sentence(document.message) });
    } catch (error) {
      if (!(error instanceof YamlParseError)) throw error;
      // Problems of the file itself have been reported before.
      const [reason = ''] = error.originalError.message.split(' in "');
      const position = { line: error.line || 1, column: error.col || 1, pointer: '' };
      const message = `${sentence(reason)} Correct the syntax of YAML.`;
      if (this.problems.length === 0) this.#add(file, { ...position, message });
    }
    return undefined;
  }

  async #describe(file: string, path: readonly string[]): Promise<string> {
    const source = await this.loadExternalRef(file);
    const pointer = path.map((key) => `/${escapeSegment(key)}`).join('') || '/';
    const { line, col } = getLineColLocation({ source, pointer: `#${pointer}`, reportOnKey: path.length > 0 }).start;
    return `${this.nameOf(file)}:${line}:${col} at #${pointer}:`;
  }

  #add(file: string, { line, column, pointer, message }: Position & { message: string }): void {
    this.problems.push(`${this.nameOf(file)}:${line}:${column} at #${pointer || '/'}: ${message}`);
  }
}

/** Longer chains of references are circular. */
const MAX_REFERENCES = 100;

function decode(bytes: Uint8Array): { text: string; problem?: Position & { message: string } } {
  const text = new TextDecoder().decode(bytes);
  // Other encodings have bytes that UTF-8 does not have, or zeros between their characters.
  if (isUtf8(bytes) && !text.includes('\0')) return { text };
  const before = text.slice(0, Math.max(0, text.search(/[\uFFFD\0]/))).split('\n');
  const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, pointer: '' };
  return { text, problem: { ...position, message: 'The file is not in UTF-8. Save it in that encoding.' } };
}

const START = { line: 1, column: 1, pointer: '' };

/** Every reference of a file, with the keys of the object that contains it. */
function referencesIn(root: unknown): { node: object; path: string[]; $ref: string }[] {
  const found: { node: object; path: string[]; $ref: string }[] = [];
  const visit = (node: unknown, path: string[]): void => {
    if (typeof node !== 'object' || node === null) return;
    const $ref = fieldOf(node, '$ref');
    if (typeof $ref === 'string') found.push({ node, path, $ref });
    for (const [key, child] of Object.entries(node)) visit(child, [...path, key]);
  };
  visit(root, []);
  return found;
}

/** The keys of each `mapping` value that is not a string, for which Redocly throws. */
function oddMappings(root: unknown): string[][] {
  const found: string[][] = [];
  const visit = (node: unknown, path: string[]): void => {
    const isMapped = path.at(-2) === 'mapping' && path.at(-3) === 'discriminator';
    if (isMapped && typeof node !== 'string') found.push(path);
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) visit(child, [...path, key]);
  };
  visit(root, []);
  return found;
}

function sentence(text: string): string {
  return text.trim().replace(/\.?$/, '.');
}

function fieldOf(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
}

/** Decodes a JSON Pointer in a URI fragment (RFC 6901, section 6). */
function decodeSegment(segment: string): string {
  const isEncoded = !/%(?![0-9A-Fa-f]{2})/.test(segment);
  return (isEncoded ? decodeURIComponent(segment) : segment).replaceAll('~1', '/').replaceAll('~0', '~');
}
