// PostgreSQL fails under load: nothing acknowledged is lost or doubled, and service comes back. ../timing holds it to
// exact times.
import { testPostgresFailures } from '../../support/postgres/postgres-failures.ts';

testPostgresFailures();
