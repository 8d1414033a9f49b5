// Conventional Express: express.json(), express-openapi-validator with security handler and both validations, the
// route, and an error handler.
// Follows https://github.com/cdimascio/express-openapi-validator#usage and #example-express-api-server.
import express, { type ErrorRequestHandler, type Request } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import { UnknownCustomer } from './unknown-customer.ts';
import { openUsualStore } from './usual-store.ts';

const [database = '', contractPath = ''] = process.argv.slice(2);
const store = openUsualStore(database);
const accounts = new WeakMap<Request, string>();

const app = express();
app.use(express.json({ limit: '1mb' }));
app.use(
  OpenApiValidator.middleware({
    apiSpec: contractPath,
    validateRequests: true,
    validateResponses: true,
    validateSecurity: {
      handlers: {
        basic: async (request) => {
          const [clientId = '', secret = ''] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
            .toString()
            .split(':');
          const account = await store.authenticate(clientId, secret);
          if (account) accounts.set(request, account);
          return account !== undefined;
        },
      },
    },
  }),
);
app.post('/api/customer-organizations', async (request, response) => {
  const { ownerId, memberIds } = request.body;
  response.status(201).json(await store.create(accounts.get(request) ?? '', ownerId, memberIds));
});
const sendError: ErrorRequestHandler = (error, _request, response, _next) => {
  response
    .status(error instanceof UnknownCustomer ? 400 : (error.status ?? 500))
    .json({ error: { type: error.name, message: error.message } });
};
app.use(sendError);
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
