// Edits of statuses, headers and media types that clients receive. Tightening is compatible, loosening breaks.
import { all, append, type Row, remove, rename, set } from './edit.ts';

const LIST = '/paths/~1customers/get/responses';
const PUT = '/paths/~1customers~1{customerId}/put/responses';
const CREATE = '/paths/~1customer-organizations/post/responses';

export const RESPONSE_EDITS: Row[] = [
  ['a removed fallback response', remove('/x-fallback-responses/404'), 'breaking', '/x-fallback-responses/404'],
  [
    'no fallback responses',
    remove('/x-fallback-responses'),
    'breaking',
    ['/x-fallback-responses/404', '/x-fallback-responses/405'],
  ],
  ['a new status', set(`${CREATE}/403`, { description: 'Forbidden.' }), 'breaking', `${CREATE}/403`],
  ['a new status of success', set(`${CREATE}/202`, { description: 'Accepted.' }), 'breaking', `${CREATE}/202`],
  ['a new status within a range', set(`${LIST}/404`, { description: 'Not found.' }), 'compatible'],
  [
    'a new status of an extensible operation',
    set('/paths/~1customers~1{customerId}/patch/responses/409', { description: 'Conflict.' }),
    'compatible',
    '/paths/~1customers~1{customerId}/patch/responses/409',
  ],
  ['a new default response', set(`${PUT}/default`, { description: 'Other.' }), 'breaking', `${PUT}/default`],
  ['a removed status', remove(`${CREATE}/409`), 'breaking', '/components/responses/Conflict'],
  ['another status of success', rename(`${PUT}/200`, '201'), 'breaking', [`${PUT}/200`, `${PUT}/201`]],
  ['a range for a status', rename(`${PUT}/204`, '2XX'), 'breaking', `${PUT}/2XX`],
  [
    'a new fallback response',
    set('/x-fallback-responses/410', { description: 'Gone.' }),
    'breaking',
    '/x-fallback-responses/410',
  ],
  [
    'another type of a fallback response',
    append('/x-fallback-responses/404/content/application~1json/schema/properties/error/properties/type/enum', 'Gone'),
    'breaking',
    '/x-fallback-responses/404/content/application~1json/schema/properties/error/properties/type/enum',
  ],
  ['the former name of the fallback responses', rename('/x-fallback-responses', 'x-outside-operations'), 'compatible'],
  ['a reworded response', set('/components/responses/Conflict/description', 'x'), 'compatible'],
  [
    'a response in its place instead of a reference',
    set(`${PUT}/204`, { description: 'Nothing at all.' }),
    'compatible',
  ],
  [
    'a new header',
    set(`${LIST}/200/headers/X-New`, { schema: { type: 'string' } }),
    'compatible',
    `${LIST}/200/headers/X-New`,
  ],
  ['a removed header', remove(`${LIST}/200/headers/X-Total`), 'breaking', `${LIST}/200/headers/X-Total`],
  [
    'a header that is never sent',
    set(`${LIST}/200/headers/X-Page/schema`, false),
    'breaking',
    `${LIST}/200/headers/X-Page`,
  ],
  ['a removed optional header', remove(`${LIST}/200/headers/X-Page`), 'breaking', `${LIST}/200/headers/X-Page`],
  [
    'another default of an optional header',
    set(`${LIST}/200/headers/X-Sort/schema/default`, 'id'),
    'breaking',
    `${LIST}/200/headers/X-Sort/schema/default`,
  ],
  [
    'no default of an optional header',
    remove(`${LIST}/200/headers/X-Sort/schema/default`),
    'breaking',
    `${LIST}/200/headers/X-Sort/schema/default`,
  ],
  [
    'a default of an optional header',
    set(`${LIST}/200/headers/X-Page/schema/default`, 1),
    'compatible',
    `${LIST}/200/headers/X-Page/schema/default`,
  ],
  ['a default of a header that is always there', set(`${LIST}/200/headers/X-Total/schema/default`, 0), 'compatible'],
  [
    'another default of a header that is always there now',
    all(set(`${LIST}/200/headers/X-Sort/schema/default`, 'id'), set(`${LIST}/200/headers/X-Sort/required`, true)),
    'compatible',
    `${LIST}/200/headers/X-Sort/required`,
  ],
  ['explode of a list in a header', set(`${LIST}/200/headers/X-Ids/explode`, true), 'compatible'],
  [
    'a header as JSON',
    set(`${LIST}/200/headers/X-Page`, { content: { 'application/json': { schema: { type: 'integer' } } } }),
    'breaking',
    `${LIST}/200/headers/X-Page/content`,
  ],
  ['a header in lower case', rename(`${LIST}/200/headers/X-Page`, 'x-page'), 'compatible'],
  [
    'a header that is no longer sent always',
    remove('/components/headers/Challenge/required'),
    'breaking',
    '/components/headers/Challenge',
  ],
  [
    'a header that is sent always',
    set(`${LIST}/200/headers/X-Page/required`, true),
    'compatible',
    `${LIST}/200/headers/X-Page/required`,
  ],
  [
    'a wider header',
    set('/components/headers/RetryAfter/schema/maximum', 7200),
    'breaking',
    '/components/headers/RetryAfter/schema/maximum',
  ],
  [
    'a narrower header',
    set('/components/headers/RetryAfter/schema/maximum', 60),
    'compatible',
    '/components/headers/RetryAfter/schema/maximum',
  ],
  [
    'another realm',
    set('/components/headers/Challenge/schema/enum', ['Basic realm="other", charset="UTF-8"']),
    'breaking',
    '/components/headers/Challenge/schema/enum',
  ],
  [
    'a header of versions that can be anything',
    set(`${LIST}/200/headers/X-Version/schema`, {}),
    'breaking',
    '/components/schemas/ApiVersion/enum',
  ],
  [
    'an operation that becomes extensible',
    set(`${PUT.slice(0, -10)}/x-extensible`, true),
    'breaking',
    `${PUT.slice(0, -10)}/x-extensible`,
  ],
  ['a new media type', set(`${PUT}/200/content/text~1csv`, { schema: {} }), 'breaking', `${PUT}/200/content/text~1csv`],
  [
    'a removed media type',
    all(set(`${PUT}/200/content/text~1csv`, { schema: {} }), remove(`${PUT}/200/content/application~1json`)),
    'breaking',
    [`${PUT}/200/content/application~1json`, `${PUT}/200/content/text~1csv`],
  ],
  ['a media type in capitals', rename(`${PUT}/200/content/application~1json`, 'Application/JSON'), 'compatible'],
  [
    'a body where there was none',
    set(`${PUT}/204/content`, { 'application/json': { schema: {} } }),
    'compatible',
    `${PUT}/204`,
  ],
];
