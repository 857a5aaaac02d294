import type { Pool } from 'pg'

/** How much there is to be found. Everything is made by the database itself, the same each time but for the hour. */
export interface RecordsToFill {
  readonly machines: number
  readonly decisions: number
  readonly denials: number
  /** Decisions and denials are spread over so many days up to now, each with its partition. */
  readonly days: number
}

/** What tests and benchmarks ask for; UUIDs. */
export interface FilledRecords {
  /** Of one machine among many. */
  readonly machineId: string
  /** Takes every tenth call. */
  readonly busyServiceSlug: string
  /** Takes one call in 20,000. */
  readonly rareServiceSlug: string
  readonly rareServiceId: string
}

const services = 40
/** In each minute so many machines call, a few times each. */
const machinesAtOnce = 400

/** The nth id of a kind: the same in every statement, without a look at the other table. */
const idOf = (kind: string, n: string) =>
  `overlay(overlay(md5('${kind}' || (${n})::bigint) PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid`
/** A UUIDv7 of this instant. */
const timedId = (at: string, n: string) =>
  `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || overlay(right(md5('t' || ${n}), 19) PLACING '8' FROM 4 FOR 1))::uuid`

/**
 * Fills an empty, migrated database: machines in every state, services that are asked often and hardly ever, allows, and
 * denials by strangers and by machines. What is made is left uncounted; the tables are analysed.
 */
export async function fillRecords(
  pool: Pool,
  { machines, decisions, denials, days }: RecordsToFill,
): Promise<FilledRecords> {
  const run = (sql: string) => pool.query({ text: sql, query_timeout: 3_600_000 } as { text: string })
  await run(`
    INSERT INTO service (id, slug, name) SELECT ${idOf('service', 'n')}, 'service-' || n, 'Service ' || n FROM generate_series(0, ${services - 1}) n`)
  await run(`
    INSERT INTO machine (id, name, state, generation, request_algorithm, labels, lifetime_seconds, expires_at, enrolled_at)
    SELECT ${idOf('machine', 'n')}, 'machine-' || lpad(n::text, 7, '0'),
           CASE WHEN n % 100 < 90 THEN 'active' ELSE (ARRAY['pending', 'suspended', 'quarantined', 'expired', 'revoked'])[1 + n % 5] END,
           1, 'hmac-sha256',
           jsonb_build_object('env', (ARRAY['production', 'staging', 'test'])[1 + n % 3], 'team', 'team-' || n % 50, 'host', 'host-' || n),
           86400, now() + CASE WHEN n % 100 = 1 THEN interval '-1 hour' ELSE interval '1 day' END,
           now() - interval '30 days' + n * interval '1 second'
      FROM generate_series(0, ${machines - 1}) n`)
  await run(
    `INSERT INTO gateway (id, name, profile) SELECT ${idOf('gateway', 'n')}, 'gateway-' || n, 'nginx' FROM generate_series(0, 4) n`,
  )
  await run(
    `INSERT INTO gateway_service (gateway_id, service_id) SELECT g.id, s.id FROM gateway g CROSS JOIN service s`,
  )
  await run(`
    INSERT INTO audit_event (id, at, action, actor_type, actor_id, actor_name, target_type, target_id, target_name)
    SELECT ${timedId('r.at', "'a' || n")}, r.at, CASE WHEN n % 1000 = 7 THEN 'machine.revoke' ELSE 'machine.renew' END,
           CASE WHEN n % 1000 = 7 THEN 'operator' ELSE 'machine' END, 'op_' || lpad((n % 500)::text, 26, '0'), 'actor', 'machine',
           'mach_' || lpad((n % 5000)::text, 26, '0'), 'target'
      FROM generate_series(0, ${2 * machines - 1}) n
     CROSS JOIN LATERAL (SELECT now() - interval '30 days' + n * interval '30 days' / ${2 * machines} AS at) r`)
  for (const table of ['decision', 'denial']) {
    await run(`DO $$ DECLARE "of_day" date; BEGIN
      FOR n IN 0..${days} LOOP
        "of_day" := (now() AT TIME ZONE 'UTC')::date - n;
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF ${table} FOR VALUES FROM (%L) TO (%L)',
                       '${table}_' || to_char("of_day", 'YYYYMMDD'), "of_day", "of_day" + 1);
      END LOOP; END $$`)
  }
  // Calls come in bursts: a minute in eight is busy.
  const at = (n: string, total: number) =>
    `date_trunc('minute', now()) - interval '${days} days' + ${n} * ${days * 180}::bigint / ${total} * interval '8 minutes'
       + (${n} * ${days * 180}::bigint % ${total}) * interval '60 s' / ${total}`
  const machineOf = (instant: string, n: string) =>
    idOf(
      'machine',
      `(extract(epoch FROM date_trunc('minute', ${instant}))::bigint / 60 * 7919 + ${n} % ${machinesAtOnce} * 113) % ${machines}`,
    )
  // The rare service last, the busy one first, the others evenly; most machines have one that they call.
  const serviceOf = (n: string) =>
    idOf(
      'service',
      `CASE WHEN ${n} % 20000 = 7777 THEN ${services - 1} WHEN ${n} % 10 = 0 THEN 0 ELSE 1 + ${n} % ${machinesAtOnce} % ${services - 2} END`,
    )
  const million = 1_000_000
  for (let from = 0; from < decisions; from += million) {
    await run(`
      INSERT INTO decision (generation_day, machine_id, generation, use_key, id, at, service_id, gateway_id, created, base_hash,
                            algorithm, method, authority, path, query_names, query_hash, content, source_address)
      SELECT (r.at AT TIME ZONE 'UTC')::date, ${machineOf('r.at', 'n')}, 1, 's' || n, ${timedId('r.at', 'n')}, r.at, ${serviceOf('n')},
             ${idOf('gateway', `n % ${machinesAtOnce} % 5`)}, extract(epoch FROM r.at)::bigint, sha256(n::text::bytea), 'hmac-sha256',
             'GET', 'orders.example', '/v1/orders/' || n % 1000, '{status}', NULL, 'none',
             '192.0.2.' || n % 250
        FROM generate_series(${from}::bigint, ${Math.min(from + million, decisions) - 1}) n
       CROSS JOIN LATERAL (SELECT ${at('n', decisions)} AS at) r`)
  }
  // Counting is what is to be measured later: these are rows from before it.
  await run('ALTER TABLE denial DISABLE TRIGGER denial_is_counted')
  await run(`
    INSERT INTO denial (day, id, at, outcome, code, count, last_at, service_id, service_name, gateway_id, machine_id, generation,
                        method, authority, path, source_address, is_counted)
    SELECT (r.at AT TIME ZONE 'UTC')::date, ${timedId('r.at', "'d' || n")}, r.at,
           CASE WHEN n % 1000 = 3 THEN 'observed' ELSE 'denied' END,
           CASE WHEN n % 5000 = 3 THEN 'policy_denied' WHEN n % 3 = 0 THEN 'credential_replayed' ELSE 'credential_missing' END,
           1 + n % 3, r.at, CASE WHEN n % 50 = 1 THEN NULL ELSE ${serviceOf('n')} END,
           CASE WHEN n % 50 = 1 THEN 'servce-1' ELSE NULL END, ${idOf('gateway', `n % ${machinesAtOnce} % 5`)},
           CASE WHEN n % 3 = 0 THEN ${machineOf('r.at', 'n')} END, CASE WHEN n % 3 = 0 THEN 1 END,
           'GET', 'orders.example', '/v1/orders', '198.51.100.' || n % 250, false
      FROM generate_series(0, ${denials - 1}) n CROSS JOIN LATERAL (SELECT ${at('n', denials)} AS at) r`)
  await run('ALTER TABLE denial ENABLE TRIGGER denial_is_counted')
  await run('ANALYZE')
  await run(
    `UPDATE count_state SET allows_until = (SELECT min(at) FROM decision), old_denials_through = (SELECT max(day) FROM denial)`,
  )
  const { rows } = await pool.query<{ machine: string; rare: string }>(
    `SELECT (SELECT machine_id FROM decision ORDER BY at DESC OFFSET 100 LIMIT 1) AS machine, ${idOf('service', String(services - 1))} AS rare`,
  )
  return {
    machineId: rows[0]?.machine ?? '',
    busyServiceSlug: 'service-0',
    rareServiceSlug: `service-${services - 1}`,
    rareServiceId: rows[0]?.rare ?? '',
  }
}
