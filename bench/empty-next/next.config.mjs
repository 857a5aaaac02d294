import path from 'node:path'

/** Built as a copy in .cache/bench/empty-next; the packages are the project's. @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: path.resolve(import.meta.dirname, '../../..') },
}
