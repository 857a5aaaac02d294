-- Signing in: operators prove who they are with a password and a second factor, and a session's row ends it at once.
-- Nothing here is a secret in clear: passwords are scrypt hashes, TOTP secrets are sealed under the master key, and every
-- link, ticket, session and recovery code is stored as a SHA-256 hash of something random.

ALTER TABLE "operator"
  ADD COLUMN "password_changed_at" timestamptz,
  ADD COLUMN "last_sign_in_at" timestamptz;
UPDATE "operator" SET "password_changed_at" = "created_at" WHERE "password_hash" IS NOT NULL;
-- Whoever has no password yet was invited, and cannot sign in.
ALTER TABLE "operator" ADD CHECK (("password_hash" IS NULL) = ("password_changed_at" IS NULL));

CREATE TABLE "operator_totp" (
  "operator_id" uuid PRIMARY KEY REFERENCES "operator" ON DELETE CASCADE,
  -- Sealed. The confirmed secret; null until a first code has confirmed one.
  "secret" bytea,
  "confirmed_at" timestamptz,
  -- RFC 6238, section 5.2: the step of the last accepted code. None at or before it is accepted again.
  "last_step" bigint,
  -- Sealed. Waits for its first code; the confirmed secret holds until then.
  "pending_secret" bytea,
  "pending_at" timestamptz,
  CHECK (("secret" IS NULL) = ("confirmed_at" IS NULL)),
  CHECK (("pending_secret" IS NULL) = ("pending_at" IS NULL))
);

CREATE TABLE "operator_recovery_code" (
  "operator_id" uuid NOT NULL REFERENCES "operator" ON DELETE CASCADE,
  "hash" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "used_at" timestamptz,
  PRIMARY KEY ("operator_id", "hash")
);

CREATE TABLE "operator_session" (
  "id" uuid PRIMARY KEY,
  "operator_id" uuid NOT NULL REFERENCES "operator" ON DELETE CASCADE,
  "hash" bytea NOT NULL UNIQUE,
  "second_factor" text NOT NULL CHECK ("second_factor" IN ('none', 'totp', 'recovery_code')),
  "address" text,
  "user_agent" text,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "last_seen_at" timestamptz NOT NULL DEFAULT now(),
  "expires_at" timestamptz NOT NULL,
  "ended_at" timestamptz,
  "end_reason" text CHECK ("end_reason" IN ('signed_out', 'ended', 'replaced', 'credentials_changed', 'role_changed', 'reset')),
  CHECK (("ended_at" IS NULL) = ("end_reason" IS NULL))
);
CREATE INDEX "operator_session_operator" ON "operator_session" ("operator_id", "id");

-- One step of a sign-in that was passed. Taken by deleting it, so that it is taken once.
CREATE TABLE "operator_ticket" (
  "hash" bytea PRIMARY KEY,
  "operator_id" uuid NOT NULL REFERENCES "operator" ON DELETE CASCADE,
  "purpose" text NOT NULL CHECK ("purpose" IN ('second_factor', 'totp_enrollment', 'session')),
  "second_factor" text NOT NULL CHECK ("second_factor" IN ('none', 'totp', 'recovery_code')),
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "expires_at" timestamptz NOT NULL
);
CREATE INDEX "operator_ticket_operator" ON "operator_ticket" ("operator_id");
CREATE INDEX "operator_ticket_expires" ON "operator_ticket" ("expires_at");

-- Links that let somebody choose a password once: the deployment's set-up, an invitation, a reset.
CREATE TABLE "operator_link" (
  "id" uuid PRIMARY KEY,
  "kind" text NOT NULL CHECK ("kind" IN ('set_up', 'invitation', 'reset')),
  "operator_id" uuid REFERENCES "operator" ON DELETE CASCADE,
  "hash" bytea NOT NULL UNIQUE,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "created_by" text NOT NULL,
  "expires_at" timestamptz NOT NULL,
  "used_at" timestamptz,
  CHECK (("kind" = 'set_up') = ("operator_id" IS NULL))
);
CREATE INDEX "operator_link_operator" ON "operator_link" ("operator_id");

-- Wrong tries, by a hash of what they were tried on: an account, an address, a browser. They only delay, and survive a restart.
CREATE TABLE "sign_in_attempt" (
  "key" bytea PRIMARY KEY,
  "failures" integer NOT NULL,
  "last_at" timestamptz NOT NULL,
  "next_at" timestamptz NOT NULL
);
CREATE INDEX "sign_in_attempt_last" ON "sign_in_attempt" ("last_at");
