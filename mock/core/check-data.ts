// Validates the options that a test passes to a mock.
import {
  checkOptions,
  checkValue,
  describeValue,
  isRecord,
  type Rule,
  type Rules,
} from '../../openapi/model/check/check-options.ts';
import { UUID } from '../../server/text/uuid.ts';
import type { MockData } from './mock-controls.ts';

const OBJECT: Rule = { expected: 'an object', isValid: isRecord };
const ID: Rule = { expected: 'a UUID', isValid: (value) => typeof value === 'string' && UUID.test(value) };
/** The rule of the contract: other names would make responses invalid. */
const NAME: Rule = {
  expected: 'a text of 1 to 255 characters',
  isValid: (value) => typeof value === 'string' && value.length > 0 && [...value].length <= 255,
};
/** RFC 7617, section 2: the first colon ends the user name, and neither part contains control characters. */
const CLIENT_ID: Rule = {
  expected: 'a text that is not empty, without control characters and without a colon',
  isValid: (value) => typeof value === 'string' && /^[^:\p{Cc}\p{Cs}]+$/u.test(value),
};
const SECRET: Rule = {
  expected: 'a text without control characters',
  isValid: (value) => typeof value === 'string' && /^[^\p{Cc}\p{Cs}]*$/u.test(value),
  isSecret: true,
};

/** The rules of {@link MockData}. */
const DATA_RULES: Rules = {
  customers: { expected: 'a list of objects with `id` and `name`', isValid: Array.isArray },
  credentials: {
    expected: 'an object with `clientId` and `clientSecret`, or a list of them',
    isValid: (value) => isRecord(value) || Array.isArray(value),
    isSecret: true,
  },
};

/** @throws TypeError for an unknown option, or one that the rules of this mock or of `MockData` do not allow */
export function checkMockOptions(options: MockData, rules: Rules): void {
  checkOptions(options, { ...DATA_RULES, ...rules });
  const { customers = [], credentials = [] } = options;
  checkEach('customers', customers, { id: ID, name: NAME });
  checkEach('credentials', [credentials].flat(), { clientId: CLIENT_ID, clientSecret: SECRET });
  const ids = customers.map(({ id }) => id.toLowerCase());
  const repeated = ids.length === new Set(ids).size ? undefined : ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw new TypeError(`Two of the \`customers\` have the ID ${repeated}.`);
}

function checkEach(option: string, values: readonly object[], rules: Rules): void {
  for (const [index, value] of values.entries()) {
    checkValue(`\`${option}[${index}]\` option`, value, OBJECT);
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(rules, name));
    if (unknown !== undefined)
      throw new TypeError(
        `The \`${option}[${index}]\` option has no property ${describeValue(unknown)}. ` +
          `Known here: ${Object.keys(rules).join(', ')}.`,
      );
    for (const [name, rule] of Object.entries(rules))
      checkValue(`\`${option}[${index}].${name}\` option`, Reflect.get(value, name), rule);
  }
}
