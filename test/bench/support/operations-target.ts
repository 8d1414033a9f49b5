// A process of the benchmark `operations`: creates an app with many operations, and prints the processor time of that.
import { contract } from '../../../generated/contract.ts';
import { type Contract, operationsOf } from '../../../openapi/model/contract.ts';
import { createApp } from '../../../server/edge/app.ts';
import { listen } from '../../../server/http/listen.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { DEMO, exchange } from '../../support/http/http.ts';

const count = Number(process.argv[2]);

/** The contract with copies of its operation. */
function multiply(): Contract {
  const [entry] = operationsOf(contract);
  if (!entry) throw new Error('The contract has no operation.');
  const numbers = Array.from({ length: count }, (_, index) => index);
  const paths = numbers.map((index) => [
    `/collections-${index}`,
    { [entry.method]: { ...structuredClone(entry.operation), operationId: `create${index}` } },
  ]);
  return { ...contract, paths: Object.fromEntries(paths) };
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const many = multiply();
const handlers = Object.fromEntries(
  operationsOf(many).map(({ operation }) => [
    operation.operationId,
    async () => ({ status: 201, body: organizationWith() }),
  ]),
);

const began = cpuMs();
// The types only cover the handlers of the generated contract.
const app = await createApp(handlers as object as Parameters<typeof createApp>[0], {
  contract: many,
  authenticate: ({ clientId }) => ({ account: 'account', clientId }),
});
const created = cpuMs();
const { log } = console;
const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
const ask = (index: number) =>
  exchange(server.url, {
    path: `/api/collections-${index}`,
    headers: { authorization: DEMO, 'content-type': 'application/json' },
    body: { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] },
  });
const before = cpuMs();
for (let index = 0; index < count; index++) {
  const { status } = await ask(index);
  if (status !== 201) throw new Error(`Operation ${index} responded with ${status}.`);
}
const first = cpuMs();
for (let index = 0; index < count; index++) await ask(index);
const again = cpuMs();
// The difference between first and second requests is the time of compilation.
const compileMs = Math.max(0, first - before - (again - first));
log(JSON.stringify({ createMs: created - began, compileMs, requestMs: (first - before) / count }));
await server.close(0);
