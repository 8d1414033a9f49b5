-- Oldest code: 1
-- Every key begins with the account: an account never sees another's rows, and the schema can be spread by account
-- (DISTRIBUTION.md). No sequence, no trigger, no default that a node would have to agree on with another: all values
-- come with the statement.

CREATE TABLE accounts (
  account_id uuid        NOT NULL PRIMARY KEY,
  name       text        NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX accounts_by_name ON accounts (name);

CREATE TABLE api_keys (
  account_id     uuid        NOT NULL REFERENCES accounts (account_id),
  client_id      text        NOT NULL,
  secret_sha256  bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
  pinned_version text,
  created_at     timestamptz NOT NULL,
  revoked_at     timestamptz,
  PRIMARY KEY (account_id, client_id)
);

-- A request names its client only; the key determines the account.
CREATE UNIQUE INDEX api_keys_by_client ON api_keys (client_id);

CREATE TABLE customers (
  account_id  uuid NOT NULL REFERENCES accounts (account_id),
  customer_id uuid NOT NULL,
  name        text NOT NULL,
  PRIMARY KEY (account_id, customer_id)
);

CREATE TABLE organizations (
  account_id      uuid        NOT NULL,
  organization_id uuid        NOT NULL,
  owner_id        uuid        NOT NULL,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (account_id, organization_id),
  FOREIGN KEY (account_id, owner_id) REFERENCES customers (account_id, customer_id)
);

CREATE TABLE organization_members (
  account_id      uuid    NOT NULL,
  organization_id uuid    NOT NULL,
  position        integer NOT NULL,
  customer_id     uuid    NOT NULL,
  PRIMARY KEY (account_id, organization_id, position),
  FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, organization_id),
  FOREIGN KEY (account_id, customer_id) REFERENCES customers (account_id, customer_id)
);

-- `names` are those in the response to the first request, the owner's first, so that a retry gets the same even after a
-- customer was renamed. The IDs need no room: a request with the same fingerprint has the same ones.
CREATE TABLE idempotency_keys (
  account_id      uuid        NOT NULL,
  idempotency_key text        NOT NULL,
  fingerprint     bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
  organization_id uuid        NOT NULL,
  names           text[]      NOT NULL,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (account_id, idempotency_key),
  FOREIGN KEY (account_id, organization_id) REFERENCES organizations (account_id, organization_id)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (account_id, created_at);
