// Prism in its worker thread: lazy loading, size limits and errors.
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { routes } from '../../../generated/operations.ts';
import { createPrism } from '../../../mock/prism/prism.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { operation } from '../../support/contract/operation.ts';

const copyContract = () => structuredClone(contract);
const route = routes.find(({ operationId }) => operationId === operation.operationId) ?? routes[0];

function start(changed: Contract) {
  const prism = createPrism(changed);
  onTestFinished(() => prism.close());
  return prism;
}

describe('createPrism', () => {
  it('generates values with the x-faker of a schema', async () => {
    const changed = copyContract();
    Object.assign(changed.components.schemas.Customer?.properties?.name ?? {}, { 'x-faker': 'location.countryCode' });

    const { body } = await start(changed).respond(route, { dynamic: true });

    expect(body).toMatchObject({ owner: { name: expect.stringMatching(/^[A-Z]{2}$/) } });
  });

  it('generates at most five items, and no undeclared properties', async () => {
    const { body } = await start(copyContract()).respond(route, { dynamic: true });

    const declared = Object.keys(contract.components.schemas.CustomerOrganization?.properties ?? {});
    expect(declared).toContain('members');
    expect(Object.keys(body as object).sort()).toEqual(declared.sort());
    expect((body as { members: unknown[] }).members.length).toBeLessThanOrEqual(5);
  });

  it("rejects with Prism's message when the contract has no such example", async () => {
    await expect(start(copyContract()).respond(route, { code: 201, example: 'unknown' })).rejects.toThrow(
      /^Prism: .*NOT_FOUND/,
    );
  });

  it('rejects every request when the contract cannot be loaded', async () => {
    const prism = start({ broken: true } as unknown as Contract); // This is not a contract.

    await expect(prism.respond(route, {})).rejects.toThrow('Prism crashed.');
    await expect(prism.respond(route, {})).rejects.toThrow('Prism crashed.');
  });

  it('rejects a pending request when it is closed', async () => {
    const prism = start(copyContract());
    const pending = prism.respond(route, {});
    const rejected = expect(pending).rejects.toThrow('Prism is closed.');

    await prism.close();

    await rejected;
  });
});
