// PostgreSQL fails under load: nothing acknowledged is lost or duplicated, and the service recovers. ../timing tests
// exact times.
import { testPostgresFailures } from '../../support/postgres/postgres-failures.ts';

testPostgresFailures();
