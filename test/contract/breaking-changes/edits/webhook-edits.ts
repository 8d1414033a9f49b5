// Edits of webhooks and callbacks.
import { all, append, type Row, remove, rename, set } from './edit.ts';

const CALLBACKS = '/paths/~1customers~1{customerId}/patch/callbacks';
const BODY_OF_CALLBACK = 'requestBody/content/application~1json/schema';

export const WEBHOOK_EDITS: Row[] = [
  [
    'a longer ID in a webhook',
    set('/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/id/maxLength', 40),
    'breaking',
    '/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/id/maxLength',
  ],
  [
    'a shorter ID in a webhook',
    set('/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/id/maxLength', 30),
    'compatible',
    '/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/id/maxLength',
  ],
  [
    'a new reason in a webhook',
    append(
      '/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/reason/enum',
      'old',
    ),
    'breaking',
    '/webhooks/organizationCreated/post/requestBody/content/application~1json/schema/properties/reason/enum',
  ],
  [
    'another response that a webhook accepts',
    set('/webhooks/organizationCreated/post/responses/204', { description: 'Received.' }),
    'compatible',
    '/webhooks/organizationCreated/post/responses/204',
  ],
  [
    'a callback to another address',
    rename(`${CALLBACKS}/dry/{$request.query.dryUrl}`, '{$request.query.other}'),
    'breaking',
    `${CALLBACKS}/dry/{$request.query.dryUrl}`,
  ],
  ['another name of a callback', rename(`${CALLBACKS}/dry`, 'dried'), 'compatible'],
  [
    'other names of two callbacks to one address',
    all(rename(`${CALLBACKS}/onDrop`, 'a'), rename(`${CALLBACKS}/onEnd`, 'b')),
    'compatible',
  ],
  [
    'the address of a callback without braces',
    rename(`${CALLBACKS}/dry/{$request.query.dryUrl}`, '$request.query.dryUrl'),
    'compatible',
  ],
  [
    'a longer text in one of two callbacks to one address',
    set(`${CALLBACKS}/onEnd/{$request.query.url}/post/${BODY_OF_CALLBACK}/maxLength`, 20),
    'breaking',
    `${CALLBACKS}/onEnd/{$request.query.url}/post/${BODY_OF_CALLBACK}/maxLength`,
  ],
  ['a removed callback', remove(`${CALLBACKS}/onEnd`), 'breaking', `${CALLBACKS}/onEnd/{$request.query.url}`],
  [
    'a new callback',
    set(`${CALLBACKS}/onStart`, { '{$request.query.url}': { post: { responses: {} } } }),
    'compatible',
    `${CALLBACKS}/onStart/{$request.query.url}/post`,
  ],
  ['a removed webhook', remove('/webhooks/organizationCreated'), 'breaking', '/webhooks/organizationCreated'],
];
