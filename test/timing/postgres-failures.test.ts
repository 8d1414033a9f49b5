// PostgreSQL fails under load: no response takes longer than 5 s, and creates succeed within 2 s after the failure.
import { testPostgresFailures } from '../support/postgres/postgres-failures.ts';

testPostgresFailures({ longestMs: 5000, backWithinMs: 2000 });
