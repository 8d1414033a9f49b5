// Subjects for complete runs: two clients of one account, another account, and given names.
import type { Customer } from '../../../../server/store/records.ts';
import type { Subject } from '../../cases/case.ts';
import { SUBJECT } from './subject.ts';

/** The second client, whose secret has a colon and non-ASCII characters. */
export const USER2 = { clientId: 'second', secret: 'pass:wörd' };
export const OTHER_USER = { clientId: 'other', secret: 'secret' };

/** Names that programs tend to change. */
const NAMES = [
  'ACME & Söhne <GmbH>',
  'Cafe\u0301 Ltd',
  'Caf\u00e9 Ltd',
  '\u{1f469}\u200d\u{1f680} Space \u{1f600}',
  '\u200fشركة الاتصالات\u200e',
  '株式会社エーピーアイ',
  'हिन्दी निगम',
  'O\'Reilly "quoted" \\ Co',
  '  two  spaces  ',
  '\u{1f600}'.repeat(255),
  'x'.repeat(255),
];

/** The most members that an organization can have. */
const MANY = 10_000;

const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

/** The customers in the order of the request, with the special names among the first. */
export const CUSTOMERS: Customer[] = Array.from({ length: MANY }, (_, index) => ({
  id: uuid(index),
  name: NAMES[index] ?? `Customer ${index}`,
}));

const namesOf = (customers: readonly Customer[]) => new Map(customers.map(({ id, name }) => [id, name]));

/** The subject of a run that checks everything but 10,000 different members, which take long. */
export const RICH_SUBJECT: Omit<Subject, 'url'> = {
  ...SUBJECT,
  user2: USER2,
  otherUser: OTHER_USER,
  names: namesOf(CUSTOMERS.slice(0, NAMES.length)),
};

/** The subject of a run that checks everything. */
export const FULL_SUBJECT: Omit<Subject, 'url'> = { ...RICH_SUBJECT, names: namesOf(CUSTOMERS) };
