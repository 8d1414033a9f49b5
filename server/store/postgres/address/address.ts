// Where a PostgreSQL database is, and how to connect to it.
import type { ConnectionOptions } from 'node:tls';

export interface DatabaseHost {
  /** A name, an address, or the folder of a Unix socket. Undefined: localhost. */
  host: string | undefined;
  /** Undefined: 5432. */
  port: number | undefined;
  /** Replaces the look-up of the name. Certificates, passwords and messages are those of `host`. */
  hostaddr?: string | undefined;
}

export interface DatabaseAddress extends DatabaseHost {
  /** Database, host, port and user, for messages. */
  displayName: string;
  /** All hosts, tried in turn until one accepts writes. The first is that of `host` and `port`. */
  hosts: DatabaseHost[];
  database: string | undefined;
  user: string | undefined;
  /** Undefined: pg looks for one in the file of PGPASSFILE, or ~/.pgpass. */
  password: string | undefined;
  ssl: false | ConnectionOptions;
  /** Whether nothing says how to encrypt, so that `ssl` is false. */
  isSslUnset: boolean;
  channelBinding: 'disable' | 'prefer' | 'require';
  /** Undefined: no limit besides those of the store. */
  connectTimeoutMs: number | undefined;
  applicationName: string;
  /** Command-line options of the server, such as `-c search_path=app`. */
  options: string;
}
