// Starts Prism's own command on the contract, like `npx prism mock openapi/openapi.yaml`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import prism from '@stoplight/prism-cli/package.json' with { type: 'json' };
import { ROOT } from '../project-copy.ts';

/** The file behind `prism` in node_modules/.bin. */
export const PRISM = join(
  dirname(createRequire(import.meta.url).resolve('@stoplight/prism-cli/package.json')),
  prism.bin.prism,
);

export interface PrismProcess {
  child: ChildProcess;
  url: string;
  close(): Promise<void>;
}

/** Starts Prism on a free port. Resolves when it listens. */
export async function startPrismProcess(): Promise<PrismProcess> {
  const child = spawn(process.execPath, [PRISM, 'mock', 'openapi/openapi.yaml', '--port', '0'], { cwd: ROOT });
  let output = '';
  const url = await new Promise<string>((settle, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
        const [, found] = /listening on (http:\S+)/.exec(output) ?? [];
        if (found) settle(found);
      });
    }
    child.once('close', () => fail(new Error(`Prism exited:\n${output}`)));
  });
  return {
    child,
    url,
    close: async () => {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    },
  };
}
