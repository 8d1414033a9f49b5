-- Oldest code: 1
-- Large imports, whose rows are stored in many small transactions: nobody sees them before `published_at` is set, and
-- then everybody sees all of them. After that they are moved to `customers`.

-- Without foreign keys: code of the version before, which does not know this table, can still delete accounts.
CREATE TABLE imports (
  import_id    INTEGER NOT NULL PRIMARY KEY,
  account_id   TEXT NOT NULL,
  published_at INTEGER
) STRICT;

-- Customers that are new or have another name.
CREATE TABLE imported_customers (
  import_id   INTEGER NOT NULL,
  customer_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  PRIMARY KEY (import_id, customer_id)
) STRICT, WITHOUT ROWID;

-- One import at most is published at a time.
CREATE VIEW published_customers AS
SELECT (SELECT account_id FROM imports WHERE published_at IS NOT NULL) AS account_id, customer_id, name
FROM imported_customers
WHERE import_id = (SELECT import_id FROM imports WHERE published_at IS NOT NULL);

CREATE VIEW current_customers AS
SELECT account_id, customer_id, name FROM published_customers
UNION ALL
SELECT c.account_id, c.customer_id, c.name FROM customers c
WHERE NOT EXISTS (
  SELECT 1 FROM published_customers p WHERE p.account_id = c.account_id AND p.customer_id = c.customer_id
);
