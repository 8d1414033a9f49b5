-- Oldest code: 1
-- How many requests each API key has sent in its current minute, over all processes.

CREATE TABLE request_windows (
  account_id uuid        NOT NULL,
  client_id  text        NOT NULL,
  started_at timestamptz NOT NULL,
  used       integer     NOT NULL,
  PRIMARY KEY (account_id, client_id)
);
