-- Decisions counted per minute, so that no page counts raw rows over a long time (docs/adr/0015).
-- "day" is the UTC day on which the database wrote the count, and the partition key: there is always a partition of
-- today, whatever instant a late record carries. A minute may so have a count on two days; readers add them up.
-- What a record lacks is the zero UUID or the empty text here, because a primary key takes no null.

-- Of one machine. Allows carry the partition of their rows: the way from a count to what it counts is one index range.
CREATE TABLE "machine_minute" (
  "day" date NOT NULL,
  "machine_id" uuid NOT NULL,
  "minute" timestamptz NOT NULL,
  "service_id" uuid NOT NULL,
  "outcome" text NOT NULL,
  "code" text NOT NULL,
  "generation_day" date NOT NULL,
  "count" bigint NOT NULL,
  PRIMARY KEY ("machine_id", "minute", "service_id", "outcome", "code", "generation_day", "day")
) PARTITION BY RANGE ("day");
CREATE INDEX "machine_minute_service" ON "machine_minute" ("service_id", "minute", "machine_id");

-- Of all machines together.
CREATE TABLE "service_minute" (
  "day" date NOT NULL,
  "minute" timestamptz NOT NULL,
  "service_id" uuid NOT NULL,
  "gateway_id" uuid NOT NULL,
  "outcome" text NOT NULL,
  "code" text NOT NULL,
  "count" bigint NOT NULL,
  "last_at" timestamptz NOT NULL,
  PRIMARY KEY ("minute", "service_id", "gateway_id", "outcome", "code", "day")
) PARTITION BY RANGE ("day");
CREATE INDEX "service_minute_service" ON "service_minute" ("service_id", "outcome", "minute");
CREATE INDEX "service_minute_gateway" ON "service_minute" ("gateway_id", "service_id", "minute");

-- How far counting has come. One row.
CREATE TABLE "count_state" (
  "singleton" boolean PRIMARY KEY DEFAULT true CHECK ("singleton"),
  -- Every allow before this instant of the database's clock is counted, and none after it.
  "allows_until" timestamptz NOT NULL,
  -- Denials of this day and before it that were on record before there were counts are still to be counted; null: none.
  "old_denials_through" date
);
INSERT INTO "count_state" ("allows_until", "old_denials_through")
  SELECT date_trunc('minute', coalesce((SELECT min("at") FROM "decision"), now() - interval '1 minute'), 'UTC'), (SELECT max("day") FROM "denial");

-- What a copy of the database leaves away (lib/server/database/copy): it is made anew from the rows.
COMMENT ON TABLE "machine_minute" IS 'derived: counts of decision and denial';
COMMENT ON TABLE "service_minute" IS 'derived: counts of decision and denial';
COMMENT ON TABLE "count_state" IS 'derived: how far counting has come';

-- Rows from before read false, all others true. Neither touches a row on disk.
ALTER TABLE "denial" ADD COLUMN "is_counted" boolean NOT NULL DEFAULT false;
ALTER TABLE "denial" ALTER COLUMN "is_counted" SET DEFAULT true;

-- With the partition of an allow, so that a question that knows it looks into no other.
CREATE OR REPLACE VIEW "decision_record" AS
  SELECT "id", "at", 'allowed' AS "outcome", NULL::text AS "code", NULL::text AS "detail", 1 AS "count", "at" AS "last_at",
         "service_id", NULL::text AS "service_name", "gateway_id", "machine_id", "generation", "use_key",
         NULL::uuid AS "conflicting_decision_id", "method", "authority", NULL::text AS "reported_authority", "path",
         "query_names", "content", "source_address", "generation_day"
    FROM "decision"
  UNION ALL
  SELECT "id", "at", "outcome", "code", "detail", "count", "last_at",
         "service_id", "service_name", "gateway_id", "machine_id", "generation", "use_key",
         "conflicting_decision_id", "method", "authority", "reported_authority", "path",
         "query_names", NULL::text AS "content", "source_address", NULL::date AS "generation_day"
    FROM "denial";

-- One index for each filter that the list of decisions offers, each newest first. Denials are not on the path of a decision.
CREATE INDEX "denial_outcome" ON "denial" ("outcome", "at", "id");
CREATE INDEX "denial_code" ON "denial" ("code", "at", "id");
CREATE INDEX "denial_service" ON "denial" ("service_id", "at", "id");
CREATE INDEX "denial_service_name" ON "denial" ("service_name", "at", "id") WHERE "service_id" IS NULL;
-- "denial_outcome" has two outcomes before the same columns.
DROP INDEX "denial_at";

-- What counts the denials of a source: both tables, in the order of their keys, because two nodes that count the same
-- ones in another order would deadlock.
CREATE FUNCTION "denial_count_statements"("source" text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[
    format(
      'INSERT INTO "machine_minute" AS m ("day", "machine_id", "minute", "service_id", "outcome", "code", "generation_day", "count")
       SELECT (clock_timestamp() AT TIME ZONE ''UTC'')::date, n."machine_id", date_trunc(''minute'', n."at", ''UTC''),
              coalesce(n."service_id", %2$L::uuid), n."outcome", n."code", ''-infinity''::date, sum(n."count")
         FROM %1$s n WHERE n."machine_id" IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
       ON CONFLICT ("machine_id", "minute", "service_id", "outcome", "code", "generation_day", "day")
       DO UPDATE SET "count" = m."count" + excluded."count"', "source", '00000000-0000-0000-0000-000000000000'),
    format(
      'INSERT INTO "service_minute" AS s ("day", "minute", "service_id", "gateway_id", "outcome", "code", "count", "last_at")
       SELECT (clock_timestamp() AT TIME ZONE ''UTC'')::date, date_trunc(''minute'', n."at", ''UTC''),
              coalesce(n."service_id", %2$L::uuid), coalesce(n."gateway_id", %2$L::uuid), n."outcome", n."code",
              sum(n."count"), max(n."last_at")
         FROM %1$s n
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
       ON CONFLICT ("minute", "service_id", "gateway_id", "outcome", "code", "day")
       DO UPDATE SET "count" = s."count" + excluded."count", "last_at" = greatest(s."last_at", excluded."last_at")',
      "source", '00000000-0000-0000-0000-000000000000')]
$$;

-- Denials are counted by the statement that writes them. Their instants come from the nodes' clocks, and a node keeps
-- them while the database is away, so that no instant is ever late enough to say that all before it are there.
CREATE FUNCTION "count_new_denials"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "statement" text;
BEGIN
  FOREACH "statement" IN ARRAY "denial_count_statements"('"new_denials"') LOOP
    EXECUTE "statement";
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER "denial_is_counted" AFTER INSERT ON "denial" REFERENCING NEW TABLE AS "new_denials"
  FOR EACH STATEMENT EXECUTE FUNCTION "count_new_denials"();

-- Counts the newest day of denials from before there were counts; one day a call, each once, because the day and its
-- counts commit together. Returns whether there was one.
CREATE FUNCTION "count_old_denials"() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  "through" date;
  "of_day" date;
  "statement" text;
BEGIN
  SELECT c."old_denials_through" INTO "through" FROM "count_state" c FOR UPDATE;
  IF "through" IS NULL THEN RETURN false; END IF;
  SELECT max(d."day") INTO "of_day" FROM "denial" d WHERE d."day" <= "through" AND NOT d."is_counted";
  IF "of_day" IS NOT NULL THEN
    FOREACH "statement" IN ARRAY
      "denial_count_statements"(format('(SELECT * FROM "denial" WHERE "day" = %L AND NOT "is_counted")', "of_day"))
    LOOP
      EXECUTE "statement";
    END LOOP;
  END IF;
  UPDATE "count_state" SET "old_denials_through" = "of_day" - 1;
  RETURN "of_day" IS NOT NULL;
END $$;

-- Makes all counts anew from the rows, as after a restore: denials now, allows from the first one on by whoever counts.
CREATE FUNCTION "count_anew"() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  "statement" text;
BEGIN
  -- Nothing is recorded or counted in between.
  LOCK TABLE "count_state", "denial" IN EXCLUSIVE MODE;
  DELETE FROM "machine_minute";
  DELETE FROM "service_minute";
  FOREACH "statement" IN ARRAY "denial_count_statements"('"denial"') LOOP
    EXECUTE "statement";
  END LOOP;
  UPDATE "count_state"
     SET "allows_until" = date_trunc('minute', coalesce((SELECT min("at") FROM "decision"), now()), 'UTC'), "old_denials_through" = NULL;
END $$;

-- A denial of a node that runs the version before must find its partition from this moment on.
DO $$
DECLARE
  "of_day" date;
  "of_table" text;
BEGIN
  FOREACH "of_table" IN ARRAY ARRAY['machine_minute', 'service_minute'] LOOP
    FOR "n" IN -1..7 LOOP
      "of_day" := (clock_timestamp() AT TIME ZONE 'UTC')::date + "n";
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                     "of_table" || '_' || to_char("of_day", 'YYYYMMDD'), "of_table", "of_day", "of_day" + 1);
    END LOOP;
  END LOOP;
END $$;

-- Counts the allows that are settled and not counted yet, at most "most_rows" of them, beside the path of decisions: the
-- decision statement knows nothing of it. The counts and how far they go commit together, so that a call that dies has
-- counted nothing, and each row is counted once however many nodes call.
--
-- An allow's "at" is the database's clock inside its transaction, which commits later. Who writes allows locks the table
-- before it reads the clock, and lets go after its rows can be seen: once those that hold the lock now have ended, every
-- row that will ever carry an earlier instant is there.
--
-- "margin": what is younger is left for later, so that a clock that goes back a little passes behind nothing that was
-- counted. "again_from": counts what is at or after this instant anew (the database's clock has gone back: rows came in behind
-- what was counted). Returns how many rows were counted (null: another call is at it), whether more are settled already, and
-- the database's clock.
CREATE FUNCTION "count_allows"("most_rows" integer, "margin" interval, "again_from" timestamptz)
RETURNS TABLE ("counted" bigint, "has_more" boolean, "clock" timestamptz) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  "none" CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  "now" timestamptz := clock_timestamp();
  "today" date := ("now" AT TIME ZONE 'UTC')::date;
  "begin_at" timestamptz;
  "end_at" timestamptz;
  "cut_at" timestamptz;
  "redo_at" timestamptz;
  "writers" text[];
  "total" bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'count_allows() needs read committed isolation' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  -- Counts lost in a crash are lost together with the word that they were made.
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT c."allows_until" INTO "begin_at" FROM "count_state" c FOR UPDATE SKIP LOCKED;
  -- Another node is at it.
  IF NOT FOUND THEN RETURN QUERY SELECT NULL::bigint, false, "now"; RETURN; END IF;

  "redo_at" := date_trunc('minute', least("again_from", "now"), 'UTC');
  IF ("again_from" IS NOT NULL OR "now" < "begin_at") AND "redo_at" < "begin_at" THEN
    DELETE FROM "machine_minute" WHERE "day" >= ("redo_at" AT TIME ZONE 'UTC')::date AND "minute" >= "redo_at" AND "outcome" = 'allowed';
    DELETE FROM "service_minute" WHERE "day" >= ("redo_at" AT TIME ZONE 'UTC')::date AND "minute" >= "redo_at" AND "outcome" = 'allowed';
    "begin_at" := "redo_at";
    UPDATE "count_state" SET "allows_until" = "begin_at";
  END IF;

  "end_at" := "now" - "margin";
  "writers" := ARRAY(SELECT l."virtualtransaction" FROM pg_locks l
                      WHERE l."relation" = 'decision'::regclass AND l."mode" = 'RowExclusiveLock' AND l."pid" <> pg_backend_pid()
                        AND l."database" = (SELECT d."oid" FROM pg_database d WHERE d."datname" = current_database()));
  FOR "attempt" IN 1..100 LOOP
    EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l."virtualtransaction" = ANY ("writers")
                             AND l."relation" = 'decision'::regclass AND l."mode" = 'RowExclusiveLock');
    -- One hangs: nothing is settled now. What is not counted is read from its rows, so that no figure is wrong meanwhile.
    IF "attempt" = 100 THEN RETURN QUERY SELECT 0::bigint, false, "now"; RETURN; END IF;
    PERFORM pg_sleep(0.005);
  END LOOP;

  SELECT d."at" INTO "cut_at" FROM "decision" d
   WHERE d."at" >= "begin_at" AND d."at" < "end_at" ORDER BY d."at" OFFSET "most_rows" LIMIT 1;
  IF "cut_at" IS NOT NULL THEN "end_at" := greatest("cut_at", "begin_at" + interval '1 microsecond'); END IF;

  WITH "rows" AS MATERIALIZED (
    SELECT d."machine_id", date_trunc('minute', d."at", 'UTC') AS "minute", d."service_id",
           coalesce(d."gateway_id", "none") AS "gateway_id", d."generation_day", count(*) AS "count", max(d."at") AS "last_at"
      FROM "decision" d WHERE d."at" >= "begin_at" AND d."at" < "end_at"
     GROUP BY 1, 2, 3, 4, 5
  ), "of_machines" AS (
    INSERT INTO "machine_minute" AS m ("day", "machine_id", "minute", "service_id", "outcome", "code", "generation_day", "count")
    SELECT "today", r."machine_id", r."minute", r."service_id", 'allowed', '', r."generation_day", sum(r."count")
      FROM "rows" r GROUP BY 2, 3, 4, 7
    ON CONFLICT ("machine_id", "minute", "service_id", "outcome", "code", "generation_day", "day")
    DO UPDATE SET "count" = m."count" + excluded."count"
  ), "of_services" AS (
    INSERT INTO "service_minute" AS s ("day", "minute", "service_id", "gateway_id", "outcome", "code", "count", "last_at")
    SELECT "today", r."minute", r."service_id", r."gateway_id", 'allowed', '', sum(r."count"), max(r."last_at")
      FROM "rows" r GROUP BY 2, 3, 4
    ON CONFLICT ("minute", "service_id", "gateway_id", "outcome", "code", "day")
    DO UPDATE SET "count" = s."count" + excluded."count", "last_at" = greatest(s."last_at", excluded."last_at")
  )
  SELECT coalesce(sum(r."count"), 0) INTO "total" FROM "rows" r;

  -- Nothing is written while nothing happens.
  IF "total" > 0 THEN UPDATE "count_state" SET "allows_until" = "end_at"; END IF;
  RETURN QUERY SELECT "total", "cut_at" IS NOT NULL, "now";
END $$;

-- Rows that decisions lock and renewals and changes update. Their tables are small and hot: dead versions are taken away
-- early and without pause, so that a lookup never walks past many of them; a tenth of a large table (the default is a
-- fifth) would be reached only after days. FOR SHARE by two batches at once makes a multixact, thousands a second under
-- load: freezing often, while it costs milliseconds, keeps pg_multixact short.
ALTER TABLE "machine" SET (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_multixact_freeze_min_age = 0,
  autovacuum_multixact_freeze_table_age = 10000000, autovacuum_multixact_freeze_max_age = 50000000);
ALTER TABLE "service" SET (
  -- Room on the page for the versions of a row that changes while it is locked.
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_cost_delay = 0,
  autovacuum_multixact_freeze_min_age = 0,
  autovacuum_multixact_freeze_table_age = 10000000, autovacuum_multixact_freeze_max_age = 50000000);
-- One row, read by every batch; one row, updated with every count.
ALTER TABLE "deployment" SET (fillfactor = 50, autovacuum_vacuum_threshold = 20, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE "count_state" SET (fillfactor = 10, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
-- A renewal supersedes one row and adds another; expired ones are never touched again.
ALTER TABLE "generation" SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
