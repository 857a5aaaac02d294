/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  // Types and lint are checked by `npm run check`, over the whole project at once.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['pg', 'pino', '@prisma/client', '@prisma/adapter-pg', '@electric-sql/pglite'],
  // The API answers paths as they are: a redirect would change what a client asked for.
  skipTrailingSlashRedirect: true,
}
