// Commands that cannot print a secret: nothing may change, because nobody has the secret.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import manifest from '../../../../package.json' with { type: 'json' };
import { describeError } from '../../../../server/cli/errors.ts';
import { printSecret } from '../../../../server/cli/print-secret.ts';
import { run } from '../../../../server/cli/program.ts';
import { StoreUnavailableError } from '../../../../server/store/store-errors.ts';
import { databasePath } from '../../../support/fixtures.ts';
import { command, createKey, ended, spawnCommand } from '../../../support/process/command.ts';
import { ROOT } from '../../../support/project-copy.ts';

/** The keys, and their events. */
async function stateOf(path: string) {
  const keys = await command(path, 'keys', 'list', '--json');
  const events = await command(path, 'events', 'export');
  return { keys: keys.stdout, events: events.stdout };
}

const commandsFor = (clientId: string) => [
  ['keys', 'rotate', clientId],
  ['keys', 'rotate', clientId, '--overlap', '0', '--json'],
  ['keys', 'create', '--account', 'Acme'],
  ['keys', 'create', '--account', 'New', '--create-account', '--json'],
];

describe('a secret that cannot be printed', () => {
  it('changes nothing, and the message says so', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    const before = await stateOf(path);

    for (const argv of commandsFor(clientId)) {
      const stderr: string[] = [];
      const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('ENOSPC: no space left')) });
      full.on('error', () => {}); // The main program does the same.
      const errors = new Writable({ write: (chunk, _encoding, done) => done(void stderr.push(String(chunk))) });
      const code = await run(argv, { environment: { DATABASE_PATH: path }, stdout: full, stderr: errors });

      const message = 'The secret cannot be printed: ENOSPC: no space left. Nothing was changed.';
      const isJson = argv.includes('--json');
      const shown = isJson ? JSON.stringify({ error: { type: 'failure', message } }) : message;
      expect({ code, stderr: stderr.join('') }).toEqual({ code: 1, stderr: `${shown}\n` });
    }
    expect(await stateOf(path)).toEqual(before);
  });

  it('changes nothing when standard output is closed, discarded or full', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    const before = await stateOf(path);
    const [, ...program] = manifest.scripts.server.split(' ');
    const start = [process.execPath, ...program].map((word) => `'${word}'`).join(' ');

    const [[rotate = []], [, , , create = []]] = [commandsFor(clientId), commandsFor(clientId)];
    const cases = [
      [rotate, '>&-', /Standard output is closed or discarded/],
      [create, '>/dev/null', /Standard output is closed or discarded/],
      ...(existsSync('/dev/full') ? ([[rotate, '>/dev/full', /The secret cannot be printed: ENOSPC/]] as const) : []),
    ] as const;
    const ran = cases.map(async ([argv, redirection, message]) => {
      const script = `${start} ${argv.join(' ')} ${redirection}`;
      const options = { cwd: ROOT, env: { PATH: process.env.PATH, DATABASE_PATH: path } };
      const [code, stderr] = await new Promise<[unknown, string]>((resolve) =>
        execFile('sh', ['-c', script], options, (error, _, text) => resolve([error?.code, text])),
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).toContain('Nothing was changed');
      expect(stderr).not.toContain('Save the secret');
    });
    await Promise.all(ran);

    expect(await stateOf(path)).toEqual(before);
  });

  it('must be saved when it is unknown whether the change was made', async () => {
    const stderr: string[] = [];
    const errors = new Writable({ write: (chunk, _encoding, done) => done(void stderr.push(String(chunk))) });
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
    const error = new StoreUnavailableError('The commit was not confirmed.', { kind: 'standby', mayBeStored: true });

    const printed = printSecret(
      { clientId: 'co_x', clientSecret: 'x' },
      {
        lines: [],
        json: false,
        context: { environment: {}, stdout, stderr: errors },
        change: () => Promise.reject(error),
      },
    );

    await expect(printed).rejects.toBe(error);
    expect(stderr).toEqual(['Save the secret above: it may become valid, because the change was not confirmed.\n']);
    expect(describeError(error)).toEqual({
      type: 'unconfirmed',
      message: expect.stringMatching(/^The commit was not confirmed\. The change may have been made, or be made later/),
    });
  });

  it('is reported as invalid when the change fails after it was printed', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    let stdout = '';
    const stderr: string[] = [];
    // Another command revokes the key at this moment.
    const out = new Writable({
      write: (chunk, _encoding, done) => {
        stdout += chunk;
        void command(path, 'keys', 'revoke', clientId).then(() => done());
      },
    });
    const errors = new Writable({ write: (chunk, _encoding, done) => done(void stderr.push(String(chunk))) });

    const argv = ['keys', 'rotate', clientId];
    const code = await run(argv, { environment: { DATABASE_PATH: path }, stdout: out, stderr: errors });

    expect(code).toBe(1);
    expect(stdout).toContain('Client secret:');
    expect(stderr.join('')).toMatch(
      /^The secret above is not valid: the change failed\.\nThe key .* is revoked, which cannot be undone\./,
    );
  });
});

describe('a standard error that cannot be written', () => {
  it('changes no exit code', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    await command(path, 'keys', 'disable', clientId);

    const cases: [string[], number][] = [
      [['keys', 'create', '--account', 'New', '--create-account'], 0],
      [['keys', 'disable', clientId], 0],
      [['keys', 'disable', 'unknown', '--json'], 1],
      [['nope'], 2],
    ];
    const ran = cases.map(async ([argv, expected]) => {
      const child = spawnCommand({ DATABASE_PATH: path }, ...argv);
      // Writes to it fail with EPIPE.
      child.stderr.destroy();
      const { code, stdout } = await ended(child);
      expect({ argv, code }).toEqual({ argv, code: expected });
      if (argv.includes('create')) expect(stdout).toContain('Client secret:');
    });
    await Promise.all(ran);
  });
});
