// Commands that run in this process.
import { Writable } from 'node:stream';
import { run } from '../../../server/cli/program.ts';

/** Runs a command in this process, with these settings only. */
export async function runHere(environment: Record<string, string>, ...argv: string[]) {
  let text = '';
  const collect = () =>
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
  const code = await run(argv, { environment, stdout: collect(), stderr: collect() });
  return { code, text };
}
