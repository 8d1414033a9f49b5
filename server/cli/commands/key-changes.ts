// `keys rotate`, `keys pin`, `keys disable`, `keys enable` and `keys revoke`.
import { Argument, type Command, Option } from 'commander';
import { apiVersions } from '../../../generated/operations.ts';
import { createSecret } from '../../auth/api-keys.ts';
import { hashSecret } from '../../auth/authenticate.ts';
import type { ListedApiKey } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { parseDuration } from '../options.ts';
import { printSecret, requireVisibleOutput } from '../print-secret.ts';
import { requireWritable, withStore } from '../with-store.ts';

export function addKeyChanges(keys: Command, context: CliContext): void {
  addRotate(keys, context);
  addPin(keys, context);
  addChange(keys, context, {
    name: 'disable',
    description: 'refuse a key until it is enabled; running servers do so within 5 seconds',
    change: (store, clientId) => store.setApiKeyDisabled(clientId, true),
    done: 'Disabled',
    failed: 'revoked or disabled already',
    status: 'disabled',
  });
  addChange(keys, context, {
    name: 'enable',
    description: 'accept a disabled key again',
    change: (store, clientId) => store.setApiKeyDisabled(clientId, false),
    done: 'Enabled',
    failed: 'revoked or not disabled',
    status: 'active',
  });
  addChange(keys, context, {
    name: 'revoke',
    description: 'revoke a key for ever; running servers refuse it within 5 seconds',
    change: (store, clientId) => store.revokeApiKey(clientId),
    done: 'Revoked',
    failed: 'revoked already',
    status: 'revoked',
  });
}

const CLIENT_ID = 'the client ID of the key, as in `keys list`';

function addRotate(keys: Command, context: CliContext): void {
  keys
    .command('rotate')
    .description('give a key another secret, which is printed once; the old one is valid for a while longer')
    .argument('<client-id>', CLIENT_ID)
    .addOption(
      new Option('--overlap <duration>', 'how long the old secret is still valid: 24h, 7d, or 0')
        .argParser(parseDuration)
        .default(86_400_000, '24h'),
    )
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, options: { overlap: number; json?: true }) => {
      requireVisibleOutput(context);
      await withStore(context, (store) => rotate(store, clientId, options, context));
    });
}

/** What `keys pin` takes for the newest version at any time. */
const NO_PIN = 'none';

function addPin(keys: Command, { environment, stdout, stderr }: CliContext): void {
  keys
    .command('pin')
    .description('change the version of requests that name none; running servers do so within 5 seconds')
    .argument('<client-id>', CLIENT_ID)
    .addArgument(
      new Argument('<version>', `a live version, or \`${NO_PIN}\` for the newest one, whichever that is then`).choices([
        ...apiVersions,
        NO_PIN,
      ]),
    )
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, version: string, { json }: { json?: true }) => {
      const pinnedVersion = version === NO_PIN ? undefined : version;
      await withStore({ environment, stderr }, async (store) => {
        if (!(await store.pinApiKey(clientId, pinnedVersion)))
          throw await notChanged(store, clientId, 'revoked or pinned so already');
        const done = pinnedVersion ? `Pinned ${clientId} to ${pinnedVersion}.` : `Unpinned ${clientId}.`;
        const text = json ? JSON.stringify({ clientId, pinnedVersion: pinnedVersion ?? null }) : done;
        stdout.write(`${escapeInvisible(text)}\n`);
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
  if (!key || key.revokedAt) throw await notChanged(store, clientId, REVOKED);
  if (key.expiresAt && key.expiresAt.getTime() <= Date.now())
    throw new CommandError(
      `The key ${quoteWhole(clientId)} has expired, so no secret of it is valid. \`keys create\` creates another.`,
    );
  const secret = createSecret();
  // No secret of a key outlives it.
  const until = new Date(Math.min(Date.now() + overlap, key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));
  const old = overlap === 0 ? 'not valid any more' : `valid until ${until.toISOString()}`;
  const expiry = key.expiresAt ? [`Expires:        ${key.expiresAt.toISOString()}, as before`] : [];
  const hints = key.disabledAt ? ['The key is disabled: `keys enable` accepts it again.'] : [];
  const shown = { clientId, clientSecret: secret, previousSecretUntil: until.toISOString() };
  await requireWritable(store);
  await printSecret(shown, {
    lines: [`Old secret:     ${old}`, ...expiry, ...hints],
    json,
    context,
    change: async () => {
      // Somebody may have revoked it since.
      if (!(await store.rotateApiKey(clientId, hashSecret(secret), until)))
        throw await notChanged(store, clientId, REVOKED);
    },
  });
}

const REVOKED = 'revoked';

async function findListedKey(store: Store, clientId: string): Promise<ListedApiKey | undefined> {
  for (const { id } of await store.listAccounts()) {
    const key = (await store.listApiKeys(id)).find((each) => each.clientId === clientId);
    if (key) return key;
  }
  return undefined;
}

interface KeyChange {
  name: string;
  description: string;
  change: (store: Store, clientId: string) => Promise<boolean>;
  done: string;
  /** What the key is when there is nothing to change. */
  failed: string;
  status: string;
}

function addChange(keys: Command, { environment, stdout, stderr }: CliContext, change: KeyChange): void {
  keys
    .command(change.name)
    .description(change.description)
    .argument('<client-id>', CLIENT_ID)
    .option('--json', 'print one JSON object')
    .action(async (clientId: string, { json }: { json?: true }) => {
      await withStore({ environment, stderr }, async (store) => {
        if (!(await change.change(store, clientId))) throw await notChanged(store, clientId, change.failed);
        const text = json ? JSON.stringify({ clientId, status: change.status }) : `${change.done} ${clientId}.`;
        stdout.write(`${escapeInvisible(text)}\n`);
      });
    });
}

async function notChanged(store: Store, clientId: string, reason: string): Promise<CommandError> {
  const name = quoteWhole(clientId);
  const what = (await findListedKey(store, clientId)) ? `The key ${name} is ${reason}.` : `There is no key ${name}.`;
  return new CommandError(`${what} \`keys list\` lists all keys.`);
}
