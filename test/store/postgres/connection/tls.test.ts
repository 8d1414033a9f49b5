// `sslmode`: encryption, and trusted certificates.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../../../server/store/postgres/store.ts';
import { startPostgres, type TestPostgres } from '../../../support/postgres/postgres.ts';
import { addCertificate } from '../../../support/postgres/tls.ts';

let postgres: TestPostgres;
let certificate: string;

beforeAll(async () => {
  postgres = await startPostgres();
  certificate = await addCertificate(postgres.folder);
  const admin = await postgres.createDatabase();
  await postgres.query(admin, 'ALTER SYSTEM SET ssl = on');
  await postgres.query(admin, 'SELECT pg_reload_conf()');
});

afterAll(() => postgres.close());

const withParameters = (url: string, parameters: Record<string, string>) => {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
};

describe('sslmode', () => {
  /** Opens a store with these parameters, and returns whether its connection is encrypted. */
  const isEncrypted = async (parameters: Record<string, string>, host = 'localhost') => {
    const schema = await postgres.createSchema();
    const url = new URL(withParameters(schema, { application_name: 'ssl-test', ...parameters }));
    url.hostname = host;
    const store = await openPostgresStore({ url: url.href });
    try {
      await store.check();
      const rows = await postgres.query<{ ssl: boolean }>(
        schema,
        "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'ssl-test'",
      );
      return rows[0]?.ssl;
    } finally {
      await store.close();
    }
  };

  it('is not encrypted with disable', async () => {
    expect(await isEncrypted({ sslmode: 'disable' })).toBe(false);
  });

  it('accepts any certificate with require', async () => {
    expect(await isEncrypted({ sslmode: 'require' }, '127.0.0.1')).toBe(true);
  });

  it('binds the authentication to TLS with channel_binding=require', async () => {
    expect(await isEncrypted({ sslmode: 'require', channel_binding: 'require' })).toBe(true);
  });

  it('requires a trusted certificate of any host with verify-ca', async () => {
    expect(await isEncrypted({ sslmode: 'verify-ca', sslrootcert: certificate }, '127.0.0.1')).toBe(true);
  });

  it('requires a trusted certificate of the host with verify-full', async () => {
    expect(await isEncrypted({ sslmode: 'verify-full', sslrootcert: certificate })).toBe(true);
    const elsewhere = { hostaddr: '127.0.0.1', sslmode: 'verify-full', sslrootcert: certificate };
    expect(await isEncrypted(elsewhere, 'localhost')).toBe(true);
    await expect(isEncrypted(elsewhere, 'db.example')).rejects.toThrow(/altnames/);
    await expect(isEncrypted({ sslmode: 'verify-full' })).rejects.toThrow(/certificate/);
    await expect(isEncrypted({ sslmode: 'verify-full', sslrootcert: certificate }, '127.0.0.1')).rejects.toThrow(
      /altnames/,
    );
  });
});
