// The statements of the store on PostgreSQL.
//
// A create finds all its customers in one scan of their index, which `= ANY` is since PostgreSQL 17 ("Allow btree
// indexes to more efficiently find a set of values", https://www.postgresql.org/docs/17/release-17.html), and then
// joins them with the request. The join is a full one although no customer is found that was not requested: PostgreSQL
// has no nested loop for it. It would choose one whenever it expects few customers, and ten times as many customers
// would take a hundred times as long. The rows are sorted so that members are stored, and returned, in order.

import { DATABASE_TIME } from './connection/clock-skew.ts';

/**
 * The key of the advisory lock of the account `$1`, which is shared by creates and exclusive for the deletion of the
 * account. A create that does not get it at once stores nothing, because waiting creates of one account could occupy
 * all connections.
 */
export const ACCOUNT_LOCK = "hashtextextended($1::uuid::text, x'434f5247'::int)";

/** Acquires the lock before the first row is stored. */
const ACCESSIBLE = `accessible AS MATERIALIZED (SELECT pg_try_advisory_xact_lock_shared(${ACCOUNT_LOCK}) AS yes)`;

/**
 * Fails with division_by_zero, and so stores nothing, unless the condition holds: triggers may drop rows silently.
 */
const requireStored = (condition: string) => `1 / CASE WHEN ${condition} THEN 1 ELSE 0 END AS stored`;

/**
 * Creates an organization and returns the names of its customers: `$1` account, `$2` new ID, `$3` owner and members,
 * `$4` now, `$5` to `$7` client, request and version. A null name marks an unknown customer. Nothing is stored if there
 * is one, or if the account is not `accessible`.
 */
export const CREATE = {
  name: 'create',
  text: `
    WITH ${ACCESSIBLE}, found AS (
      SELECT customer_id, name FROM customers WHERE account_id = $1::uuid AND customer_id = ANY ($3::uuid[])
    ), named AS MATERIALIZED (
      SELECT position, customer_id, found.name
      FROM unnest($3::uuid[]) WITH ORDINALITY AS p (customer_id, position) FULL JOIN found USING (customer_id)
      ORDER BY position
    ), organization AS (
      INSERT INTO organizations
        (account_id, organization_id, owner_id, created_at, client_id, request_id, api_version)
      SELECT $1::uuid, $2::uuid, n.customer_id, $4::timestamptz, $5::text, $6::uuid, $7::text FROM named n
      WHERE n.position = 1 AND NOT EXISTS (SELECT 1 FROM named WHERE name IS NULL) AND (SELECT yes FROM accessible)
      RETURNING organization_id
    ), members AS (
      INSERT INTO organization_members (account_id, organization_id, position, customer_id)
      SELECT $1::uuid, o.organization_id, n.position - 2, n.customer_id
      FROM organization o CROSS JOIN named n WHERE n.position > 1
      RETURNING 1
    )
    SELECT json_agg(name ORDER BY position) AS names, (SELECT yes FROM accessible) AS accessible,
      ${requireStored(`bool_or(name IS NULL) OR NOT (SELECT yes FROM accessible) OR (
        (SELECT count(*) FROM organization) = 1 AND (SELECT count(*) FROM members) = count(*) - 1)`)}
    FROM named`,
};

/**
 * Creates several organizations of one account, except those with an unknown customer, and returns the names of all
 * their customers: `$1` account, `$2` new IDs, `$6` now, `$7` milliseconds to wait for a lock, `$8` to `$10`
 * the client, the request and the version of each. `$3` to `$5` have one element for each customer, in the order of the
 * names: the index of its organization from 1, its position with the owner at 0, its ID.
 */
export const CREATE_BATCH = {
  name: 'create-batch',
  text: `
    WITH ${ACCESSIBLE}, waiting AS MATERIALIZED (
      SELECT set_config('lock_timeout', $7::text, true)
    ), found AS (
      SELECT customer_id, name FROM customers WHERE account_id = $1::uuid AND customer_id = ANY ($5::uuid[])
    ), named AS MATERIALIZED (
      SELECT place, organization, position, customer_id, found.name
      FROM (
          waiting CROSS JOIN unnest($3::int4[], $4::int4[], $5::uuid[])
            WITH ORDINALITY AS p (organization, position, customer_id, place)
        )
        FULL JOIN found USING (customer_id)
      ORDER BY place
    ), known AS MATERIALIZED (
      SELECT organization, ($2::uuid[])[organization] AS organization_id, position, customer_id,
        bool_and(name IS NOT NULL) OVER (PARTITION BY organization) AS complete
      FROM named
    ), organization AS (
      INSERT INTO organizations
        (account_id, organization_id, owner_id, created_at, client_id, request_id, api_version)
      SELECT $1::uuid, k.organization_id, k.customer_id, $6::timestamptz,
        ($8::text[])[k.organization], ($9::uuid[])[k.organization], ($10::text[])[k.organization]
      FROM known k WHERE k.complete AND k.position = 0 AND (SELECT yes FROM accessible)
      RETURNING 1
    ), members AS (
      INSERT INTO organization_members (account_id, organization_id, position, customer_id)
      SELECT $1::uuid, k.organization_id, k.position - 1, k.customer_id
      FROM known k WHERE k.complete AND k.position > 0 AND (SELECT yes FROM accessible)
      RETURNING 1
    )
    SELECT json_agg(name ORDER BY place) AS names, (SELECT yes FROM accessible) AS accessible,
      ${requireStored(`NOT (SELECT yes FROM accessible) OR
        (SELECT count(*) FROM organization) + (SELECT count(*) FROM members) =
        (SELECT count(*) FROM known WHERE complete)`)}
    FROM named`,
};

/**
 * Creates an organization under an idempotency key: `$5` key, `$6` fingerprint, `$7` the time up to which keys have
 * expired, `$8` to `$10` client, request and version. Looks up and stores nothing when the key is known. When a
 * concurrent request stores the key, waits for it, stores nothing, and returns `claimed` false.
 */
export const CREATE_WITH_KEY = {
  name: 'create-with-key',
  text: `
    WITH ${ACCESSIBLE}, known AS MATERIALIZED (
      SELECT fingerprint, organization_id, names FROM idempotency_keys
      WHERE account_id = $1::uuid AND idempotency_key = $5::text AND created_at > $7::timestamptz
    ), asked AS (
      SELECT position, customer_id FROM unnest($3::uuid[]) WITH ORDINALITY AS p (customer_id, position)
      WHERE NOT EXISTS (SELECT 1 FROM known)
    ), found AS (
      SELECT customer_id, name FROM customers
      WHERE account_id = $1::uuid AND customer_id = ANY ($3::uuid[]) AND NOT EXISTS (SELECT 1 FROM known)
    ), named AS MATERIALIZED (
      SELECT position, customer_id, found.name FROM asked FULL JOIN found USING (customer_id) ORDER BY position
    ), claim AS (
      INSERT INTO idempotency_keys AS k (account_id, idempotency_key, fingerprint, organization_id, names, created_at)
      SELECT $1::uuid, $5::text, $6::bytea, $2::uuid,
        (SELECT array_agg(name ORDER BY position) FROM named), $4::timestamptz
      FROM named n WHERE n.position = 1 AND NOT EXISTS (SELECT 1 FROM named WHERE name IS NULL)
        AND (SELECT yes FROM accessible)
      ON CONFLICT (account_id, idempotency_key) DO UPDATE SET
        fingerprint = excluded.fingerprint, organization_id = excluded.organization_id,
        names = excluded.names, created_at = excluded.created_at
      WHERE k.created_at <= $7::timestamptz
      RETURNING organization_id
    ), organization AS (
      INSERT INTO organizations
        (account_id, organization_id, owner_id, created_at, client_id, request_id, api_version)
      SELECT $1::uuid, o.organization_id, n.customer_id, $4::timestamptz, $8::text, $9::uuid, $10::text
      FROM claim o CROSS JOIN named n WHERE n.position = 1
      RETURNING 1
    ), members AS (
      INSERT INTO organization_members (account_id, organization_id, position, customer_id)
      SELECT $1::uuid, o.organization_id, n.position - 2, n.customer_id
      FROM claim o CROSS JOIN named n WHERE n.position > 1
      RETURNING 1
    )
    SELECT (SELECT fingerprint FROM known), (SELECT organization_id FROM known),
      (SELECT to_json(names) FROM known) AS known_names,
      EXISTS (SELECT 1 FROM claim) AS claimed, (SELECT json_agg(name ORDER BY position) FROM named) AS names,
      (SELECT yes FROM accessible) AS accessible,
      ${requireStored(`NOT EXISTS (SELECT 1 FROM claim) OR
        (SELECT count(*) FROM organization) + (SELECT count(*) FROM members) = (SELECT count(*) FROM named)`)}`,
};

/** Returns what was created under a key: `$1` account, `$2` key, `$3` the time up to which keys have expired. */
export const FIND_IDEMPOTENCY_KEY = {
  name: 'find-idempotency-key',
  text: `
    SELECT fingerprint, organization_id, to_json(names) AS known_names FROM idempotency_keys
    WHERE account_id = $1 AND idempotency_key = $2 AND created_at > $3`,
};

/** Reads the key of a client, if it is valid. Both parameters are SQL expressions. */
const readApiKey = (client: string, now: string) => `
    SELECT account_id, secret_sha256, pinned_version, label, expires_at,
      CASE WHEN previous_expires_at > ${now} THEN previous_secret_sha256 END AS previous_secret_sha256,
      CASE WHEN previous_expires_at > ${now} THEN previous_expires_at END AS previous_expires_at
    FROM api_keys WHERE client_id = ${client} AND revoked_at IS NULL AND disabled_at IS NULL
      AND (expires_at IS NULL OR expires_at > ${now})`;

/** Finds a valid key: `$1` client, `$2` now. */
export const FIND_API_KEY = {
  name: 'find-api-key',
  text: readApiKey('$1', '$2::timestamptz'),
};

/**
 * Reserves requests: `$1` account, `$2` client, `$3` requests, `$4` length of the window in milliseconds. Uses the
 * clock of the database, which all processes share.
 */
export const RESERVE_REQUESTS = {
  name: 'reserve-requests',
  text: `
    INSERT INTO request_windows AS w (account_id, client_id, started_at, used)
    VALUES ($1::uuid, $2::text, clock_timestamp(), $3::int4)
    ON CONFLICT (account_id, client_id) DO UPDATE SET
      used = CASE WHEN excluded.started_at - w.started_at >= $4::float8 * interval '1 millisecond'
        THEN excluded.used ELSE w.used + excluded.used END,
      started_at = CASE WHEN excluded.started_at - w.started_at >= $4::float8 * interval '1 millisecond'
        THEN excluded.started_at ELSE w.started_at END
    RETURNING used::int4,
      ceil(greatest(1, $4::float8 - extract(epoch FROM clock_timestamp() - started_at)::float8 * 1000))::int4
        AS remaining_ms`,
};

/**
 * Needs every privilege of a create, and fails if nothing can be written, but changes no rows: PostgreSQL checks
 * privileges before it searches for rows. The logical message has no receiver; it only makes the commit as durable as
 * that of a create, flushed and confirmed by synchronous standbys.
 */
const rehearse = (reserved: string) => `
  WITH organization AS (
    INSERT INTO organizations
      (account_id, organization_id, owner_id, created_at, client_id, request_id, api_version)
    SELECT account_id, customer_id, customer_id, now(), name, customer_id, name FROM customers WHERE false
    RETURNING organization_id
  ), members AS (
    INSERT INTO organization_members (account_id, organization_id, position, customer_id)
    SELECT account_id, customer_id, 0, customer_id FROM customers WHERE false
  ), claim AS (
    INSERT INTO idempotency_keys (account_id, idempotency_key, fingerprint, organization_id, names, created_at)
    SELECT account_id, '', '', customer_id, '{}', now() FROM customers WHERE false
    ON CONFLICT (account_id, idempotency_key) DO UPDATE SET fingerprint = excluded.fingerprint
    RETURNING idempotency_key
  )${reserved}
  SELECT current_setting('transaction_read_only') AS read_only,
    pg_logical_emit_message(true, 'customer-organizations readiness', '') AS written,
    ${DATABASE_TIME} AS database_ms
  FROM (SELECT EXISTS (${readApiKey("''", 'now()')})) AS readable`;

/** Checks the readiness of a server that does not limit requests. */
export const REHEARSE_CREATE = rehearse('');

/** Checks the readiness of a server that counts requests. */
export const REHEARSE_COUNTED_CREATE = rehearse(`, reserved AS (
    INSERT INTO request_windows AS w (account_id, client_id, started_at, used)
    SELECT account_id, client_id, now(), 0 FROM api_keys WHERE false
    ON CONFLICT (account_id, client_id) DO UPDATE SET used = w.used
    RETURNING used
  )`);

/** Commits as durably as a change: flushed, and confirmed by synchronous standbys. */
export const WRITE_NOTHING = "SELECT pg_logical_emit_message(true, 'customer-organizations commit', '')";

/** Finds a customer for a create that is rolled back, and a client of its account, if there is one. */
export const FIND_SAMPLE = `
  SELECT account_id, customer_id,
    (SELECT client_id FROM api_keys k WHERE k.account_id = c.account_id LIMIT 1) AS client_id
  FROM customers c LIMIT 1`;

/** Counts the rows of an organization in each table: `$1` account, `$2` ID. */
export const COUNT_ROWS = `
  SELECT
    (SELECT count(*)::int4 FROM organizations WHERE account_id = $1 AND organization_id = $2) AS organizations,
    (SELECT count(*)::int4 FROM organization_members WHERE account_id = $1 AND organization_id = $2)
      AS organization_members,
    (SELECT count(*)::int4 FROM idempotency_keys WHERE account_id = $1 AND organization_id = $2) AS idempotency_keys`;

/**
 * Deletes expired keys: `$1` account, `$2` the time up to which keys have expired, `$3` limit. Skips rows that a create
 * has locked. The subquery is materialized, because the limit would otherwise apply to each row.
 */
export const PURGE_IDEMPOTENCY_KEYS = `
  WITH expired AS MATERIALIZED (
    SELECT idempotency_key FROM idempotency_keys WHERE account_id = $1 AND created_at <= $2
    ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
  )
  DELETE FROM idempotency_keys
  WHERE account_id = $1 AND idempotency_key IN (SELECT idempotency_key FROM expired) RETURNING 1`;

/** Lists organizations: `$1` account, `$2` the last ID of the previous page, `$3` the earliest time, `$4` limit. */
export const LIST_ORGANIZATIONS = `
  SELECT o.organization_id, o.created_at, o.client_id, o.request_id, o.api_version, c.customer_id, c.name
  FROM organizations o JOIN customers c ON c.account_id = o.account_id AND c.customer_id = o.owner_id
  WHERE o.account_id = $1 AND o.organization_id > $2 AND o.created_at >= $3
  ORDER BY o.organization_id LIMIT $4`;

/** Finds an organization: `$1` account, `$2` ID. */
export const FIND_ORGANIZATION = `
  SELECT o.organization_id, o.created_at, o.client_id, o.request_id, o.api_version, c.customer_id, c.name
  FROM organizations o JOIN customers c ON c.account_id = o.account_id AND c.customer_id = o.owner_id
  WHERE o.account_id = $1 AND o.organization_id = $2`;

/**
 * Lists members of several organizations: `$1` account, `$2` organizations, `$3` and `$4` the last organization and
 * position of the previous page, `$5` limit.
 */
export const LIST_MEMBERS = `
  SELECT m.organization_id, m.position, m.customer_id, c.name
  FROM organization_members m JOIN customers c ON c.account_id = m.account_id AND c.customer_id = m.customer_id
  WHERE m.account_id = $1 AND m.organization_id = ANY ($2::uuid[])
    AND (m.organization_id, m.position) > ($3::uuid, $4::int4)
  ORDER BY m.organization_id, m.position LIMIT $5`;

/** Adds or renames customers: `$1` account, `$2` IDs, `$3` names. */
export const IMPORT_CUSTOMERS = `
  WITH incoming AS (
    SELECT * FROM unnest($2::uuid[], $3::text[]) AS i (customer_id, name)
  ), known AS (
    SELECT c.name <> i.name AS renamed
    FROM incoming i JOIN customers c ON c.account_id = $1::uuid AND c.customer_id = i.customer_id
  ), written AS (
    INSERT INTO customers (account_id, customer_id, name) SELECT $1::uuid, customer_id, name FROM incoming
    ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name WHERE customers.name <> excluded.name
  )
  SELECT (SELECT count(*) FROM known)::int4 AS known, (SELECT count(*) FROM known WHERE renamed)::int4 AS renamed`;

/** Counts what `IMPORT_CUSTOMERS` would change with the same parameters. */
export const COUNT_CUSTOMERS = `
  SELECT count(*)::int4 AS known, (count(*) FILTER (WHERE c.name <> i.name))::int4 AS renamed
  FROM unnest($2::uuid[], $3::text[]) AS i (customer_id, name)
  JOIN customers c ON c.account_id = $1::uuid AND c.customer_id = i.customer_id`;
