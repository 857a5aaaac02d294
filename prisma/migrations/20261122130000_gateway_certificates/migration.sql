-- A gateway proves itself by a key that it sends, or by a TLS client certificate. Of a key the hash is kept, of a certificate
-- its fingerprint, which is its hash.
ALTER TABLE "gateway_key" ADD COLUMN "kind" text NOT NULL DEFAULT 'secret' CHECK ("kind" IN ('secret', 'certificate'));
-- Until when the certificate is valid. A key has no end of its own.
ALTER TABLE "gateway_key" ADD COLUMN "expires_at" timestamptz;
ALTER TABLE "gateway_key" ADD CONSTRAINT "gateway_key_end" CHECK (("kind" = 'certificate') = ("expires_at" IS NOT NULL));

ALTER TABLE "gateway" DROP CONSTRAINT "gateway_profile_check";
ALTER TABLE "gateway" ADD CONSTRAINT "gateway_profile_check" CHECK ("profile" IN (
  'nginx',
  'caddy',
  'traefik',
  'haproxy',
  'apisix',
  'envoy',
  'gate',
  'library'
));
