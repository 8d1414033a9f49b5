// The warning at the start about a PostgreSQL with too few connections.
import { describe, expect, it } from 'vitest';
import { describeSlots } from '../../../../server/store/postgres/connection/slots.ts';

describe('describeSlots', () => {
  it.each([
    [{ accepted: 97, used: 0 }, 10],
    [{ accepted: 20, used: 10 }, 10],
    [{ accepted: 2, used: 1 }, 1],
  ])('is silent when two server processes fit: %o with %i', (slots, poolSize) => {
    expect(describeSlots({ ...slots, limit: 'max_connections' }, poolSize)).toBeUndefined();
  });

  it.each([
    [{ accepted: 12, used: 0 }, 10, 1],
    [{ accepted: 19, used: 0 }, 10, 1],
    [{ accepted: 9, used: 0 }, 10, 0],
    [{ accepted: 25, used: 16 }, 10, 2],
  ])('warns when they do not fit, or not beside those in use: %o with %i', (slots, poolSize, processes) => {
    expect(describeSlots({ ...slots, limit: 'the CONNECTION LIMIT of the role' }, poolSize)).toBe(
      `PostgreSQL accepts ${slots.accepted} connections, ${slots.used} of which are in use. With ` +
        `DATABASE_POOL_SIZE=${poolSize} there is room for ${processes} server processes. Lower it, or raise ` +
        'the CONNECTION LIMIT of the role',
    );
  });
});
