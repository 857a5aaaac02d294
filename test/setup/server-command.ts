/**
 * The arguments of `node` with which Countersign is started everywhere: here, by scripts/up.mjs, the systemd unit and the
 * image.
 */
export const serverCommand: readonly string[] = ['--enable-source-maps', 'dist/server.mjs']
