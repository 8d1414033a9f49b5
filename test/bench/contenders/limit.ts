// The upper limit: node:http, JSON.parse and our group commit, without validation. No server that validates can be
// faster.
import { createServer } from 'node:http';
import { v7 as newId } from 'uuid';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';

const [databasePath = ''] = process.argv.slice(2);
const store = openSqliteStore({ path: databasePath });
const account = (await store.findApiKey('key'))?.account ?? '';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const { ownerId, memberIds } = JSON.parse(Buffer.concat(chunks).toString());
    const outcome = await store.createOrganization({ account, id: newId(), ownerId, memberIds });
    const body = JSON.stringify(outcome.kind === 'created' ? outcome.organization : outcome);
    response.writeHead(outcome.kind === 'created' ? 201 : 400, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
