-- Where the call came from that did it; null where no call did, and in events from before.
ALTER TABLE "audit_event" ADD COLUMN "address" text;

-- For the filters of the audit log, each newest first.
CREATE INDEX "audit_event_action" ON "audit_event" ("action", "at", "id");
CREATE INDEX "audit_event_actor_type" ON "audit_event" ("actor_type", "at", "id");
CREATE INDEX "audit_event_actor" ON "audit_event" ("actor_id", "at", "id");
