// An npm registry on this machine that serves the packages installed here: `npm install` needs no network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../support/project-copy.ts';
import type { Target } from '../support/targets.ts';

const TARBALL = '/tarball/';

/** Serves one version of each package: the one in node_modules/. */
export async function startRegistry(): Promise<Target> {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path.startsWith(TARBALL)) {
      // npm accepts any name for the folder in a tarball.
      const folder = join(ROOT, 'node_modules', path.slice(TARBALL.length));
      spawn('tar', ['-czf', '-', '-C', folder, '.']).stdout.pipe(response);
      return;
    }
    const name = path.slice(1);
    const text = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8').catch(() => undefined);
    if (text === undefined) return void response.writeHead(404).end('{}');
    const { version, dependencies, bin } = JSON.parse(text);
    const dist = { tarball: `http://${request.headers.host}${TARBALL}${name}` };
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { name, version, dependencies, bin, dist } },
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}
