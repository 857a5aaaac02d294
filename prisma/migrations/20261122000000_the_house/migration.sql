-- The tables of Countersign. SQL of PostgreSQL 15; PGlite runs the same text.
-- Instants are timestamptz, identifiers UUIDv7, states are text with a CHECK, so that a new one needs no ALTER TYPE.

CREATE TABLE "deployment" (
  "id" uuid PRIMARY KEY,
  "singleton" boolean NOT NULL DEFAULT true UNIQUE CHECK ("singleton"),
  "trust_domain" text NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "master_key_version" integer NOT NULL,
  "master_key_check" bytea NOT NULL,
  -- What the database said of itself when this deployment last looked: a change means failover or restore.
  "system_identifier" text NOT NULL,
  "timeline" integer NOT NULL,
  -- Credentials created before this instant are refused, whatever the tables say of them.
  "credentials_from" timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE "deployment_key" (
  "kid" text PRIMARY KEY,
  "purpose" text NOT NULL CHECK ("purpose" IN ('generator', 'assertion', 'checkpoint', 'sealing', 'query-hash')),
  "public_jwk" jsonb,
  -- AES-256-GCM under the master key; null once destroyed.
  "ciphertext" bytea,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "retired_at" timestamptz,
  "destroyed_at" timestamptz
);
CREATE INDEX "deployment_key_purpose" ON "deployment_key" ("purpose", "created_at");

CREATE TABLE "operator" (
  "id" uuid PRIMARY KEY,
  "email" text NOT NULL UNIQUE,
  "name" text NOT NULL,
  "role" text NOT NULL CHECK ("role" IN ('viewer', 'operator', 'administrator')),
  "password_hash" text,
  "created_at" timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE "api_token" (
  "id" uuid PRIMARY KEY,
  "name" text NOT NULL,
  "role" text NOT NULL CHECK ("role" IN ('viewer', 'operator', 'administrator')),
  "hash" bytea NOT NULL UNIQUE,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "created_by" text NOT NULL,
  "expires_at" timestamptz NOT NULL,
  "revoked_at" timestamptz
);

CREATE TABLE "service" (
  "id" uuid PRIMARY KEY,
  "slug" text NOT NULL UNIQUE CHECK ("slug" ~ '^[a-z0-9-]{1,63}$'),
  "name" text NOT NULL,
  -- Grows with every change that a decision depends on, gateway keys included; the decision statement compares it.
  "version" bigint NOT NULL DEFAULT 1,
  "state" text NOT NULL DEFAULT 'active' CHECK ("state" IN ('active', 'retired')),
  "mode" text NOT NULL DEFAULT 'enforce' CHECK ("mode" IN ('observe', 'enforce')),
  "body_binding" text NOT NULL DEFAULT 'backend' CHECK ("body_binding" IN ('required', 'backend', 'none')),
  "covered_fields" text[] NOT NULL DEFAULT ARRAY['authorization', 'x-api-key', 'cookie'],
  -- Labels that a machine must carry to call; {} is every machine.
  "machine_selector" jsonb NOT NULL DEFAULT '{}',
  "allow_plain_nonce" boolean NOT NULL DEFAULT true,
  "allow_encoded_slash" boolean NOT NULL DEFAULT false,
  "require_asymmetric" boolean NOT NULL DEFAULT false,
  "created_at" timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE "service_authority" (
  "authority" text NOT NULL,
  "path_prefix" text NOT NULL DEFAULT '/',
  "service_id" uuid NOT NULL REFERENCES "service" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("authority", "path_prefix")
);
CREATE INDEX "service_authority_service" ON "service_authority" ("service_id");

CREATE TABLE "join_token" (
  "id" uuid PRIMARY KEY,
  "name" text NOT NULL,
  -- The Ed25519 public half; the token itself is the seed and is never here.
  "public_key" bytea NOT NULL,
  "labels" jsonb NOT NULL DEFAULT '{}',
  "uses_allowed" integer NOT NULL CHECK ("uses_allowed" BETWEEN 1 AND 1000000),
  "uses_taken" integer NOT NULL DEFAULT 0 CHECK ("uses_taken" BETWEEN 0 AND "uses_allowed"),
  "machine_lifetime_seconds" integer NOT NULL DEFAULT 86400,
  "expires_at" timestamptz NOT NULL,
  "revoked_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "created_by" text NOT NULL
);

CREATE TABLE "machine" (
  "id" uuid PRIMARY KEY,
  "name" text NOT NULL,
  "state" text NOT NULL CHECK ("state" IN ('pending', 'active', 'suspended', 'quarantined', 'expired', 'revoked')),
  "state_reason" text,
  "state_changed_at" timestamptz NOT NULL DEFAULT now(),
  -- Grows with every change that a decision depends on; the decision statement compares it.
  "version" bigint NOT NULL DEFAULT 1,
  "generation" integer NOT NULL CHECK ("generation" BETWEEN 1 AND 999999999),
  "generation_started_at" timestamptz NOT NULL DEFAULT now(),
  "request_algorithm" text NOT NULL CHECK ("request_algorithm" IN ('hmac-sha256', 'ed25519', 'ecdsa-p256-sha256')),
  "labels" jsonb NOT NULL DEFAULT '{}',
  "reported" jsonb NOT NULL DEFAULT '{}',
  "lifetime_seconds" integer NOT NULL,
  "expires_at" timestamptz NOT NULL,
  "enrolled_at" timestamptz NOT NULL DEFAULT now(),
  "enrolled_from" text,
  "join_token_id" uuid REFERENCES "join_token" ("id")
)
-- Decisions share-lock these rows and renewals update them: room on the page keeps updates heap-only.
WITH (fillfactor = 70);
CREATE INDEX "machine_enrolled" ON "machine" ("enrolled_at", "id");
CREATE INDEX "machine_state" ON "machine" ("state", "enrolled_at", "id");
CREATE INDEX "machine_name" ON "machine" ("name" text_pattern_ops, "id");
CREATE INDEX "machine_labels" ON "machine" USING gin ("labels" jsonb_path_ops);

CREATE TABLE "generation" (
  "machine_id" uuid NOT NULL REFERENCES "machine" ("id") ON DELETE CASCADE,
  "generation" integer NOT NULL,
  -- UTC day on which this generation was made: the partition of its decisions, constant for its life.
  "day" date NOT NULL,
  "signing_jwk" jsonb NOT NULL,
  "signing_thumbprint" text NOT NULL UNIQUE,
  "agreement_jwk" jsonb NOT NULL,
  "agreement_thumbprint" text NOT NULL UNIQUE,
  "generator_kid" text NOT NULL REFERENCES "deployment_key" ("kid"),
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "expires_at" timestamptz NOT NULL,
  "superseded_at" timestamptz,
  -- Highest number that the machine says it used or reserved, told at renewal.
  "last_seq" bigint,
  PRIMARY KEY ("machine_id", "generation")
);
CREATE INDEX "generation_day" ON "generation" ("day", "expires_at");
CREATE INDEX "generation_generator" ON "generation" ("generator_kid", "expires_at");

CREATE TABLE "gateway" (
  "id" uuid PRIMARY KEY,
  "name" text NOT NULL UNIQUE,
  "profile" text NOT NULL CHECK ("profile" IN ('nginx', 'caddy', 'traefik', 'haproxy', 'envoy', 'gate', 'library')),
  -- A gate or library that proves itself by its own machine credential instead of a key.
  "machine_id" uuid UNIQUE REFERENCES "machine" ("id"),
  "created_at" timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE "gateway_service" (
  "gateway_id" uuid NOT NULL REFERENCES "gateway" ("id") ON DELETE CASCADE,
  "service_id" uuid NOT NULL REFERENCES "service" ("id") ON DELETE CASCADE,
  PRIMARY KEY ("gateway_id", "service_id")
);
CREATE INDEX "gateway_service_service" ON "gateway_service" ("service_id");

CREATE TABLE "gateway_key" (
  "id" uuid PRIMARY KEY,
  "gateway_id" uuid NOT NULL REFERENCES "gateway" ("id") ON DELETE CASCADE,
  "hash" bytea NOT NULL UNIQUE,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "created_by" text NOT NULL
);
CREATE INDEX "gateway_key_gateway" ON "gateway_key" ("gateway_id");

-- Every allow, which is also the mark that its credential is spent. The primary key is the only unique index.
CREATE TABLE "decision" (
  "generation_day" date NOT NULL,
  "machine_id" uuid NOT NULL,
  "generation" integer NOT NULL,
  "use_key" text COLLATE "C" NOT NULL,
  "id" uuid NOT NULL,
  "at" timestamptz NOT NULL,
  "service_id" uuid NOT NULL,
  "gateway_id" uuid,
  "created" bigint NOT NULL,
  "base_hash" bytea NOT NULL,
  "algorithm" text NOT NULL,
  "method" text NOT NULL,
  "authority" text NOT NULL,
  "path" text NOT NULL,
  "query_names" text[] NOT NULL,
  "query_hash" bytea,
  "content" text NOT NULL,
  "source_address" text,
  PRIMARY KEY ("generation_day", "machine_id", "generation", "use_key")
) PARTITION BY RANGE ("generation_day");
CREATE INDEX "decision_at" ON "decision" ("at", "id");
CREATE INDEX "decision_machine" ON "decision" ("machine_id", "at", "id");

-- Every denial, and every request that a service in observe mode let through.
CREATE TABLE "denial" (
  "day" date NOT NULL,
  "id" uuid NOT NULL,
  "at" timestamptz NOT NULL,
  "outcome" text NOT NULL CHECK ("outcome" IN ('denied', 'observed')),
  "code" text NOT NULL,
  "detail" text,
  -- How many requests this row stands for, and until when.
  "count" integer NOT NULL DEFAULT 1,
  "last_at" timestamptz NOT NULL,
  "service_id" uuid,
  "service_name" text,
  "gateway_id" uuid,
  "machine_id" uuid,
  "generation" integer,
  "use_key" text,
  -- The allow whose credential came again, where there is one.
  "conflicting_decision_id" uuid,
  "method" text,
  "authority" text,
  "reported_authority" text,
  "path" text,
  "query_names" text[] NOT NULL DEFAULT '{}',
  "query_hash" bytea,
  "source_address" text,
  PRIMARY KEY ("day", "id")
) PARTITION BY RANGE ("day");
CREATE INDEX "denial_at" ON "denial" ("at", "id");
CREATE INDEX "denial_machine" ON "denial" ("machine_id", "at", "id");

CREATE VIEW "decision_record" AS
  SELECT "id", "at", 'allowed' AS "outcome", NULL::text AS "code", NULL::text AS "detail", 1 AS "count", "at" AS "last_at",
         "service_id", NULL::text AS "service_name", "gateway_id", "machine_id", "generation", "use_key",
         NULL::uuid AS "conflicting_decision_id", "method", "authority", NULL::text AS "reported_authority", "path",
         "query_names", "content", "source_address"
    FROM "decision"
  UNION ALL
  SELECT "id", "at", "outcome", "code", "detail", "count", "last_at",
         "service_id", "service_name", "gateway_id", "machine_id", "generation", "use_key",
         "conflicting_decision_id", "method", "authority", "reported_authority", "path",
         "query_names", NULL::text AS "content", "source_address"
    FROM "denial";

CREATE TABLE "audit_event" (
  "id" uuid PRIMARY KEY,
  "at" timestamptz NOT NULL DEFAULT now(),
  "action" text NOT NULL,
  "actor_type" text NOT NULL CHECK ("actor_type" IN ('operator', 'api_token', 'local_administrator', 'machine', 'system')),
  "actor_id" text,
  "actor_name" text NOT NULL,
  "target_type" text NOT NULL,
  "target_id" text NOT NULL,
  "target_name" text NOT NULL,
  "reason" text,
  "detail" jsonb NOT NULL DEFAULT '{}',
  "request_id" text
);
CREATE INDEX "audit_event_at" ON "audit_event" ("at", "id");
CREATE INDEX "audit_event_target" ON "audit_event" ("target_id", "at", "id");

-- A record is written once. Retention drops whole partitions, which no row trigger sees.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "decision_is_final" BEFORE UPDATE OR DELETE ON "decision" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "denial_is_final" BEFORE UPDATE OR DELETE ON "denial" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_event_is_final" BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- The decision statement: protocol.md, section 5. One call decides a batch; a row that comes back is an allow, and durable
-- once the call's transaction has committed. Share locks make a revocation wait for the batches that still saw the machine
-- active; every later batch sees it revoked. Locks are taken in id order and rows inserted in key order, because batches
-- that share machines or credentials would deadlock otherwise. "machines" and "services" are the batch's distinct ids.
CREATE FUNCTION "decide"("machines" uuid[], "services" uuid[], "batch" json) RETURNS SETOF uuid LANGUAGE plpgsql VOLATILE AS $$
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

  RETURN QUERY
  INSERT INTO "decision" ("generation_day", "machine_id", "generation", "use_key", "id", "at", "service_id", "gateway_id",
                          "created", "base_hash", "algorithm", "method", "authority", "path", "query_names", "query_hash",
                          "content", "source_address")
  SELECT r."day", r."machine", r."gen", r."use", r."id", clock_timestamp(), r."service", r."gateway",
         r."created", decode(r."base", 'hex'), r."alg", r."method", r."authority", r."path", r."names",
         decode(r."query", 'hex'), r."content", r."source"
    FROM json_to_recordset("batch") AS r(
           "day" date, "machine" uuid, "mv" bigint, "gen" integer, "use" text, "id" uuid, "service" uuid, "sv" bigint,
           "gateway" uuid, "created" bigint, "expires" bigint, "base" text, "alg" text, "method" text, "authority" text,
           "path" text, "names" text[], "query" text, "content" text, "source" text)
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
  RETURNING "decision"."id";
END $$;
