// The programs that the tests in test/deploy run. They are packages of the operating system, not of npm.
import { spawnSync } from 'node:child_process';

/** The programs, each with its Debian package. */
const TOOLS: Record<string, string> = {
  'docker-compose': 'docker-compose',
  haproxy: 'haproxy',
  java: 'default-jdk-headless',
  javac: 'default-jdk-headless',
  mcs: 'mono-mcs',
  mono: 'mono-runtime libmono-system-net-http4.0-cil',
  nginx: 'nginx-light',
  nsenter: 'util-linux',
  pg_ctlcluster: 'postgresql',
  pg_dump: 'postgresql-client',
  pgbouncer: 'pgbouncer',
  php: 'php-cli php-curl',
  podman: 'podman',
  promtool: 'prometheus',
  psql: 'postgresql-client',
  sqlite3: 'sqlite3',
  'systemd-analyze': 'systemd',
  unshare: 'util-linux',
};

/** The PgBouncers to test: `PGBOUNCER` is a list of programs separated by colons. */
export const PGBOUNCERS = (process.env.PGBOUNCER ?? 'pgbouncer').split(':');

/** The Litestream to test, of which Debian has no package. */
export const LITESTREAM = process.env.LITESTREAM ?? 'litestream';

/** Checks the tools. Vitest calls it once, before all tests. @throws Error with the tools that this machine lacks */
export function setup(): void {
  const names = [...Object.keys(TOOLS).filter((name) => name !== 'pgbouncer'), ...PGBOUNCERS, LITESTREAM];
  const missing = names.filter(
    // Debian installs haproxy and nginx in /usr/sbin, which many users do not have in their PATH.
    (name) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v "$0"`, name]).status !== 0,
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.filter((name) => name !== LITESTREAM).map((name) => TOOLS[name] ?? name))];
  const advice = [
    ...(packages.length > 0 ? [`On Debian: apt-get install ${packages.join(' ')}.`] : []),
    ...(missing.includes(LITESTREAM) ? ['LITESTREAM names a Litestream of https://litestream.io/install.'] : []),
  ];
  throw new Error(`This machine lacks ${missing.join(', ')}, which the tests in test/deploy run. ${advice.join(' ')}`);
}
