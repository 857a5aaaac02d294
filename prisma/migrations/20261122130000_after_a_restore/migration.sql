-- After a restore from a backup nobody knows which machines were revoked, suspended or copied since it was made, so none is
-- active until it is let in anew or an operator says since when data are missing (protocol.md, section 5).

-- When the restore was noticed or declared; null when no word of an operator is waited for.
ALTER TABLE "deployment" ADD COLUMN "restored_at" timestamptz;

-- Active machines that a restore made `expired`; an operator's word makes them active again.
ALTER TABLE "machine" ADD COLUMN "expired_by_restore" boolean NOT NULL DEFAULT false;
