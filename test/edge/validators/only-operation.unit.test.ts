// The part of a contract that the validators of one operation receive, and the classes of those validators.
import { describe, expect, it } from 'vitest';
import { onlyOperation } from '../../../server/edge/validators/only-operation.ts';
import { checkVersion } from '../../../server/edge/validators/validator-classes.ts';
import { findEntry, withSearch } from './search-contract.ts';

describe('onlyOperation', () => {
  it('leaves out other operations and unused components', () => {
    const search = findEntry(withSearch(), 'search');

    const reduced = onlyOperation(withSearch(), search);

    expect(Object.keys(reduced.paths)).toEqual(['/customers/{customerId}/organizations']);
    expect(reduced.components).toEqual({ schemas: {} });
  });

  it('keeps components that are used through other references, including recursive ones', () => {
    const changed = withSearch();
    Object.assign(changed.components.schemas, {
      Tree: {
        type: 'object',
        properties: { left: { $ref: '#/components/schemas/Tree' }, leaf: { $ref: '#/components/schemas/Leaf' } },
      },
      Leaf: { type: 'object', properties: { 'a/b': { type: 'string' } } },
      Other: { type: 'object' },
    });
    Object.assign(changed.paths['/customers/{customerId}/organizations']?.get ?? {}, {
      responses: {
        200: {
          description: 'Found.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Tree' } } },
        },
        404: { $ref: '#/paths/~1customer-organizations/post/responses/401' },
      },
    });
    const search = findEntry(changed, 'search');

    const reduced = onlyOperation(changed, search);

    expect(Object.keys(reduced.components.schemas)).toEqual(expect.arrayContaining(['Tree', 'Leaf']));
    expect(reduced.components.schemas).not.toHaveProperty('Other');
    expect(reduced.paths['/customer-organizations']).toHaveProperty('post');
  });
});

describe('the version of express-openapi-validator', () => {
  it('is the one whose classes are used', () => {
    expect(() => checkVersion('5.6.2')).not.toThrow();
  });

  it.each(['5.6.3', '6.0.0', '5.6.2-beta.1'])('is rejected at start when it is %s', (version) => {
    expect(() => checkVersion(version)).toThrow(
      `express-openapi-validator ${version} is installed, but only 5.6.2 is supported. ` +
        'Run: npm install express-openapi-validator@5.6.2',
    );
  });
});
