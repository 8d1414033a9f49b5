// Modules of a version that do not compile.

/** Changes of the guide's module that do not compile, and the error for each. */
export const WRONG_MODULES: [what: string, search: string | RegExp, replacement: string, reason: string][] = [
  ['no operation', /createCustomerOrganization: \{.*\n {2}\},\n\}/s, '}', "'createCustomerOrganization' is missing"],
  ['no conversion of requests', / {4}upgradeRequest.*?\n {4}\}\),\n/s, '', "'upgradeRequest' is missing"],
  ['no conversion of responses', / {4}downgradeResponse.*?\n {4}\},\n/s, '', "'downgradeResponse' is missing"],
  ['no new required field', ", currency: 'EUR'", '', "'currency' is missing"],
  ['no property of the older response', ', ...body },\n', ' },\n', "'members' is missing"],
  ['no pointers', / {4}pointers: .*\n/, '', 'Record<"/currency" | "/customerIds", string>'],
  ['no pointer of what is new', ", '/currency': ''", '', `'"/currency"' is missing`],
  ['no pointer of what was renamed', "'/customerIds': '/memberIds', ", '', `'"/customerIds"' is missing`],
  ['a misspelt pointer', "'/currency': ''", "$&, '/curency': ''", 'The newer request has no /curency.'],
  ['a pointer of the older request as the newer', "'/currency': ''", "$&, '/memberIds': ''", 'has no /memberIds.'],
  ['a misspelt older pointer', "'/memberIds'", "'/memberId'", `Did you mean '"/memberIds"'?`],
  ['pointers of a misspelt part', 'pointers: {', 'pointers: { boddy: {},', 'A request has no boddy.'],
  ['pointers in a query without parameters', 'pointers: {', "pointers: { query: { '/a': '' },", 'has no /a.'],
  ['the renamed property in a request', 'customerIds: memberIds,', '$& memberIds,', '/body/memberIds is returned'],
  ['the renamed property in a response', '{ id, owner, ', '{ id, owner, parent: owner, ', '/body/parent is returned'],
  ['a nested property in a response', '{ id, owner, ', '{ id, owner: { ...owner, nick: 1 }, ', '/body/owner/nick is'],
  [
    'a header that the response does not have',
    '...response,',
    "...response, headers: { ...response.headers, 'X-A': 1 },",
    '/headers/X-A',
  ],
  ['a misspelt operation', /\}\);\n$/, 'creat: {} });\n', 'There is no operation creat in both versions.'],
  [
    'a misspelt conversion',
    'pointers: {',
    'downgradeRequest: 1, pointers: {',
    'There is no conversion downgradeRequest.',
  ],
  ['an operation that is new', /\}\);\n$/, 'listCustomers: {} });\n', 'There is no operation listCustomers in both'],
];
