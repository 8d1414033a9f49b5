// Predicts the responses that the contract allows to a request, in its order of checks: path, method, credentials,
// version, media type, size, JSON, contract, customers.
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { limits } from '../../../generated/limits.ts';
import contract from '../../../generated/openapi.json' with { type: 'json' };
import { apiVersions, basePath } from '../../../generated/operations.ts';
import { parseJson } from '../../../server/text/parse-json.ts';
import { type Message, type RequestHead, valuesOf } from './message.ts';
import { splitTarget } from './target.ts';

/** The organization that a request creates, with IDs in lower case. */
export interface Creation {
  owner: string;
  /** The distinct members except the owner, in the order of first mention. */
  members: string[];
  /** The content by which requests with one idempotency key are compared. */
  fingerprint: string;
  key: string | undefined;
}

/** The allowed responses. */
export interface Expectation {
  /**
   * A status and the `error.type`, such as `400 MalformedJson`; `site`: any page outside the contract; `preference`:
   * what `Prefer` asks the mock for.
   */
  outcomes: ReadonlySet<string>;
  /** The create; defined if 201 is among the outcomes. */
  creation?: Creation;
  /** The undeclared properties of the body, which `400 InvalidRequest` lists; undefined if it may not list all. */
  unknownNames?: string[] | undefined;
}

/** The differences between the implementations. */
export interface Implementation {
  /**
   * Whether it is a mock, which accepts any credentials, knows nearly every customer, honours `Prefer` and allows every
   * origin.
   */
  mock: boolean;
  clientId: string;
  secret: string;
  customers: ReadonlySet<string>;
}

export const PATH = `${basePath}/customer-organizations`;
const BODY_LIMIT = limits.requestBodyBytes;
/** A mock knows all customers but those of this example. */
const RESERVED: ReadonlySet<string> = new Set(
  JSON.stringify(contract.components.responses.BadRequest.content['application/json'].examples.UnknownCustomers).match(
    /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g,
  ),
);
/** Paths outside the contract: the reference, and pages for operators. */
const SITE = /^\/(|index\.html|openapi\.(json|yaml)|assets\/[\w.-]+|livez|readyz|metrics)$/;

/** Whether the path is outside the contract, and may have GET and HEAD. */
export const isSite = (path: string) => SITE.test(path);

const ajv = new Ajv({ strict: false });
formats.default(ajv);
const isNew = ajv.compile<{ ownerId: string; memberIds: string[] }>({
  $ref: '#/components/schemas/NewCustomerOrganization',
  components: contract.components,
});

/** The checks so far. Outcomes are added until a check certainly fails. */
class Checks {
  readonly outcomes = new Set<string>();
  over = false;

  /** Whether a check fails; `maybe` if implementations may differ. */
  add(passes: boolean | 'maybe', outcome: string): void {
    if (this.over || passes === true) return;
    this.outcomes.add(outcome);
    if (passes === false) this.over = true;
  }
}

/** The responses to a complete request, or those that may come early to one that is not. */
export function expectResponse(message: Message, implementation: Implementation): Expectation {
  const { head, body, state, violation } = message;
  const checks = new Checks();
  if (!head) return checks;
  checks.add(violation === undefined, '400 InvalidRequest');
  const { path, query, isCertain } = splitTarget(head.target);
  const isRead = head.method === 'GET' || head.method === 'HEAD';
  const isPreflight =
    head.method === 'OPTIONS' &&
    has(head, 'origin') &&
    has(head, 'access-control-request-method') &&
    implementation.mock;
  checks.add(!isPreflight, '204');
  // A page that was not built is missing.
  checks.add(isSite(path) ? 'maybe' : true, isRead ? 'site' : '405 MethodNotAllowed');
  checks.add(path === PATH && (isCertain || 'maybe'), '404 NotFound');
  checks.add(head.method === 'POST', '405 MethodNotAllowed');
  checks.add(passesCredentials(head, implementation), '401 Unauthorized');
  checks.add(passesVersion(head), '400 UnrecognisedApiVersion');
  checks.add(passesMediaType(head), '415 UnsupportedMediaType');
  checks.add(decode(head, Buffer.alloc(0)) !== 'unsupported', '415 UnsupportedMediaType');
  checks.add(!(Number(valuesOf(head, 'content-length')[0] ?? 0) > BODY_LIMIT), '413 PayloadTooLarge');
  if (checks.over) return checks;
  checks.add(!message.hasSmallChunks || 'maybe', '413 PayloadTooLarge');
  return expectForBody(head, body, query, state === 'complete', checks, implementation);
}

function expectForBody(
  head: RequestHead,
  body: Buffer,
  query: string,
  isComplete: boolean,
  checks: Checks,
  implementation: Implementation,
): Expectation {
  const plain = decode(head, body);
  checks.add(body.length <= BODY_LIMIT || (plain instanceof Buffer ? 'maybe' : false), '413 PayloadTooLarge');
  checks.add(plain !== 'too large', '413 PayloadTooLarge');
  // The body may have become too large before it turned out to be invalid.
  checks.add(plain === 'broken' ? 'maybe' : true, '413 PayloadTooLarge');
  if (!isComplete) return checks;
  if (body.length === 0) checks.add(plain === body ? true : 'maybe', '400 MalformedJson');
  else checks.add(plain !== 'broken', '400 MalformedJson');
  if (checks.over || !(plain instanceof Buffer || body.length === 0)) return checks;
  const json = plain instanceof Buffer ? parseBody(plain) : { value: undefined };
  checks.add(json !== undefined, '400 MalformedJson');
  const key = has(head, 'idempotency-key') ? valuesOf(head, 'idempotency-key').join(', ') : undefined;
  const keyPasses = key === undefined || /^[!-~]{1,255}$/.test(key);
  const value: unknown = json?.value;
  const queryPasses = passesQuery(query, implementation);
  checks.add(isNew(value) && keyPasses ? queryPasses : false, '400 InvalidRequest');
  const prefers = implementation.mock && (has(head, 'prefer') || query.includes('__'));
  if (checks.over || !isNew(value))
    return { outcomes: checks.outcomes, unknownNames: prefers ? undefined : unknownNamesIn(value) };
  const [owner, ...ids] = [value.ownerId, ...value.memberIds].map((id) => id.toLowerCase());
  if (owner === undefined) return checks;
  checks.add(key === undefined || 'maybe', '409 IdempotencyKeyReused');
  const isKnown = (id: string) => (implementation.mock ? !RESERVED.has(id) : implementation.customers.has(id));
  checks.add([owner, ...ids].every(isKnown) || (prefers && 'maybe'), '400 UnknownCustomers');
  if (checks.over) return checks;
  checks.outcomes.add(prefers ? 'preference' : '201');
  const members = [...new Set(ids)].filter((id) => id !== owner);
  return { outcomes: checks.outcomes, creation: { owner, members, fingerprint: JSON.stringify([owner, ids]), key } };
}

/** A response lists 100 violations at most, and shortens long pointers. */
const MOST_NAMES = 50;
const LONGEST_NAME = 100;

function unknownNamesIn(value: unknown): string[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = Object.keys(value).filter((name) => !Object.hasOwn(DECLARED, name));
  return names.length <= MOST_NAMES && names.every(({ length }) => length <= LONGEST_NAME) ? names : undefined;
}

const DECLARED = contract.components.schemas.NewCustomerOrganization.properties;

const has = (head: RequestHead, name: string) => valuesOf(head, name).length > 0;

/** Of several fields where only one is allowed, a server may take any, or reject them. */
function anyPasses(values: readonly string[], passes: (value: string) => boolean | 'maybe'): boolean | 'maybe' {
  const results = values.map(passes);
  if (results.every((each) => each === results[0])) return results[0] ?? false;
  return 'maybe';
}

/** Whether the credentials are valid (RFC 7617). */
function passesCredentials(head: RequestHead, { mock, clientId, secret }: Implementation): boolean | 'maybe' {
  const values = valuesOf(head, 'authorization');
  const result = anyPasses(values, (value) => {
    const [, encoded = ''] = /^basic +(\S+)$/i.exec(value) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    const isCanonical = encoded !== '' && bytes.toString('base64') === encoded;
    const text = bytes.toString('utf8');
    if (!isCanonical || !Buffer.from(text).equals(bytes) || !text.includes(':') || /\p{Cc}/u.test(text)) return false;
    return mock || text === `${clientId}:${secret}`;
  });
  return values.length > 1 && result === true ? 'maybe' : result;
}

function passesVersion(head: RequestHead): boolean {
  const values = valuesOf(head, 'sequence-version');
  return values.length === 0 || (values.length === 1 && apiVersions.some((each) => each === values[0]));
}

/** Whether the media type is accepted (RFC 9110, section 8.3.1). */
function passesMediaType(head: RequestHead): boolean | 'maybe' {
  const values = valuesOf(head, 'content-type');
  if (values.length === 0) return false;
  const result = anyPasses(values, (value) => {
    const [, type = '', parameters = ''] = /^([^;]*)(.*)$/s.exec(value) ?? [];
    if (type.trim().toLowerCase() !== 'application/json') return false;
    const wellFormed = /^(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*"))*$/.test(
      parameters,
    );
    const charsets = [...parameters.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi)].map(([, charset = '']) => charset);
    const names = Array.from(parameters.matchAll(/;\s*([^\s;="]+)=/g), ([, name = '']) => name.toLowerCase());
    // RFC 6838, section 4.3: a parameter stands once.
    if (!wellFormed || new Set(names).size < names.length || type !== type.trim()) return 'maybe';
    return charsets.every((each) => /^utf-?8$/i.test(each));
  });
  return values.length > 1 && result === true ? 'maybe' : result;
}

function passesQuery(query: string, { mock }: Implementation): boolean | 'maybe' {
  const pairs = query.split('&').filter((pair) => pair !== '');
  const named = pairs.filter((pair) => !pair.startsWith('='));
  if (named.length > 0 && !(mock && named.every((pair) => pair.startsWith('__')))) return false;
  return pairs.length === 0 || 'maybe';
}

type Decoder = (bytes: Buffer, options: { maxOutputLength: number; info: true }) => Buffer;
const DECODERS: Record<string, Decoder> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

interface Decoded {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

function decode(head: RequestHead, body: Buffer): Buffer | 'unsupported' | 'broken' | 'too large' {
  const list = valuesOf(head, 'content-encoding').join(',').toLowerCase().split(',');
  const coding = list
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .join();
  if (coding === '' || coding === 'identity') return body;
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (!decoder) return 'unsupported';
  try {
    // With `info` it also returns its engine, which its type does not say.
    const { buffer, engine } = decoder(body, { maxOutputLength: BODY_LIMIT, info: true }) as unknown as Decoded;
    // Nothing may follow the end (RFC 9110, section 8.4.1).
    return engine.bytesWritten < body.length ? 'broken' : buffer;
  } catch (error) {
    return error instanceof RangeError ? 'too large' : 'broken';
  }
}

/** The value of a body; undefined if it is not JSON in UTF-8. */
function parseBody(bytes: Buffer): { value: unknown } | undefined {
  if (bytes.length === 0) return { value: undefined };
  try {
    // The decoder drops a byte order mark.
    return { value: parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
