// Lets clients in: reads their credentials, asks who they are, and may remember the answer for a moment.
import type { Request } from 'express';
import type { AppOptions, Principal } from './app.ts';
import { CHALLENGE, parseBasic } from './credentials.ts';
import { ApiError } from './errors.ts';

/** Gives who sends the request. Throws `Unauthorized`, or what `authenticate` throws. */
export type LogIn = (request: Request) => Promise<Principal> | Principal;

type Options = Pick<AppOptions<unknown>, 'authenticate' | 'rememberLogInMs' | 'trustProxy'>;

export function createLogIn({ authenticate, rememberLogInMs = 0, trustProxy = false }: Options): LogIn {
  const recent = new RecentLogIns(rememberLogInMs);
  const ask = async (header: string | undefined, ip: string) => {
    const credentials = parseBasic(header);
    const principal = credentials && (await authenticate(credentials, { ip }));
    if (!principal) throw new ApiError('Unauthorized', { headers: { 'WWW-Authenticate': CHALLENGE } });
    if (rememberLogInMs > 0) recent.add(header, ip, principal);
    return principal;
  };
  return (request) => {
    const header = request.headers.authorization;
    // Express takes `X-Forwarded-For` apart before it finds that nobody is trusted to set it.
    const ip = (trustProxy === false ? request.socket.remoteAddress : request.ip) ?? '';
    return recent.find(header, ip) ?? ask(header, ip);
  };
}

/** Log-ins at most; beyond, all are forgotten. */
const LIMIT = 1000;

/**
 * Who was let in lately, by the whole `Authorization` header: reading it and hashing the secret costs a fifth of a create. How long a look-up takes does not
 * tell how much of a guess is right: a Map compares what has the same hash, and V8 begins that with a secret number.
 */
class RecentLogIns {
  readonly #ttlMs: number;
  readonly #logIns = new Map<string | undefined, { ip: string; principal: Principal }>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  find(header: string | undefined, ip: string): Principal | undefined {
    const found = this.#logIns.get(header);
    return found?.ip === ip ? found.principal : undefined;
  }

  /** None stays longer than it may, in memory neither. */
  add(header: string | undefined, ip: string, principal: Principal): void {
    if (this.#logIns.size === 0) setTimeout(() => this.#logIns.clear(), this.#ttlMs).unref();
    else if (this.#logIns.size >= LIMIT) this.#logIns.clear();
    this.#logIns.set(header, { ip, principal });
  }
}
