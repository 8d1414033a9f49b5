// Valid bodies that are expensive to process, and are rejected for their customers.
import { gzipSync } from 'node:zlib';
import { type AttackBody, CLOSE, escapeAll, OPEN, uuid } from './body-parts.ts';

/** The largest number of members that an organization may have. */
export const MOST_MEMBERS = 10_000;
const unknown = (member: (index: number) => string): AttackBody => ({
  make: (size) => {
    const length = Math.min(MOST_MEMBERS, Math.floor((size - OPEN.length - CLOSE.length) / (member(0).length + 1)));
    return Buffer.from(OPEN + Array.from({ length }, (_, index) => member(index)).join(',') + CLOSE);
  },
  type: 'UnknownCustomers',
});

/** The ID of a customer that the account of a benchmark has, by number. The other IDs are unknown. */
export const knownCustomer = (index: number) => uuid(-1 - index).slice(1, -1);

/** Puts as much white space as fits before a body. */
const behindLineFeeds: AttackBody = {
  ...unknown(uuid),
  make: (size) => {
    const body = unknown(uuid).make(size);
    return Buffer.concat([Buffer.alloc(size - body.length, '\n'), body]);
  },
};

/** The last `memberIds` counts; the others are parsed in vain. */
const repeated: AttackBody = {
  ...unknown(uuid),
  make: (size) => {
    const body = unknown(uuid).make(size / 2);
    const list = body.subarray(OPEN.indexOf('"memberIds"'), -1);
    const times = Math.floor((size - body.length) / (list.length + 1));
    return Buffer.concat([
      body.subarray(0, -1),
      ...Array(times)
        .fill([Buffer.from(','), list])
        .flat(),
      Buffer.from('}'),
    ]);
  },
};

/** Valid bodies that are rejected for their customers, which the response all names. */
export const UNKNOWN_CUSTOMERS: Record<string, AttackBody> = {
  'unknown customers': unknown(uuid),
  'an unknown customer among others': unknown((index) => (index === 500 ? uuid(index) : `"${knownCustomer(index)}"`)),
  'unknown customers with escapes': unknown((index) => uuid(index).replace(/[\da-f]{8}-[\da-f]{4}/, escapeAll)),
  'unknown customers, listed more than once': repeated,
  'gzip of unknown customers behind line feeds': { ...behindLineFeeds, encoding: ['gzip', (body) => gzipSync(body)] },
  'gzip of unknown customers': { ...unknown(uuid), encoding: ['gzip', (body) => gzipSync(body)] },
};
