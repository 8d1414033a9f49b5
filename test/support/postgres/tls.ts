// A self-signed certificate for `localhost`, valid until 2126. Its key is public, and serves these tests only.
import { chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/ajeli1E2hs0LfGR
7+lwjRKSljPd6puo+dG0tSvZyFqhRANCAATeqfkoWZxDYpOdr8w9JwPSfJD0Hqkz
FtE7Vsvo1Z+fqht6jC2e6YxDo7SV0GnhQW4lS7mkOaNKlibOchv/BFcY
-----END PRIVATE KEY-----
`;

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUG7Rm6rTiGCgRaWGYTl0Zlsg+lPMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIzMzEzMVoYDzIxMjYxMDMw
MjMzMTMxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATeqfkoWZxDYpOdr8w9JwPSfJD0HqkzFtE7Vsvo1Z+fqht6jC2e6YxD
o7SV0GnhQW4lS7mkOaNKlibOchv/BFcYo2kwZzAdBgNVHQ4EFgQUOVzqu8aAHi0l
tU7M9/qzOWmjKy8wHwYDVR0jBBgwFoAUOVzqu8aAHi0ltU7M9/qzOWmjKy8wDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhALu35o36wdWC79ZHtermTnb3Q3xLeqa2I5y0ED4HWM1lAiAUIl4/bhVM
fMjtuSC2kB+DY6gTrZbfzW5T+TG6hWIWdA==
-----END CERTIFICATE-----
`;

/** Writes key and certificate to PostgreSQL's data folder. Returns the path of the certificate. */
export async function addCertificate(folder: string): Promise<string> {
  const { uid, gid } = await stat(folder);
  const certificate = join(folder, 'server.crt');
  for (const [path, text] of [
    [join(folder, 'server.key'), KEY],
    [certificate, CERTIFICATE],
  ] as const) {
    await writeFile(path, text, { mode: 0o600 });
    await chown(path, uid, gid);
  }
  return certificate;
}
