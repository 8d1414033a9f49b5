// The order of the steps of an exchange is that of the contract.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { orderOfChecks } from '../../generated/limits.ts';
import { apiVersions, routes } from '../../generated/operations.ts';
import { EDGE_CHECKS } from '../../openapi/model/limits-and-checks.ts';
import { LiveVersions } from '../../server/edge/exchange/live-versions.ts';
import { OperationReader } from '../../server/edge/routes/operation.ts';
import { Steps } from '../../server/edge/steps.ts';

const steps = new Steps({
  options: { authenticate: () => undefined },
  handlers: { createCustomerOrganization: async () => ({ status: 201 }) },
  versions: new LiveVersions(apiVersions, contract.info.version),
  log: pino({ level: 'silent' }),
});

/** Those that Express's router makes, before any step. */
const ROUTER_CHECKS = ['path', 'method'];

it.each(['the newest version', 'an older version'])(
  'makes the checks in the order of the contract, for %s',
  async (version) => {
    const [route] = routes;
    const operation = await new OperationReader(contract).read(route);
    const older = { path: route.path, version: '2020-01-01', changes: [], older: operation, newest: operation };

    const all = [
      ...steps.forClient(true, () => {}),
      ...steps.forOperation(operation, version === 'an older version' ? older : undefined),
    ];
    const checks = all.flatMap(({ check }) => check ?? []);

    expect([...ROUTER_CHECKS, ...checks]).toEqual(EDGE_CHECKS);
    expect(orderOfChecks.slice(0, EDGE_CHECKS.length)).toEqual(EDGE_CHECKS);
  },
);
