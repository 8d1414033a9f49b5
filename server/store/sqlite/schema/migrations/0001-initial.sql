-- Oldest code: 1
-- Every key begins with the account: an account never sees another's rows, and the schema can be spread by account.
-- IDs are lower-case UUIDs as text; times are milliseconds since 1970-01-01 UTC.

CREATE TABLE accounts (
  account_id TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  account_id     TEXT NOT NULL REFERENCES accounts (account_id),
  client_id      TEXT NOT NULL,
  secret_sha256  BLOB NOT NULL CHECK (length(secret_sha256) = 32),
  pinned_version TEXT,
  created_at     INTEGER NOT NULL,
  revoked_at     INTEGER,
  PRIMARY KEY (account_id, client_id)
) STRICT, WITHOUT ROWID;

-- A request names its client only; the key determines the account.
CREATE UNIQUE INDEX api_keys_by_client ON api_keys (client_id);

CREATE TABLE customers (
  account_id  TEXT NOT NULL REFERENCES accounts (account_id),
  customer_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  PRIMARY KEY (account_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
  account_id      TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  owner_id        TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (account_id, organization_id),
  FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE organization_members (
  account_id      TEXT NOT NULL,
  organization_id TEXT NOT NULL,
  position        INTEGER NOT NULL,
  customer_id     TEXT NOT NULL,
  PRIMARY KEY (account_id, organization_id, position),
  FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, organization_id),
  FOREIGN KEY (account_id, customer_id) REFERENCES customers (account_id, customer_id)
) STRICT, WITHOUT ROWID;

-- `answer` is the response to the first request, as JSON, so that a retry gets the same even after a customer was
-- renamed.
CREATE TABLE idempotency_keys (
  account_id      TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint     BLOB NOT NULL CHECK (length(fingerprint) = 32),
  organization_id TEXT NOT NULL,
  answer          TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (account_id, idempotency_key),
  FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, organization_id)
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
