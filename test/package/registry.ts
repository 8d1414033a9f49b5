// An npm registry on this machine with the packages of this repository. It redirects requests for others to the
// configured one.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Target } from '../support/targets.ts';
import { execute, nameOf, PACKAGES, type Tarballs } from './consumer.ts';

export async function startRegistry(tarballs: Tarballs): Promise<Target> {
  const { stdout: upstream } = await execute('npm', ['config', 'get', 'registry'], tarballs.folder);
  const server = createServer(async ({ url = '/', headers }, response) => {
    const name = PACKAGES.find((each) => url.startsWith(`/${nameOf(each)}`));
    if (!name) return void response.writeHead(302, { location: new URL(url.slice(1), upstream.trim()).href }).end();
    if (url.endsWith('.tgz')) return void response.end(await readFile(tarballs.of(name)));
    const manifest = JSON.parse(await readFile(join(tarballs.folder, name, 'package.json'), 'utf8'));
    const dist = { tarball: `http://${headers.host}/${nameOf(name)}.tgz` };
    // npm's registry detects a shrinkwrap when a package is published.
    const version = { ...manifest, _hasShrinkwrap: name !== 'contract', dist };
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        name: nameOf(name),
        'dist-tags': { latest: manifest.version },
        versions: { [manifest.version]: version },
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
