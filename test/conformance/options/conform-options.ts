// Validates the target and the options of `conform` at run time, for callers without types.
import {
  BOOLEAN,
  checkValue,
  describeValue,
  FUNCTION,
  integerFrom,
  isRecord,
  type Rule,
  type Rules,
} from '../../../openapi/model/check/check-options.ts';
import { findNearest } from './find-nearest.ts';
import { TOKEN, UUID } from './patterns.ts';

const STRING: Rule = { expected: 'a string', isValid: (value) => typeof value === 'string' };
const STRINGS: Rule = {
  expected: 'an array of strings',
  isValid: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
};
/** Whether a value is a plain object. The contents of a `Map`, for example, would be ignored. */
const isPlain = (value: unknown) => isRecord(value) && Object.prototype.toString.call(value) === '[object Object]';
/** The fields are checked one by one. */
const CREDENTIALS_RULE: Rule = {
  expected: 'an object with clientId and clientSecret',
  isValid: isPlain,
  isSecret: true,
};
const CREDENTIALS_OPTIONS = ['credentials', 'user2', 'otherUser'];
const isUuid = (value: unknown) => typeof value === 'string' && UUID.test(value);

const CREDENTIALS: Rules = {
  clientId: {
    expected: 'a string without a colon',
    isValid: (value) => typeof value === 'string' && !value.includes(':'),
  },
  clientSecret: { ...STRING, isSecret: true },
};

const OPTIONS: Rules = {
  credentials: CREDENTIALS_RULE,
  user2: CREDENTIALS_RULE,
  otherUser: CREDENTIALS_RULE,
  customers: {
    expected: 'an object with names by UUID',
    isValid: (value) =>
      isPlain(value) && Object.entries(Object(value)).every(([id, name]) => isUuid(id) && typeof name === 'string'),
  },
  owner: { expected: 'a UUID', isValid: isUuid },
  members: {
    expected: 'an array of at least one UUID',
    isValid: (value) => Array.isArray(value) && value.length > 0 && value.every(isUuid),
  },
  basePath: {
    expected: 'a path, such as "/api"',
    isValid: (value) => typeof value === 'string' && /^(\/[^/?#]+)*\/?$/.test(value),
  },
  apiVersion: STRING,
  requests: integerFrom(0, 1_000_000),
  seed: integerFrom(0, 2 ** 31),
  rate: integerFrom(1, 100_000),
  timeoutMs: integerFrom(1, 3_600_000),
  mock: BOOLEAN,
  strictHeaders: BOOLEAN,
  allowedHeaders: STRINGS,
  only: STRINGS,
  baseline: { expected: 'a report of an earlier run, or an object with failures', isValid: isPlain },
};

const TARGET: Rules = {
  url: { expected: 'a string or a URL', isValid: (value) => typeof value === 'string' || value instanceof URL },
  listener: FUNCTION,
  fetch: FUNCTION,
};

/** Names of the command, and of other programs, by the option of `conform` that means the same. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  credentials: ['user', 'username', 'auth', 'login', 'key', 'apiKey'],
  clientId: ['id', 'user', 'username', 'login', 'key'],
  clientSecret: ['secret', 'password', 'pass'],
  customers: ['customer', 'names'],
  owner: ['ownerId'],
  members: ['member', 'memberIds'],
  apiVersion: ['version', 'sequenceVersion'],
  timeoutMs: ['timeout', 'timeoutSeconds', 'timeoutS'],
  allowedHeaders: ['allowHeader', 'allowHeaders', 'allowedHeader'],
  only: ['rule', 'rules', 'filter'],
  url: ['baseUrl', 'uri', 'server', 'target'],
  listener: ['app', 'handler', 'callback', 'express'],
};

/** Options of the command that write what `conform` returns. */
const OUTPUTS = ['json', 'junit', 'html'];

/** @throws TypeError for an unknown name or a value of another kind, in the objects of options as well */
export function checkConformArguments(target: unknown, options: unknown): void {
  checkObject('target', target, TARGET);
  checkObject('options', options, OPTIONS);
  for (const name of CREDENTIALS_OPTIONS) {
    const credentials: unknown = Reflect.get(Object(options), name);
    if (credentials !== undefined) checkObject(name, credentials, CREDENTIALS, 'required');
  }
  const { url } = Object(target);
  const { basePath, allowedHeaders = [] } = Object(options);
  if (url !== undefined && basePath !== undefined)
    throw new TypeError('The `basePath` option is for handlers. Write the path into the url.');
  const header = [allowedHeaders].flat().find((name) => !TOKEN.test(name));
  if (header !== undefined)
    throw new TypeError(`The \`allowedHeaders\` option must contain names of headers, not ${describeValue(header)}.`);
  const clients = CREDENTIALS_OPTIONS.map((name) =>
    Reflect.get(Object(Reflect.get(Object(options), name)), 'clientId'),
  );
  const index = clients.findIndex((each, at) => each !== undefined && clients.indexOf(each) < at);
  if (index >= 0) throw new TypeError(`The \`${CREDENTIALS_OPTIONS[index]}\` option has the client of another option.`);
}

/** `object` names it in messages. */
function checkObject(object: string, given: unknown, rules: Rules, presence?: 'required'): void {
  const isOption = CREDENTIALS_OPTIONS.includes(object);
  const kind = object === 'target' ? 'kind of target' : 'option';
  const pathOf = (name: string) => (isOption ? `${object}.${name}` : name);
  if (!isRecord(given) || !isPlain(given))
    throw new TypeError(`The ${object} must be an object, not ${describeValue(given)}.`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rules, name)) continue;
    throw new TypeError(`There is no ${kind} ${describeValue(pathOf(name))}. ${advise(name, rules)}`);
  }
  for (const [name, rule] of Object.entries(rules))
    if (given[name] !== undefined || presence)
      checkValue(kind === 'option' ? `\`${pathOf(name)}\` option` : `\`${name}\` of the target`, given[name], rule);
}

function advise(name: string, rules: Rules): string {
  const known = Object.keys(rules);
  const meant = known.find((each) => OTHER_NAMES[each]?.includes(name)) ?? findNearest(name, known);
  if (meant !== undefined) return `Use \`${meant}\`: ${rules[meant]?.expected}.`;
  return `${OUTPUTS.includes(name) ? 'The report is what is returned. ' : ''}Known here: ${known.join(', ')}.`;
}
