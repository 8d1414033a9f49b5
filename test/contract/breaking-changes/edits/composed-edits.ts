// Edits of schemas with parts or alternatives: what a part forbids in another one, and what alternatives allow
// together.
import { change, type Row, rename, set } from './edit.ts';

const PROFILE = '/components/schemas/Profile';
const P = `${PROFILE}/properties`;
const VIEW = '/components/schemas/ProfileView';
const V = `${VIEW}/properties`;
const NEW = '/components/schemas/NewCustomerOrganization';

/** The properties of `Profile` except `note`. */
const OTHERS = Object.fromEntries(
  [
    'name',
    'kind',
    'status',
    'employees',
    'share',
    'labels',
    'email',
    'code',
    'isVisible',
    'address',
    'counts',
    'contact',
  ]
    .concat('security', 'parent')
    .map((name) => [name, {}]),
);

const range = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });

/** A schema with each property in a part of its own. */
function splitProperties(schema: unknown): unknown {
  const { properties, required } = Object(schema);
  const parts = Object.entries(properties).map(([name, value]) => ({ properties: { [name]: value } }));
  return { type: 'object', required, allOf: parts, unevaluatedProperties: false };
}

export const COMPOSED_REQUEST_EDITS: Row[] = [
  [
    'a part of allOf that forbids a required property of another part',
    change(NEW, (schema) => ({ allOf: [schema, { additionalProperties: false, properties: { ownerId: {} } }] })),
    'breaking',
    `${NEW}/properties/memberIds`,
  ],
  [
    'a part of a part of allOf that forbids a property',
    change(PROFILE, (schema) => ({
      allOf: [{ allOf: [schema, { additionalProperties: false, properties: OTHERS }] }],
    })),
    'breaking',
    [`${P}/note`, `${PROFILE}/allOf/0/allOf/1/additionalProperties`],
  ],
  [
    'a part of allOf that allows other properties of one type only',
    change(PROFILE, (schema) => ({
      allOf: [schema, { additionalProperties: { type: 'string' }, properties: OTHERS }],
    })),
    'breaking',
    `${PROFILE}/allOf/1/additionalProperties/type`,
  ],
  [
    'a closed alternative of anyOf that lacks a property',
    change(PROFILE, (schema) => ({
      allOf: [schema, { anyOf: [{ additionalProperties: false, properties: OTHERS }, { required: ['note'] }] }],
    })),
    'breaking',
    `${PROFILE}/type`,
  ],
  [
    'a closed part of allOf that names all properties of a closed body',
    change(NEW, (schema) => ({
      allOf: [schema, { additionalProperties: false, properties: { ownerId: {}, memberIds: {} } }],
    })),
    'compatible',
  ],
  [
    'unevaluatedProperties for additionalProperties',
    rename(`${NEW}/additionalProperties`, 'unevaluatedProperties'),
    'compatible',
  ],
  ['parts of allOf that are closed together', change(NEW, splitProperties), 'compatible'],
  [
    'a body that is closed by unevaluatedProperties',
    set(`${PROFILE}/unevaluatedProperties`, false),
    'breaking',
    `${PROFILE}/unevaluatedProperties`,
  ],
  [
    'unevaluatedProperties in a part of allOf, for a property of another part',
    change(NEW, (schema) => ({ allOf: [schema, { unevaluatedProperties: false, properties: { ownerId: {} } }] })),
    'breaking',
    `${NEW}/properties/memberIds`,
  ],
  ['a range as two', set(`${P}/employees`, { oneOf: [range(1, 500), range(501, 1000)] }), 'compatible'],
  [
    'a range as two that overlap, by anyOf',
    set(`${P}/employees`, { anyOf: [range(1, 500), range(400, 1000)] }),
    'compatible',
  ],
  [
    'a range as two and more',
    set(`${P}/employees`, { oneOf: [range(-5, 0), range(1, 7), range(8, 2000)] }),
    'compatible',
    `${P}/employees/oneOf/0`,
  ],
  [
    'a range as two that overlap, by oneOf',
    set(`${P}/employees`, { oneOf: [range(1, 500), range(500, 1000)] }),
    'breaking',
    `${P}/employees/oneOf`,
  ],
  [
    'a range as two with a gap',
    set(`${P}/employees`, { oneOf: [range(1, 499), range(501, 1000)] }),
    'breaking',
    `${P}/employees/type`,
  ],
  [
    'a range of fractions as two',
    set(`${P}/share`, {
      type: 'number',
      multipleOf: 0.25,
      oneOf: [
        { exclusiveMinimum: 0, maximum: 0.5 },
        { exclusiveMinimum: 0.5, maximum: 1 },
      ],
    }),
    'compatible',
  ],
  [
    'a range of fractions as two without the value between them',
    set(`${P}/share`, {
      type: 'number',
      multipleOf: 0.25,
      oneOf: [
        { exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
        { exclusiveMinimum: 0.5, maximum: 1 },
      ],
    }),
    'breaking',
    `${P}/share/type`,
  ],
  [
    'lengths as two ranges',
    set(`${P}/name`, {
      type: 'string',
      oneOf: [
        { minLength: 2, maxLength: 9 },
        { minLength: 10, maxLength: 200 },
      ],
    }),
    'compatible',
  ],
  [
    'lengths as two ranges with a gap',
    set(`${P}/name`, {
      type: 'string',
      oneOf: [
        { minLength: 2, maxLength: 9 },
        { minLength: 11, maxLength: 200 },
      ],
    }),
    'breaking',
    `${P}/name/type`,
  ],
  [
    'numbers of items as two ranges',
    change(`${P}/labels`, (schema) => ({ allOf: [schema], oneOf: [{ maxItems: 2 }, { minItems: 3 }] })),
    'compatible',
  ],
  [
    'types as alternatives with others',
    set(`${P}/note`, { oneOf: [{ type: 'null' }, { type: 'string', maxLength: 500 }, { type: 'object' }] }),
    'compatible',
    `${P}/note/oneOf/2`,
  ],
  [
    'an enum as lists with another type',
    set(`${P}/status`, { oneOf: [{ const: 'active' }, { enum: ['closed', 'new'] }, { type: 'object' }] }),
    'compatible',
    `${P}/status/oneOf`,
  ],
  [
    'an enum as lists that lack a value',
    set(`${P}/status`, { oneOf: [{ const: 'active' }, { enum: ['new'] }, { type: 'object' }] }),
    'breaking',
    `${P}/status/oneOf`,
  ],
];

export const COMPOSED_RESPONSE_EDITS: Row[] = [
  [
    'a part of allOf that forbids a property of another part',
    change(VIEW, (schema) => ({
      allOf: [schema, { additionalProperties: false, properties: OTHERS }],
    })),
    'breaking',
    `${V}/note`,
  ],
  [
    'a range as two',
    set(`${V}/employees`, { oneOf: [range(1, 500), range(501, 1000)] }),
    'compatible',
    [`${V}/employees/oneOf/0/maximum`, `${V}/employees/oneOf/1/minimum`],
  ],
  [
    'a range as two, one of which is wider',
    set(`${V}/employees`, { oneOf: [range(0, 500), range(501, 1000)] }),
    'breaking',
    `${V}/employees/oneOf/0`,
  ],
  [
    'a range as two with a gap',
    set(`${V}/employees`, { oneOf: [range(1, 499), range(501, 1000)] }),
    'compatible',
    [`${V}/employees/oneOf/0/maximum`, `${V}/employees/oneOf/1/minimum`],
  ],
];
