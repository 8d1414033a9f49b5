// Describes each setting for help and `config check`. `config.ts` validates the values.
import { limits } from '../generated/limits.ts';

export interface Setting {
  /** The name of the environment variable. */
  name: string;
  /** The default value; undefined if no value has the same meaning as leaving the variable unset. */
  value?: string;
  /** A phrase for help. */
  meaning: string;
  /** Whether the value may contain a password, which is never shown. */
  isSecret?: true;
}

export const SETTINGS: readonly Setting[] = [
  { name: 'NODE_ENV', value: 'development', meaning: 'development, test or production; production has no demo data' },
  { name: 'PORT', value: '3000', meaning: 'port to listen on; 0 picks a free one' },
  { name: 'HOST', value: '127.0.0.1', meaning: 'address to listen on; 0.0.0.0 or :: for all interfaces' },
  { name: 'METRICS_PORT', meaning: 'port for probes and metrics instead of PORT' },
  { name: 'DATABASE_PATH', value: 'data/customer-organizations.db', meaning: 'SQLite file' },
  { name: 'DATABASE_URL', meaning: 'PostgreSQL instead of SQLite: postgres://...', isSecret: true },
  { name: 'DATABASE_URL_FILE', meaning: 'file with the URL, such as a mounted secret' },
  { name: 'DATABASE_POOL_SIZE', value: '10', meaning: 'PostgreSQL connections of each process' },
  { name: 'DATABASE_TIMEOUT_MS', value: '2800', meaning: 'limit for a create in PostgreSQL' },
  { name: 'DATABASE_START_TIMEOUT_MS', value: '30000', meaning: 'how long `serve` waits for its database' },
  {
    name: 'DATABASE_IDLE_TIMEOUT_MS',
    value: '10000',
    meaning: 'time after which an idle PostgreSQL connection is closed',
  },
  {
    name: 'RATE_LIMIT_PER_MINUTE',
    value: String(limits.requestsPerMinute),
    meaning: 'requests of each client ID; 0: no limit',
  },
  {
    name: 'FAILED_LOGINS_PER_MINUTE',
    value: String(limits.failedLoginsPerMinute),
    meaning: 'failed logins from one address; 0: no limit',
  },
  { name: 'CORS_ORIGINS', meaning: 'whole origins that browsers may call from, separated by commas, or *' },
  { name: 'LOG_LEVEL', value: 'info', meaning: 'trace, debug, info, warn, error, fatal or silent' },
  { name: 'SLOW_REQUEST_MS', value: '1000', meaning: 'slower requests are logged as warnings; 0 turns it off' },
  { name: 'TRUST_PROXY', value: 'false', meaning: 'number or addresses of the proxies in front' },
  { name: 'SHUTDOWN_DELAY_MS', meaning: 'from SIGTERM to the end of listening' },
  { name: 'SHUTDOWN_TIMEOUT_MS', value: '10000', meaning: 'from the end of listening to the exit' },
  { name: 'CLIENT_MEMORY_MB', value: '48', meaning: 'MiB that clients may hold together' },
];

/** Variables of libpq, for what `DATABASE_URL` does not say. */
export const POSTGRES_VARIABLES: readonly Setting[] = [
  { name: 'PGPASSWORD_FILE', meaning: 'file with the password of PostgreSQL' },
  { name: 'PGPASSWORD', meaning: 'the password; or in the file of PGPASSFILE, ~/.pgpass', isSecret: true },
  { name: 'PGPASSFILE', value: '~/.pgpass', meaning: 'file with passwords' },
  { name: 'PGHOST', value: 'localhost', meaning: 'host, address or folder of a Unix socket' },
  { name: 'PGHOSTADDR', meaning: 'address, instead of the look-up of a name' },
  { name: 'PGPORT', value: '5432', meaning: 'port' },
  { name: 'PGDATABASE', meaning: 'database (default: named like the user)' },
  { name: 'PGUSER', meaning: 'user (default: that of the operating system)' },
  { name: 'PGSERVICE', meaning: 'section of the service file with these values' },
  { name: 'PGSERVICEFILE', value: '~/.pg_service.conf', meaning: 'service file' },
  { name: 'PGSSLMODE', value: 'disable', meaning: 'disable, require, verify-ca or verify-full' },
  { name: 'PGSSLROOTCERT', meaning: 'file with certificates of authorities, or system' },
  { name: 'PGSSLCERT', meaning: 'file with the certificate of this client' },
  { name: 'PGSSLKEY', meaning: 'file with its key' },
  { name: 'PGCHANNELBINDING', value: 'disable', meaning: 'disable, prefer or require' },
  { name: 'PGCONNECT_TIMEOUT', meaning: 'seconds for connecting' },
  { name: 'PGTARGETSESSIONATTRS', meaning: 'read-write, primary or any: hosts are always tried until one writes' },
  { name: 'PGAPPNAME', value: 'customer-organizations', meaning: 'name of this program' },
  { name: 'PGOPTIONS', meaning: 'options of the server, such as -c search_path=app' },
];
