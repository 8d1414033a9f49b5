// Shows a PostgreSQL URL without its password.
import { parseDatabaseUrl } from './url.ts';

const HIDDEN = '***';
const SECRET_PARAMETERS = ['password', 'sslpassword'];

/** The URL of a valid setting, with `***` for the password, wherever it stands. */
export function hidePassword(url: string): string {
  const [, before = '', userInfo, rest = ''] = /^([^:/]+:\/\/)(?:([^/?#]*)@)?(.*)$/s.exec(url) ?? [];
  const user = userInfo?.replace(/:.*$/s, `:${HIDDEN}`);
  const shown = before + (user === undefined ? '' : `${user}@`) + hideParameters(rest);
  const { password } = parseDatabaseUrl(url);
  // Written in a way that is not known here.
  const isShown = password && [password, encodeURIComponent(password)].some((each) => shown.includes(each));
  return before === '' || isShown ? '(not shown: it has a password)' : shown;
}

function hideParameters(text: string): string {
  return text.replace(/([?&])([^=&#]*)=([^&#]*)/g, (whole, separator, name) =>
    SECRET_PARAMETERS.includes(decodeURIComponent(name)) ? `${separator}${name}=${HIDDEN}` : whole,
  );
}
