-- Oldest code: 1
-- Who made what: organizations keep their request, and changes by commands leave events. All columns may be null, so
-- that servers of the version before go on writing.

ALTER TABLE organizations
  ADD COLUMN client_id   text,
  ADD COLUMN request_id  uuid,
  ADD COLUMN api_version text;

-- `previous_secret_sha256` is valid besides the secret until `previous_expires_at`, after a rotation.
ALTER TABLE api_keys
  ADD COLUMN label                  text,
  ADD COLUMN expires_at             timestamptz,
  ADD COLUMN disabled_at            timestamptz,
  ADD COLUMN last_used_at           timestamptz,
  ADD COLUMN previous_secret_sha256 bytea CHECK (octet_length(previous_secret_sha256) = 32),
  ADD COLUMN previous_expires_at    timestamptz;

-- Without foreign keys: events outlive what they are about. IDs are UUIDv7, so their order is that of time.
CREATE TABLE events (
  account_id uuid        NOT NULL,
  event_id   uuid        NOT NULL,
  created_at timestamptz NOT NULL,
  actor      text        NOT NULL,
  type       text        NOT NULL,
  subject    text        NOT NULL,
  details    text        NOT NULL,
  PRIMARY KEY (account_id, event_id)
);

CREATE INDEX events_by_id ON events (event_id);
