import { createClient } from 'customer-organizations-contract';

const client = createClient({ baseUrl: 'http://localhost:3000/api', clientId: 'key', clientSecret: 'secret' });
const { data, error } = await client.POST('/customer-organizations', {
  body: {
    ownerId: '50af5191-05a3-42a5-802a-6b59091157af',
    memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'],
  },
});
if (error?.type === 'UnknownCustomers') console.error(error.details);
else if (error) console.error(error.message);
else console.log(data.owner.name, data.members.length);
