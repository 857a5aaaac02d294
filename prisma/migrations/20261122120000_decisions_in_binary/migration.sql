-- The batch comes as an array of rows in PostgreSQL's own binary form, not as JSON: reading it was a third of the statement.

-- One request as a node hands it over. The order is that of lib/server/verification/encode-decision-rows.ts.
CREATE TYPE "decision_row" AS (
  "day" date, "machine" uuid, "mv" bigint, "gen" integer, "use" text, "id" uuid, "service" uuid, "sv" bigint, "gateway" uuid,
  "created" bigint, "expires" bigint, "base" bytea, "alg" text, "method" text, "authority" text, "path" text,
  -- Joined by "&", which no name can hold; NULL for none.
  "names" text,
  "query" bytea, "content" text, "source" text
);

DROP FUNCTION "decide"(uuid[], uuid[], json);

-- The decision statement: protocol.md, section 5. One call decides a batch; a row that was taken is an allow, and durable
-- once the call's transaction has committed: "recorded" counts them, and "ids" names them unless they are the whole batch.
-- Share locks make a revocation wait for the batches that still saw the machine
-- active; every later batch sees it revoked. Locks are taken in id order and rows inserted in key order, because batches
-- that share machines or credentials would deadlock otherwise. "machines" and "services" are the batch's distinct ids.
CREATE FUNCTION "decide"("machines" uuid[], "services" uuid[], "batch" "decision_row"[], OUT "recorded" integer, OUT "ids" uuid[])
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  "machine_ids" uuid[];
  "machine_versions" bigint[];
  "machine_generations" integer[];
  "machine_started" timestamptz[];
  "service_ids" uuid[];
  "service_versions" bigint[];
  "valid_from" double precision;
  "now_seconds" double precision;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'decide() needs read committed isolation' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM set_config('synchronous_commit', 'on', true);

  WITH "locked" AS MATERIALIZED (
    SELECT m."id", m."version", m."generation", m."generation_started_at"
      FROM "machine" m
     WHERE m."id" = ANY ("machines") AND m."state" = 'active' AND m."expires_at" > clock_timestamp()
     ORDER BY m."id" FOR SHARE
  )
  SELECT array_agg(l."id"), array_agg(l."version"), array_agg(l."generation"), array_agg(l."generation_started_at")
    INTO "machine_ids", "machine_versions", "machine_generations", "machine_started" FROM "locked" l;

  WITH "locked" AS MATERIALIZED (
    SELECT s."id", s."version" FROM "service" s
     WHERE s."id" = ANY ("services") AND s."state" = 'active'
     ORDER BY s."id" FOR SHARE
  )
  SELECT array_agg(l."id"), array_agg(l."version") INTO "service_ids", "service_versions" FROM "locked" l;

  SELECT extract(epoch FROM d."credentials_from") INTO "valid_from" FROM "deployment" d;
  "now_seconds" := extract(epoch FROM clock_timestamp());

  WITH "taken" AS (
    INSERT INTO "decision" ("generation_day", "machine_id", "generation", "use_key", "id", "at", "service_id", "gateway_id",
                            "created", "base_hash", "algorithm", "method", "authority", "path", "query_names", "query_hash",
                            "content", "source_address")
    SELECT r."day", r."machine", r."gen", r."use", r."id", clock_timestamp(), r."service", r."gateway",
           r."created", r."base", r."alg", r."method", r."authority", r."path",
           CASE WHEN r."names" IS NULL THEN '{}' WHEN r."names" = '' THEN '{""}' ELSE string_to_array(r."names", '&') END,
           r."query", r."content", r."source"
      FROM unnest("batch") AS r
      JOIN unnest("machine_ids", "machine_versions", "machine_generations", "machine_started")
           AS m("id", "version", "generation", "started")
        ON m."id" = r."machine" AND m."version" = r."mv"
       AND (m."generation" = r."gen"
            -- The generation before goes on for two minutes after a renewal.
            OR (m."generation" = r."gen" + 1 AND m."started" > clock_timestamp() - interval '2 minutes'))
      JOIN unnest("service_ids", "service_versions") AS s("id", "version") ON s."id" = r."service" AND s."version" = r."sv"
     WHERE r."created" >= "valid_from" AND r."created" <= "now_seconds" + 30 AND r."expires" >= "now_seconds" - 30
     ORDER BY r."day", r."machine", r."gen", r."use" COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING "decision"."id"
  )
  SELECT count(*), array_agg(t."id") INTO "recorded", "ids" FROM "taken" t;
  IF "recorded" = cardinality("batch") THEN "ids" := NULL; END IF;
END $$;
