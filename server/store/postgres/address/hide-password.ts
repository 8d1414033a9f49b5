// Shows a PostgreSQL URL without its password.
import { splitUrl } from './split-url.ts';
import { parseDatabaseUrl } from './url.ts';

const HIDDEN = '***';

/** The URL of a valid setting, with `***` for the password, wherever it stands. */
export function hidePassword(url: string): string {
  const { scheme, credentials, hosts, path, query } = splitUrl(url);
  const shown = [
    scheme,
    credentials === undefined ? '' : `${credentials.replace(/:.*$/s, `:${HIDDEN}`)}@`,
    hosts,
    path === undefined ? '' : `/${path}`,
    query === undefined ? '' : `?${query.replace(/(^|&)password=[^&]*/g, `$1password=${HIDDEN}`)}`,
  ].join('');
  const { password } = parseDatabaseUrl(url);
  // The same text in another part.
  const isShown = password && [password, encodeURIComponent(password)].some((each) => shown.includes(each));
  return isShown ? '(not shown: it has a password)' : shown;
}
