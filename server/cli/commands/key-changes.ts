// `keys rotate`, `keys pin`, `keys disable`, `keys enable` and `keys revoke`.
import type { Writable } from 'node:stream';
import { Argument, type Command, Option } from 'commander';
import { apiVersions } from '../../../generated/operations.ts';
import { createSecret } from '../../auth/api-keys.ts';
import { hashSecret } from '../../auth/authenticate.ts';
import type { ListedApiKey } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { hasExpired, type KeyStatus } from '../key-status.ts';
import { parseDuration } from '../options.ts';
import { printSecret, requireVisibleOutput } from '../print-secret.ts';
import { requireWritable, withStore } from '../with-store.ts';

export function addKeyChanges(keys: Command, context: CliContext): void {
  addRotate(keys, context);
  addPin(keys, context);
  addStatusChange(keys, context, {
    name: 'disable',
    description: 'disable a key until it is enabled again; running servers reject it within 5 seconds',
    apply: (store, clientId) => store.setApiKeyDisabled(clientId, true),
    done: 'Disabled',
    state: 'disabled',
    isReached: ({ revokedAt, disabledAt }) => !revokedAt && disabledAt !== undefined,
    status: 'disabled',
  });
  addStatusChange(keys, context, {
    name: 'enable',
    description: 'accept a disabled key again',
    apply: (store, clientId) => store.setApiKeyDisabled(clientId, false),
    done: 'Enabled',
    state: 'enabled',
    isReached: ({ revokedAt, disabledAt }) => !revokedAt && disabledAt === undefined,
    status: 'active',
  });
  addStatusChange(keys, context, {
    name: 'revoke',
    description: 'revoke a key for ever; running servers reject it within 5 seconds',
    apply: (store, clientId) => store.revokeApiKey(clientId),
    done: 'Revoked',
    state: 'revoked',
    isReached: ({ revokedAt }) => revokedAt !== undefined,
    status: 'revoked',
  });
}

const CLIENT_ID = 'the client ID of the key, as in `keys list`';

function addRotate(keys: Command, context: CliContext): void {
  keys
    .command('rotate')
    .description('give a key another secret, which is printed once; the old one stays valid for the overlap')
    .argument('<client-id>', CLIENT_ID)
    .addOption(
      new Option('--overlap <duration>', 'how long the old secret stays valid: 24h, 7d, or 0')
        .argParser(parseDuration)
        .default(86_400_000, '24h'),
    )
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, options: { overlap: number; json?: true }) => {
      requireVisibleOutput(context);
      await withStore(context, (store) => rotate(store, clientId, options, context));
    });
}

/** The argument of `keys pin` that removes the pin, so that requests use the newest version. */
const NO_PIN = 'none';

function addPin(keys: Command, { environment, stdout, stderr }: CliContext): void {
  keys
    .command('pin')
    .description('change the version that requests without one get; running servers apply it within 5 seconds')
    .argument('<client-id>', CLIENT_ID)
    .addArgument(
      new Argument('<version>', `a live version, or \`${NO_PIN}\` for the newest one at any time`).choices([
        ...apiVersions,
        NO_PIN,
      ]),
    )
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, version: string, { json }: { json?: true }) => {
      const pinnedVersion = version === NO_PIN ? undefined : version;
      await withStore({ environment, stderr }, async (store) => {
        const isChanged = await changeKey(store, clientId, stderr, {
          apply: () => store.pinApiKey(clientId, pinnedVersion),
          state: pinnedVersion ? `pinned to ${pinnedVersion}` : 'unpinned',
          isReached: (key) => !key.revokedAt && key.pinnedVersion === pinnedVersion,
        });
        const done = pinnedVersion ? `Pinned ${clientId} to ${pinnedVersion}.` : `Unpinned ${clientId}.`;
        if (json) stdout.write(jsonLine({ clientId, pinnedVersion: pinnedVersion ?? null, changed: isChanged }));
        else if (isChanged) stdout.write(`${escapeInvisible(done)}\n`);
      });
    });
}

async function rotate(
  store: Store,
  clientId: string,
  { overlap, json = false }: { overlap: number; json?: boolean },
  context: CliContext,
): Promise<void> {
  const key = await findListedKey(store, clientId);
  if (!key) throw unknownKey(clientId);
  if (key.revokedAt) throw revokedKey(clientId);
  if (hasExpired(key))
    throw new CommandError(
      `The key ${quoteWhole(clientId)} has expired, so no secret of it is valid. \`keys create\` creates another.`,
    );
  const secret = createSecret();
  // No secret is valid for longer than its key.
  const until = new Date(Math.min(Date.now() + overlap, key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));
  const old = overlap === 0 ? 'not valid any more' : `valid until ${until.toISOString()}`;
  const expiry = key.expiresAt ? [`Expires:        ${key.expiresAt.toISOString()}, as before`] : [];
  const hints = key.disabledAt ? ['The key is disabled; `keys enable` re-enables it.'] : [];
  const shown = { clientId, clientSecret: secret, previousSecretUntil: until.toISOString() };
  await requireWritable(store);
  await printSecret(shown, {
    lines: [`Old secret:     ${old}`, ...expiry, ...hints],
    json,
    context,
    change: async () => {
      if (await store.rotateApiKey(clientId, hashSecret(secret), until)) return;
      // The key may have been revoked meanwhile, or deleted with its account.
      throw (await findListedKey(store, clientId)) ? revokedKey(clientId) : unknownKey(clientId);
    },
  });
}

async function findListedKey(store: Store, clientId: string): Promise<ListedApiKey | undefined> {
  for (const { id } of await store.listAccounts()) {
    const key = (await store.listApiKeys(id)).find((each) => each.clientId === clientId);
    if (key) return key;
  }
  return undefined;
}

interface KeyChange {
  /** Makes the change. Resolves with false if there is nothing to change. */
  apply: (store: Store, clientId: string) => Promise<boolean>;
  /** The state of the key after the change, for messages. */
  state: string;
  /** Whether a key already is in that state. */
  isReached: (key: ListedApiKey) => boolean;
}

/**
 * Changes a key, or reports that it is already in that state. Returns whether it made the change, which a later error
 * must not hide.
 *
 * @throws CommandError when there is no such key, or it is revoked
 */
async function changeKey(
  store: Store,
  clientId: string,
  stderr: Writable,
  { apply, state, isReached }: KeyChange,
): Promise<boolean> {
  if (await apply(store, clientId)) return true;
  const key = await findListedKey(store, clientId);
  if (!key) throw unknownKey(clientId);
  if (!isReached(key)) {
    if (key.revokedAt) throw revokedKey(clientId);
    throw new CommandError(`Another command has changed the key ${quoteWhole(clientId)} meanwhile. Try again.`);
  }
  stderr.write(`The key ${quoteWhole(clientId)} is ${state} already.\n`);
  return false;
}

interface StatusChange extends KeyChange {
  name: string;
  description: string;
  done: string;
  status: KeyStatus;
}

function addStatusChange(keys: Command, { environment, stdout, stderr }: CliContext, change: StatusChange): void {
  keys
    .command(change.name)
    .description(change.description)
    .argument('<client-id>', CLIENT_ID)
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, { json }: { json?: true }) => {
      await withStore({ environment, stderr }, async (store) => {
        // An expired key can be enabled, but it stays invalid.
        const enabled = change.status === 'active' ? await findListedKey(store, clientId) : undefined;
        const hasEnded = enabled !== undefined && hasExpired(enabled);
        const isChanged = await changeKey(store, clientId, stderr, change);
        const status = hasEnded ? 'expired' : change.status;
        if (json) stdout.write(jsonLine({ clientId, status, changed: isChanged }));
        else if (isChanged) stdout.write(`${escapeInvisible(`${change.done} ${clientId}.`)}\n`);
        if (hasEnded) stderr.write('The key has expired, so it is still rejected.\n');
      });
    });
}

const LIST_HINT = '`keys list` lists all keys.';

function unknownKey(clientId: string): CommandError {
  return new CommandError(`There is no key ${quoteWhole(clientId)}. ${LIST_HINT}`);
}

function revokedKey(clientId: string): CommandError {
  return new CommandError(
    `The key ${quoteWhole(clientId)} is revoked, which cannot be undone. \`keys create\` creates another.`,
  );
}
