// Implementations that are wrong in one point each: here by what they say; those that read wrongly stand in a file of their own.

import { WRONG_READING } from './request-defects.ts';
import type { Answer, Change, Exchange, Wrong } from './rewriting-proxy.ts';

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

type Say = NonNullable<Change['say']>;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

const restatus = (from: number, to: number) =>
  says((answer) => {
    if (answer.status === from) answer.status = to;
  });
const drops = (header: string, from = 200) =>
  says((answer) => {
    if (answer.status >= from) delete answer.headers[header];
  });
const sets = (header: string, value: string, from = 200, to = 599) =>
  says(({ status, headers }) => {
    if (status >= from && status <= to) headers[header] = value;
  });

/** Changes the organization in every 201. */
const creates = (change: (body: Organization, exchange: Exchange) => unknown) =>
  says((answer, exchange) => {
    if (answer.status !== 201) return;
    const body: Organization = JSON.parse(answer.body); // The right server's own.
    answer.body = JSON.stringify(change(body, exchange) ?? body);
  });

/** Changes the error in every answer that has one. */
const errs = (change: (error: ErrorPart, answer: Answer, exchange: Exchange) => void) =>
  says((answer, exchange) => {
    if (answer.status < 400 || answer.body === '') return;
    const { error }: { error: ErrorPart } = JSON.parse(answer.body); // The right server's own.
    change(error, answer, exchange);
    answer.body = JSON.stringify({ error });
  });

function says(say: Say): { say: Say } {
  return { say };
}

const WRONG_STATUS: Wrong[] = [
  { name: 'answers 200 instead of 201', rule: 'status', ...restatus(201, 200) },
  { name: 'answers 422 to what is invalid', rule: 'status', ...restatus(400, 422) },
  { name: 'answers 403 to wrong credentials', rule: 'status', ...restatus(401, 403) },
  { name: 'answers 400 to another media type', rule: 'media-type', ...restatus(415, 400) },
  {
    name: 'answers 500 to what is malformed',
    rule: 'json',
    ...says((answer) => {
      if (answer.body.includes('MalformedJson')) answer.status = 500;
    }),
  },
  {
    name: 'never answers what is malformed',
    rule: 'answer',
    ...says((answer) => {
      if (answer.body.includes('MalformedJson')) answer.status = 0;
    }),
  },
];

const WRONG_HEADERS: Wrong[] = [
  { name: 'leaves out Sequence-Version', rule: 'required header', ...drops('sequence-version') },
  { name: 'leaves out X-Request-Id on errors', rule: 'required header', ...drops('x-request-id', 400) },
  { name: 'gives every answer the same X-Request-Id', rule: 'request id', ...sets('x-request-id', OWNER) },
  { name: 'names a version that does not exist', rule: 'header value', ...sets('sequence-version', '2024-08-01') },
  { name: 'answers 401 without a challenge', rule: 'required header', ...drops('www-authenticate') },
  { name: 'challenges with another scheme', rule: 'header value', ...sets('www-authenticate', 'Bearer', 401, 401) },
  { name: 'answers 405 without Allow', rule: 'required header', ...drops('allow') },
  { name: 'allows a method that is not there', rule: 'method', ...sets('allow', 'GET, POST', 405, 405) },
  { name: 'tells its framework in a header', rule: 'undeclared header', ...sets('x-powered-by', 'Express') },
  {
    name: 'sends errors as problem+json',
    rule: 'media type',
    ...sets('content-type', 'application/problem+json', 400),
  },
  { name: 'sends HTML to unknown paths', rule: 'media type', ...sets('content-type', 'text/html', 404, 404) },
  { name: 'sends Latin-1', rule: 'media type', ...sets('content-type', 'application/json; charset=iso-8859-1') },
];

const WRONG_BODIES: Wrong[] = [
  { name: 'sends a number as the ID', rule: 'body', ...creates((body) => ({ ...body, id: 7 })) },
  { name: 'sends IDs in upper case', rule: 'body', ...creates((body) => ({ ...body, id: body.id.toUpperCase() })) },
  { name: 'leaves out the names', rule: 'body', ...creates((body) => ({ ...body, owner: { id: body.owner.id } })) },
  {
    name: 'sends null for no members',
    rule: 'body',
    ...creates((body) => ({ ...body, members: body.members.length > 0 ? body.members : null })),
  },
  { name: 'wraps the answer in an envelope', rule: 'body', ...creates((body) => ({ data: body })) },
  {
    name: 'sends an empty name',
    rule: 'body',
    ...creates((body) => ({ ...body, owner: { ...body.owner, name: '' } })),
  },
  {
    name: 'cuts its JSON off',
    rule: 'body',
    ...says((answer) => {
      answer.body = answer.body.slice(0, -1);
    }),
  },
  {
    name: 'gives an error the type of another status',
    rule: 'body',
    ...errs((error, { status }) => {
      if (status === 401) error.type = 'NotFound';
    }),
  },
  {
    name: 'names an error type of its own',
    rule: 'body',
    ...errs((error) => {
      error.type = 'BadRequest';
    }),
  },
  {
    name: 'takes what is invalid for malformed',
    rule: 'type',
    ...errs((error) => {
      if (error.type === 'InvalidRequest') error.type = 'MalformedJson';
    }),
  },
  {
    name: 'points at the whole body',
    rule: 'type',
    ...errs(({ details = [] }) => {
      for (const each of details) each.pointer = '';
    }),
  },
  {
    name: 'tells the first fault only',
    rule: 'combination',
    ...errs((error) => {
      if (error.details) error.details.length = 1;
    }),
  },
  {
    name: 'leaks the inside of the service',
    rule: 'secrecy',
    ...errs((error) => {
      error.message += ' at Object.create (/srv/app/store.js:12:3)';
    }),
  },
  {
    name: 'repeats the credentials',
    rule: 'secrecy',
    ...errs((error, _, { headers }) => {
      error.message += String(headers.authorization);
    }),
  },
];

const WRONG_MEANING: Wrong[] = [
  {
    name: 'lists the owner among the members',
    rule: 'meaning',
    ...creates((body) => {
      body.members.push(body.owner);
    }),
  },
  {
    name: 'loses the last member',
    rule: 'meaning',
    ...creates((body) => {
      body.members.pop();
    }),
  },
  {
    name: 'sorts the members',
    rule: 'meaning',
    ...creates((body) => {
      body.members.sort((one, other) => (one.id < other.id ? -1 : 1));
    }),
  },
  {
    name: 'lists a repeated member twice',
    rule: 'meaning',
    ...creates((body, { body: sent }) => {
      const { memberIds }: { memberIds: string[] } = JSON.parse(sent); // It was accepted.
      const copies = (id: string) => body.members.filter((each) => each.id === id.toLowerCase());
      // Ten thousand are enough to see it with few.
      if (memberIds.length < 100) body.members = memberIds.flatMap(copies);
    }),
  },
  {
    name: 'gives every organization the same ID',
    rule: 'meaning',
    ...creates((body) => {
      body.id = OWNER;
    }),
  },
  {
    name: 'swaps owner and member',
    rule: 'meaning',
    ...creates((body) => {
      const [first] = body.members;
      if (first) [body.owner, body.members[0]] = [first, body.owner];
    }),
  },
  {
    name: 'gives a customer several names',
    rule: 'meaning',
    ...creates((body) => {
      body.owner.name += body.id;
    }),
  },
];

export const WRONG: readonly Wrong[] = [
  ...WRONG_STATUS,
  ...WRONG_HEADERS,
  ...WRONG_BODIES,
  ...WRONG_MEANING,
  ...WRONG_READING,
];
