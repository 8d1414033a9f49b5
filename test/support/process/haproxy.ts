// A real haproxy in front of servers, on a free port, with the health checks of its defaults.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts, freePort } from '../http/ports.ts';

export interface Haproxy {
  url: string;
  close(): Promise<void>;
}

/** Starts haproxy. Each server is checked every 2 s, and is down after three failed checks. */
export async function startHaproxy(servers: string[]): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'customer-organizations-haproxy-'));
  const port = await freePort();
  const lines = servers.map((url, index) => `  server s${index} ${new URL(url).host} check`);
  await writeFile(
    join(folder, 'haproxy.cfg'),
    `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend api
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  option httpchk GET /readyz
${lines.join('\n')}
`,
  );
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  for (const deadline = performance.now() + 5000; !(await accepts(port)); await sleep(20)) {
    if (child.exitCode === null && performance.now() < deadline) continue;
    await close();
    throw new Error(`haproxy did not start:\n${log}`);
  }
  return { url: `http://127.0.0.1:${port}`, close };
}
