// Prism in its thread: what is left out until it is needed, what is kept small, and what becomes of questions that cannot be answered.
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { routes } from '../../generated/operations.ts';
import { createPrism } from '../../mock/prism.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { operation } from '../support/operation.ts';

const copyContract = () => structuredClone(contract);
const route = routes.find(({ operationId }) => operationId === operation.operationId) ?? routes[0];

function start(changed: Contract) {
  const prism = createPrism(changed);
  onTestFinished(() => prism.close());
  return prism;
}

describe('Prism', () => {
  it('finds the words of x-faker when a schema asks for them', async () => {
    const changed = copyContract();
    Object.assign(changed.components.schemas.Customer?.properties?.name ?? {}, { 'x-faker': 'location.countryCode' });

    const { body } = await start(changed).answer(route, { dynamic: true });

    expect(body).toMatchObject({ owner: { name: expect.stringMatching(/^[A-Z]{2}$/) } });
  });

  it('makes up a few items and no more properties, though the contract allows thousands', async () => {
    const { body } = await start(copyContract()).answer(route, { dynamic: true });

    expect(Object.keys(body as object).sort()).toEqual(['id', 'members', 'owner']);
    expect((body as { members: unknown[] }).members.length).toBeLessThanOrEqual(5);
  });

  it('rejects with its own words when there is no such answer', async () => {
    await expect(start(copyContract()).answer(route, { code: 201, example: 'nobody' })).rejects.toThrow(
      /^Prism: .*NOT_FOUND/,
    );
  });

  it('rejects when it cannot be loaded, then and ever after', async () => {
    const prism = start({ broken: true } as unknown as Contract); // What a contract is not.

    await expect(prism.answer(route, {})).rejects.toThrow('Prism broke down.');
    await expect(prism.answer(route, {})).rejects.toThrow('Prism broke down.');
  });

  it('rejects what is asked when it is closed', async () => {
    const prism = start(copyContract());
    const asked = prism.answer(route, {});
    const rejected = expect(asked).rejects.toThrow('Prism has ended.');

    await prism.close();

    await rejected;
  });
});
