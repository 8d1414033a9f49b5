// Implementations that lose or change data: customers, names and IDs.
import { randomUUID } from 'node:crypto';
import { JSON_DEFECTS } from './json-defects.ts';
import { errorResponse, readSent } from './responses.ts';
import type { Defect, Forward, ProxyRequest, ProxyResponse, Rewrite } from './rewriting-proxy.ts';

interface Organization {
  id: string;
  owner: { id: string; name: string };
  members: { id: string; name: string }[];
}

interface Detail {
  in: string;
  pointer: string;
  message: string;
}

const define = (rule: string, name: string, rewrite: Rewrite): Defect => ({ name, rule, ...rewrite });

const creates = (change: (body: Organization) => Organization): Rewrite => ({
  response(response) {
    // Made by the reference server.
    if (response.status === 201) response.body = JSON.stringify(change(JSON.parse(response.body)));
  },
});

const makesId = (change: (id: string) => string): Rewrite => creates((body) => ({ ...body, id: change(body.id) }));

const losesMembers = (most: number): Rewrite => creates((body) => ({ ...body, members: body.members.slice(0, most) }));

const renames = (change: (name: string) => string): Rewrite =>
  creates(({ id, owner, members }) => {
    const rename = (each: Organization['owner']) => ({ ...each, name: change(each.name) });
    return { id, owner: rename(owner), members: members.map(rename) };
  });

const unknownCustomers = (change: (details: Detail[], request: ProxyRequest) => Detail[]): Rewrite => ({
  response(response, request) {
    if (!response.body.includes('"UnknownCustomers"')) return;
    const body = JSON.parse(response.body); // Made by the reference server.
    body.error.details = change(body.error.details, request);
    response.body = JSON.stringify(body);
  },
});

/** Rejects customers that earlier organizations have: as members of another owner, or as the owner of theirs. */
async function rejectCustomers(
  request: ProxyRequest,
  forward: Forward,
  memory: Map<string, string>,
  what: 'owners' | 'cycles',
): Promise<ProxyResponse> {
  const response = await forward(request);
  if (response.status !== 201) return response;
  const { owner, members }: Organization = JSON.parse(response.body); // Made by the reference server.
  const isRejected = members.some(({ id }) =>
    what === 'owners' ? ![undefined, owner.id].includes(memory.get(id)) : memory.get(owner.id) === id,
  );
  if (isRejected) return errorResponse(400, 'InvalidRequest');
  for (const { id } of members) memory.set(id, owner.id);
  return response;
}

const pad = (ms: number) =>
  ms
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-');

export const DATA_DEFECTS: Defect[] = [
  define(
    'customers',
    'names the first unknown customer only',
    unknownCustomers((details) => details.slice(0, 1)),
  ),
  define(
    'customers',
    'names 100 unknown customers',
    unknownCustomers((details) => details.slice(0, 100)),
  ),
  define(
    'customers',
    'names 10,000 unknown customers',
    unknownCustomers((details) => details.slice(0, 10_000)),
  ),
  define(
    'customers',
    'names the last unknown customer only',
    unknownCustomers((details) => details.slice(-1)),
  ),
  define(
    'customers',
    'names each unknown customer twice',
    unknownCustomers((details) => [...details, ...details]),
  ),
  define(
    'customers',
    'counts unknown customers instead of their positions',
    unknownCustomers((details) => {
      let index = 0;
      return details.map((each) =>
        each.pointer.startsWith('/memberIds') ? { ...each, pointer: `/memberIds/${index++}` } : each,
      );
    }),
  ),
  define(
    'customers',
    'names no members when the owner is unknown',
    unknownCustomers((details) =>
      details.some(({ pointer }) => pointer === '/ownerId') ? details.slice(0, 1) : details,
    ),
  ),
  define(
    'customers',
    'names known customers, too',
    unknownCustomers((details, request) => {
      const { memberIds = [] } = readSent(request) ?? {};
      const all = memberIds
        .slice(0, 9)
        .map((_, index) => ({ in: 'body', pointer: `/memberIds/${index}`, message: 'x' }));
      return [...new Map([...details, ...all].map((each) => [each.pointer, each])).values()];
    }),
  ),
  define(
    'customers',
    'names a customer that is owner and member twice',
    unknownCustomers((details, request) => {
      const { ownerId, memberIds } = readSent(request) ?? { ownerId: '', memberIds: [] };
      const index = memberIds.indexOf(ownerId);
      const again = { in: 'body', pointer: `/memberIds/${index}`, message: 'x' };
      return index >= 0 && details.some(({ pointer }) => pointer === '/ownerId') ? [...details, again] : details;
    }),
  ),
  define('customers', 'lets a customer be a member of one owner only', {
    handle: (request, forward, memory) => rejectCustomers(request, forward, memory, 'owners'),
  }),
  define('customers', 'lets no member own an organization with its owner', {
    handle: (request, forward, memory) => rejectCustomers(request, forward, memory, 'cycles'),
  }),
  define('customers', 'finds customers of other accounts', {
    request({ headers }) {
      if (headers.authorization === `Basic ${btoa('other:secret')}`)
        headers.authorization = `Basic ${btoa('key:secret')}`;
    },
  }),

  define(
    'names',
    'composes the characters of names',
    renames((name) => name.normalize('NFC')),
  ),
  define(
    'names',
    'decomposes the characters of names',
    renames((name) => name.normalize('NFD')),
  ),
  define(
    'names',
    'replaces characters beyond the BMP',
    renames((name) => name.replace(/[\u{10000}-\u{10ffff}]/gu, '?')),
  ),
  define(
    'names',
    'replaces characters beyond Latin-1',
    renames((name) => name.replace(/[^\0-\xff]/gu, '?')),
  ),
  define(
    'names',
    'escapes names for HTML',
    renames((name) => name.replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
  ),
  define(
    'names',
    'reads names as Latin-1',
    renames((name) => Buffer.from(name).toString('latin1')),
  ),
  define(
    'names',
    'cuts names off at 100 characters',
    renames((name) => [...name].slice(0, 100).join('')),
  ),
  define(
    'names',
    'cuts names off at 255 UTF-16 units',
    renames((name) => name.slice(0, 255).toWellFormed()),
  ),
  define(
    'names',
    'trims names',
    renames((name) => name.trim()),
  ),
  define(
    'names',
    'collapses white space in names',
    renames((name) => name.replace(/\s+/g, ' ')),
  ),
  define(
    'names',
    'removes marks for the direction of text',
    renames((name) => name.replace(/[\u200e\u200f\u202a-\u202e]/g, '')),
  ),
  define(
    'names',
    'removes joiners',
    renames((name) => name.replace(/[\u200c\u200d]/g, '')),
  ),
  define('semantics', 'loses members behind the 1,000th', losesMembers(1_000)),
  define('semantics', 'loses the last of 10,000 members', losesMembers(9_999)),
  define('body', 'sends names in Latin-1', {
    async handle(request, forward) {
      const response = await forward(request);
      return { ...response, body: response.status === 201 ? Buffer.from(response.body, 'latin1') : response.body };
    },
  }),
  define('semantics', 'reads 5,000 members only', {
    request(request) {
      const sent = readSent(request);
      if (sent && sent.memberIds.length > 5_000 && sent.memberIds.length <= 10_000)
        request.body = JSON.stringify({ ...sent, memberIds: sent.memberIds.slice(0, 5_000) });
    },
  }),
  ...JSON_DEFECTS,
  define(
    'semantics',
    'makes version 4 IDs',
    makesId(() => randomUUID()),
  ),
  define(
    'semantics',
    'makes version 1 IDs',
    makesId((id) => id.replace(/^(.{14})7/, '$11')),
  ),
  define(
    'semantics',
    'makes IDs of the epoch',
    makesId((id) => `${pad(0)}${id.slice(13)}`),
  ),
  define(
    'semantics',
    'makes IDs with seconds instead of milliseconds',
    makesId((id) => `${pad(Math.floor(Date.now() / 1000))}${id.slice(13)}`),
  ),
  define('semantics', 'makes IDs that sort earlier by seconds', {
    async handle(request, forward, memory) {
      const response = await forward(request);
      if (response.status !== 201) return response;
      memory.set(String(memory.size), '');
      const body: Organization = JSON.parse(response.body); // Made by the reference server.
      const id = `${pad(Date.now() - (memory.size % 7) * 5_000)}${body.id.slice(13)}`;
      return { ...response, body: JSON.stringify({ ...body, id }) };
    },
  }),
  define('maxItems', 'reports no items beside too many', {
    response(response) {
      if (!response.body.includes('"pointer":"/memberIds"')) return;
      const body = JSON.parse(response.body); // Made by the reference server.
      body.error.details = body.error.details.filter(({ pointer }: Detail) => !pointer.startsWith('/memberIds/'));
      response.body = JSON.stringify(body);
    },
  }),
  define(
    'semantics',
    'makes IDs of another variant',
    makesId((id) => id.replace(/^(.{19})./, '$1c')),
  ),
];
