// Shows a PostgreSQL URL without its password.
import { splitUrl } from './split-url.ts';
import { parseDatabaseUrl } from './url.ts';

const HIDDEN = '***';

/** Returns a valid URL with every occurrence of the password replaced by `***`. */
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
  // The password may also occur in another part of the URL.
  const isShown = password && [password, encodeURIComponent(password)].some((each) => shown.includes(each));
  return isShown ? '(not shown: it has a password)' : shown;
}
