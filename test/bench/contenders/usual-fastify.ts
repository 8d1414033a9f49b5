// Conventional Fastify: its own schema validation and serialization, and a hook for the credentials.
// Follows https://fastify.dev/docs/latest/Reference/Validation-and-Serialization/ and .../Reference/Hooks/.
import Fastify from 'fastify';
import { UnknownCustomer } from './unknown-customer.ts';
import { openUsualStore } from './usual-store.ts';

const [database = ''] = process.argv.slice(2);
const store = openUsualStore(database);

const id = { type: 'string', format: 'uuid', minLength: 36, maxLength: 36, pattern: '^[0-9A-Fa-f-]{36}$' };
const customer = {
  type: 'object',
  required: ['id', 'name'],
  properties: { id: { type: 'string' }, name: { type: 'string' } },
};
const error = {
  type: 'object',
  properties: { error: { type: 'object', properties: { type: { type: 'string' }, message: { type: 'string' } } } },
};
const schema = {
  headers: {
    type: 'object',
    properties: {
      'sequence-version': { type: 'string', enum: ['2024-07-30'] },
      'idempotency-key': { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
    },
  },
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['ownerId', 'memberIds'],
    properties: { ownerId: id, memberIds: { type: 'array', maxItems: 10_000, items: id } },
  },
  response: {
    201: {
      type: 'object',
      required: ['id', 'owner', 'members'],
      properties: { id: { type: 'string' }, owner: customer, members: { type: 'array', items: customer } },
    },
    '4xx': error,
    '5xx': error,
  },
};

const app = Fastify();
app.decorateRequest('account', '');
app.addHook('onRequest', async (request, reply) => {
  const [clientId = '', secret = ''] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .split(':');
  const account = await store.authenticate(clientId, secret);
  if (!account)
    return reply
      .code(401)
      .header('www-authenticate', 'Basic')
      .send({ error: { type: 'Unauthorized', message: 'Wrong credentials' } });
  request.setDecorator('account', account);
});
app.post<{ Body: { ownerId: string; memberIds: string[] } }>(
  '/api/customer-organizations',
  { schema },
  async (request, reply) => {
    const { ownerId, memberIds } = request.body;
    reply.code(201);
    return store.create(request.getDecorator<string>('account'), ownerId, memberIds);
  },
);
app.setErrorHandler((cause: Error & { statusCode?: number }, _request, reply) =>
  reply
    .code(cause instanceof UnknownCustomer ? 400 : (cause.statusCode ?? 500))
    .send({ error: { type: cause.name, message: cause.message } }),
);
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify(app.server.address()));
