// Clients that send without a pause, during which all others are served.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { VALID } from '../../../server/overload/limited-requests.ts';
import { send } from '../../../support/http/http.ts';
import { startServerProcess } from '../../../support/process/server-process.ts';
import { ROOT } from '../../../support/project-copy.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

it.each(['endless-bodies', 'endless-bodies-no-key'])('serves new clients during an attack of %s', async (attack) => {
  const folder = await temporaryFolder();
  const server = startServerProcess({ DATABASE_PATH: join(folder.path, 'data.db'), RATE_LIMIT_PER_MINUTE: '0' });
  const url = await server.url;
  // The attack continues for 30 s, and then prints a line.
  const attacker = spawn(process.execPath, [join(ROOT, 'test/bench/hostile/attacks.ts'), attack, url]);
  let output = '';
  attacker.stdout.on('data', (chunk) => (output += chunk));
  onTestFinished(async () => {
    attacker.kill('SIGKILL');
    server.child.kill('SIGKILL');
    await server.ended;
    await folder[Symbol.asyncDispose]();
  });
  // Waits until all connections of the attack send.
  await sleep(2000);

  const statuses: number[] = [];
  for (let count = 0; count < 10; count++) statuses.push((await send(url, { body: VALID })).status);

  expect(statuses).toEqual(Array(10).fill(201));
  expect([output, attacker.exitCode]).toEqual(['', null]);
});
