// The address of a PostgreSQL database, and the options of connections to it.
import type { ConnectionOptions } from 'node:tls';

export interface DatabaseHost {
  /** A hostname, an address, or the folder of a Unix socket; undefined for localhost. */
  host: string | undefined;
  /** The port; undefined for 5432. */
  port: number | undefined;
  /**
   * The IP address, which replaces the lookup of the name. `host` is still used for certificates, passwords and
   * messages.
   */
  hostaddr?: string | undefined;
}

export interface DatabaseAddress extends DatabaseHost {
  /** The database, host, port and user, for messages. */
  displayName: string;
  /** All hosts, which are tried in turn until one accepts writes. The first has `host` and `port`. */
  hosts: DatabaseHost[];
  database: string | undefined;
  user: string | undefined;
  /** The password; if undefined, it is looked up in the file of PGPASSFILE or ~/.pgpass. */
  password: string | undefined;
  ssl: false | ConnectionOptions;
  /** Whether `ssl` is false only because the encryption is not specified. */
  isSslUnset: boolean;
  channelBinding: 'disable' | 'prefer' | 'require';
  /** The time limit for connecting; undefined for no limit besides those of the store. */
  connectTimeoutMs: number | undefined;
  applicationName: string;
  /** The command-line options of the server, such as `-c search_path=app`. */
  options: string;
}
