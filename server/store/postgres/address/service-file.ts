// The service file of libpq: named sets of connection parameters
// (https://www.postgresql.org/docs/current/libpq-pgservice.html).
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Record<string, string | undefined>;

/** Returns the parameters of a service. @throws Error when no file contains it, or a line is not a parameter */
export function readService(name: string, environment: Environment): Record<string, string> {
  const { PGSERVICEFILE, PGSYSCONFDIR } = environment;
  const files = [
    PGSERVICEFILE ?? join(homedir(), '.pg_service.conf'),
    ...(PGSYSCONFDIR ? [join(PGSYSCONFDIR, 'pg_service.conf')] : []),
  ];
  for (const file of files) {
    const found = parseService(read(file, file === PGSERVICEFILE), name, file);
    if (found) return found;
  }
  throw new Error(`has the service ${JSON.stringify(name)}, which is not in ${files.join(' or ')}`);
}

function read(file: string, isRequired: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isRequired) return '';
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new Error(`needs the file of PGSERVICEFILE, ${file}, which cannot be read (${code})`);
  }
}

function parseService(text: string, name: string, file: string): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  let isInside = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, section] = /^\[(.*)\]$/.exec(line) ?? [];
    if (section !== undefined) {
      // libpq, too, uses the first section of that name.
      if (found) return found;
      isInside = section === name;
      if (isInside) found = {};
    } else if (isInside && found) {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined)
        throw new Error(`has the service ${JSON.stringify(name)}, but line ${index + 1} of ${file} is not name=value`);
      found[key.trim()] = value.trim();
    }
  }
  return found;
}
