// Implementations with wrong responses.
import type { Defect, ProxyRequest, ProxyResponse, Rewrite } from './rewriting-proxy.ts';

interface Party {
  id: string;
  name: string;
}

interface Organization {
  id: string;
  owner: Party;
  members: Party[];
}

interface ErrorPart {
  type: string;
  message: string;
  details?: { pointer: string }[];
}

type RewriteResponse = NonNullable<Rewrite['response']>;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

const replacesStatus = (from: number, to: number) =>
  rewrites((response) => {
    if (response.status === from) response.status = to;
  });
const omits = (header: string, from = 200) =>
  rewrites((response) => {
    if (response.status >= from) delete response.headers[header];
  });
const sets = (header: string, value: string, from = 200, to = 599) =>
  rewrites(({ status, headers }) => {
    if (status >= from && status <= to) headers[header] = value;
  });

/** Rewrites the organization in every 201 response. */
const creates = (change: (body: Organization, request: ProxyRequest) => unknown) =>
  rewrites((response, request) => {
    if (response.status !== 201) return;
    const body: Organization = JSON.parse(response.body); // Made by the reference server.
    response.body = JSON.stringify(change(body, request) ?? body);
  });

/** Rewrites the error in every error response. */
const fails = (change: (error: ErrorPart, response: ProxyResponse, request: ProxyRequest) => void) =>
  rewrites((response, request) => {
    if (response.status < 400 || response.body === '') return;
    const { error }: { error: ErrorPart } = JSON.parse(response.body); // Made by the reference server.
    change(error, response, request);
    response.body = JSON.stringify({ error });
  });

function rewrites(response: RewriteResponse): { response: RewriteResponse } {
  return { response };
}

const STATUS_DEFECTS: Defect[] = [
  { name: 'returns 200 instead of 201', rule: 'status', ...replacesStatus(201, 200) },
  { name: 'returns 422 for invalid requests', rule: 'status', ...replacesStatus(400, 422) },
  { name: 'returns 403 for wrong credentials', rule: 'status', ...replacesStatus(401, 403) },
  { name: 'returns 400 for another media type', rule: 'media-type', ...replacesStatus(415, 400) },
  {
    name: 'returns 500 for malformed JSON',
    rule: 'json',
    ...rewrites((response) => {
      if (response.body.includes('MalformedJson')) response.status = 500;
    }),
  },
  {
    name: 'closes the connection on malformed JSON',
    rule: 'response',
    ...rewrites((response) => {
      if (response.body.includes('MalformedJson')) response.status = 0;
    }),
  },
];

const HEADER_DEFECTS: Defect[] = [
  { name: 'omits Sequence-Version', rule: 'required header', ...omits('sequence-version') },
  { name: 'omits X-Request-Id on errors', rule: 'required header', ...omits('x-request-id', 400) },
  { name: 'returns the same X-Request-Id in every response', rule: 'request id', ...sets('x-request-id', OWNER) },
  { name: 'returns a version that does not exist', rule: 'version', ...sets('sequence-version', '2024-08-01') },
  { name: 'returns 401 without a challenge', rule: 'required header', ...omits('www-authenticate') },
  { name: 'challenges with another scheme', rule: 'header value', ...sets('www-authenticate', 'Bearer', 401, 401) },
  { name: 'returns 405 without Allow', rule: 'required header', ...omits('allow') },
  { name: 'lists an undeclared method in Allow', rule: 'method', ...sets('allow', 'GET, POST', 405, 405) },
  { name: 'discloses its framework in a header', rule: 'undeclared header', ...sets('x-powered-by', 'Express') },
  {
    name: 'sends errors as problem+json',
    rule: 'media type',
    ...sets('content-type', 'application/problem+json', 400),
  },
  { name: 'sends HTML for unknown paths', rule: 'media type', ...sets('content-type', 'text/html', 404, 404) },
  {
    name: 'sends Latin-1 as charset',
    rule: 'media type',
    ...sets('content-type', 'application/json; charset=iso-8859-1'),
  },
];

const BODY_DEFECTS: Defect[] = [
  { name: 'sends a number as the ID', rule: 'body', ...creates((body) => ({ ...body, id: 7 })) },
  { name: 'sends IDs in upper case', rule: 'body', ...creates((body) => ({ ...body, id: body.id.toUpperCase() })) },
  { name: 'omits customer names', rule: 'body', ...creates((body) => ({ ...body, owner: { id: body.owner.id } })) },
  {
    name: 'sends null for no members',
    rule: 'body',
    ...creates((body) => ({ ...body, members: body.members.length > 0 ? body.members : null })),
  },
  { name: 'wraps the response in an envelope', rule: 'body', ...creates((body) => ({ data: body })) },
  {
    name: 'sends an empty name',
    rule: 'body',
    ...creates((body) => ({ ...body, owner: { ...body.owner, name: '' } })),
  },
  {
    name: 'begins its bodies with a byte order mark',
    rule: 'body',
    ...rewrites((response) => {
      response.body = `\ufeff${response.body}`;
    }),
  },
  {
    name: 'shows its SQL in the messages of unknown customers',
    rule: 'disclosure',
    ...fails((error) => {
      if (error.type === 'UnknownCustomers') error.message += ' (SELECT * FROM customers WHERE account_id = 1)';
    }),
  },
  {
    name: 'truncates its JSON',
    rule: 'body',
    ...rewrites((response) => {
      response.body = response.body.slice(0, -1);
    }),
  },
  {
    name: 'returns an error type of another status',
    rule: 'body',
    ...fails((error, { status }) => {
      if (status === 401) error.type = 'NotFound';
    }),
  },
  {
    name: 'returns an undeclared error type',
    rule: 'body',
    ...fails((error) => {
      error.type = 'BadRequest';
    }),
  },
  {
    name: 'reports invalid requests as malformed',
    rule: 'type',
    ...fails((error) => {
      if (error.type === 'InvalidRequest') error.type = 'MalformedJson';
    }),
  },
  {
    name: 'reports the whole body as the location',
    rule: 'type',
    ...fails(({ details = [] }) => {
      for (const each of details) each.pointer = '';
    }),
  },
  {
    name: 'reports only the first error',
    rule: 'combination',
    ...fails((error) => {
      if (error.details) error.details.length = 1;
    }),
  },
  {
    name: 'lists one violation more than the contract allows',
    rule: 'body',
    ...fails(({ type, details = [] }) => {
      if (type === 'InvalidRequest') details.push(...details.slice(99));
    }),
  },
  {
    name: 'discloses a stack trace',
    rule: 'disclosure',
    ...fails((error) => {
      error.message += ' at Object.create (/srv/app/store.js:12:3)';
    }),
  },
  {
    name: 'discloses the credentials',
    rule: 'disclosure',
    ...fails((error, _, { headers }) => {
      error.message += String(headers.authorization);
    }),
  },
];

const SEMANTIC_DEFECTS: Defect[] = [
  {
    name: 'lists the owner among the members',
    rule: 'semantics',
    ...creates((body) => {
      body.members.push(body.owner);
    }),
  },
  {
    name: 'omits the last member',
    rule: 'semantics',
    ...creates((body) => {
      body.members.pop();
    }),
  },
  {
    name: 'sorts the members',
    rule: 'semantics',
    ...creates((body) => {
      body.members.sort((one, other) => (one.id < other.id ? -1 : 1));
    }),
  },
  {
    name: 'lists a repeated member twice',
    rule: 'semantics',
    ...creates((body, { body: sent }) => {
      if (!sent.includes('memberIds')) return; // The body is compressed.
      const { memberIds }: { memberIds: string[] } = JSON.parse(sent); // The server accepted the request.
      const copies = (id: string) => body.members.filter((each) => each.id === id.toLowerCase());
      // Short lists suffice; expanding 10,000 members would be slow.
      if (memberIds.length < 100) body.members = memberIds.flatMap(copies);
    }),
  },
  {
    name: 'returns the same ID for every organization',
    rule: 'semantics',
    ...creates((body) => {
      body.id = OWNER;
    }),
  },
  {
    name: 'swaps owner and member',
    rule: 'semantics',
    ...creates((body) => {
      const [first] = body.members;
      if (first) [body.owner, body.members[0]] = [first, body.owner];
    }),
  },
  {
    name: 'returns different names for a customer',
    rule: 'semantics',
    ...creates((body) => {
      body.owner.name += body.id;
    }),
  },
];

export const RESPONSE_DEFECTS: Defect[] = [...STATUS_DEFECTS, ...HEADER_DEFECTS, ...BODY_DEFECTS, ...SEMANTIC_DEFECTS];
