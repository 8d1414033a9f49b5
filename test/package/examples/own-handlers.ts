import { createApp, type Handlers } from 'customer-organizations-contract/server';
import { pino } from 'pino';

const handlers: Handlers = {
  async createCustomerOrganization({ body: { ownerId, memberIds } }) {
    const lookUp = (id: string) => ({ id, name: `Customer ${id.slice(0, 8)}` }); // your own logic
    return { status: 201, body: { id: crypto.randomUUID(), owner: lookUp(ownerId), members: memberIds.map(lookUp) } };
  },
};
const app = await createApp(handlers, {
  authenticate: ({ clientId, secret }) => (secret === process.env.SECRET ? { account: 'mine', clientId } : undefined),
  log: pino(),
});
app.listen(process.env.PORT ?? 3000);
