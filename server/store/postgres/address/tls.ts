// The encryption of a connection to PostgreSQL: derives it from the parameters, and warns if there is none.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseAddress } from './address.ts';
import type { Parameters } from './parameters.ts';

const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/** Reads channel_binding. `require` needs TLS, because there is no channel to bind to without it. */
export function readChannelBinding(parameters: Parameters): DatabaseAddress['channelBinding'] {
  const { channel_binding: value } = parameters;
  const isEncrypted = readSsl(parameters) !== false;
  if (value === undefined || value === 'disable' || (value === 'prefer' && !isEncrypted)) return 'disable';
  if (value === 'require' && !isEncrypted)
    throw new Error('must have sslmode=require or stricter with channel_binding=require');
  if (value === 'prefer' || value === 'require') return value;
  throw new Error('must have as channel_binding one of disable, prefer, require');
}

export const SSL_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

export function readSsl({ sslmode, sslrootcert, sslcert, sslkey }: Parameters) {
  const mode = sslmode ?? (sslrootcert || sslcert || sslkey ? 'verify-full' : 'disable');
  if (mode === 'allow' || mode === 'prefer') {
    throw new Error(`has sslmode=${mode}, which may silently be unencrypted; use disable or require`);
  }
  if (!SSL_MODES.includes(mode)) throw new Error(`must have as sslmode one of ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !sslrootcert) throw new Error('must have sslrootcert=FILE with sslmode=verify-ca');
  if (sslrootcert === 'system' && mode !== 'verify-full')
    throw new Error('must have sslmode=verify-full with sslrootcert=system: anybody can have a certificate from there');
  if (mode === 'disable') return false;
  return {
    // `system` stands for the certificate authorities that Node trusts by default.
    ...(sslrootcert && sslrootcert !== 'system' && { ca: readPem(sslrootcert, 'sslrootcert') }),
    ...(sslcert && { cert: readPem(sslcert, 'sslcert') }),
    ...(sslkey && { key: readPem(sslkey, 'sslkey') }),
    // As in libpq, `require` with a root certificate means `verify-ca`, which does not check the hostname.
    ...(mode === 'require' && !sslrootcert && { rejectUnauthorized: false }),
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  } satisfies ConnectionOptions;
}

function readPem(path: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    // The value is the key itself instead of its file, so it must not be shown.
    const name = path.includes('-----BEGIN') ? '' : `=${path}`;
    throw new Error(`has ${parameter}${name}, which cannot be read (${code})`);
  }
}

/** Returns a warning for an unencrypted connection to another machine. */
export function describeMissingTls({ hosts, isSslUnset }: DatabaseAddress): string | undefined {
  const remote = hosts
    .filter(({ host = 'localhost', hostaddr = host }) => !isLocal(hostaddr))
    .map(({ host = 'localhost' }) => host);
  if (!isSslUnset || remote.length === 0) return undefined;
  return (
    `The connection to ${remote.join(', ')} is not encrypted: TLS is off unless DATABASE_URL has sslmode. ` +
    'Add sslmode=verify-full, or sslmode=disable if no encryption is intended'
  );
}

function isLocal(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
