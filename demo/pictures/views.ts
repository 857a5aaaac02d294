import type { PictureFacts } from './picture-facts'

/** What a picture shows: an address, and what has to be there before it is taken. */
export interface View {
  /** Of the file, and of the view in what the checks say. */
  readonly name: string
  readonly path: (facts: PictureFacts) => string
  /** Who looks; the administrator by default. */
  readonly as?: 'nobody' | 'administrator'
  /** On a deployment that nobody has set up yet. */
  readonly isFresh?: boolean
  /** Lies over its page, in the window alone. */
  readonly isPanel?: boolean
  /** Visible before the picture is taken, besides a heading and no skeleton. */
  readonly shows?: string
}

/**
 * Every page of the console, by its route as the folders of `app/` give it. A route without an entry here fails
 * `test/rules/pictures.test.ts` and the pictures, and so does an entry without its route.
 */
export const views: Readonly<Record<string, readonly View[]>> = {
  '/': [{ name: 'overview', path: () => '/', shows: 'svg.recharts-surface' }],
  '/machines': [
    { name: 'machines', path: () => '/machines', shows: 'tbody tr' },
    { name: 'machines-filtered-empty', path: () => '/machines?q=nobody' },
  ],
  '/machines/[machineId]': [
    { name: 'machine', path: ({ machine }) => `/machines/${machine}`, shows: 'tbody tr' },
    { name: 'machine-quarantined', path: ({ quarantined }) => `/machines/${quarantined}`, shows: 'tbody tr' },
    { name: 'machine-denials', path: ({ suspended }) => `/machines/${suspended}?tab=denials` },
    { name: 'machine-keys', path: ({ machine }) => `/machines/${machine}?tab=keys` },
    { name: 'machine-audit', path: ({ revoked }) => `/machines/${revoked}?tab=audit`, shows: 'tbody tr' },
  ],
  '/credential-use': [
    { name: 'credential-use', path: () => '/credential-use', shows: 'tbody tr' },
    {
      name: 'credential-use-detail',
      path: ({ denial }) => `/credential-use?decision=${denial}`,
      shows: '[role=dialog] dl',
      isPanel: true,
    },
  ],
  '/services': [{ name: 'services', path: () => '/services', shows: 'tbody tr' }],
  '/services/new': [{ name: 'service-new', path: () => '/services/new' }],
  '/services/[serviceId]': [
    { name: 'service', path: ({ service }) => `/services/${service}` },
    { name: 'service-configuration', path: ({ service }) => `/services/${service}?tab=configuration` },
    { name: 'service-settings', path: ({ service }) => `/services/${service}?tab=settings` },
  ],
  '/enrollment': [
    { name: 'enrollment', path: () => '/enrollment', shows: 'tbody tr' },
    { name: 'enrollment-quarantine', path: () => '/enrollment?tab=quarantine' },
  ],
  '/audit-log': [
    { name: 'audit-log', path: () => '/audit-log', shows: 'tbody tr' },
    {
      name: 'audit-log-detail',
      path: ({ auditEvent }) => `/audit-log?event=${auditEvent}`,
      shows: '[role=dialog] dl',
      isPanel: true,
    },
  ],
  // Leads on to the first of its tabs.
  '/settings': [],
  '/settings/account': [{ name: 'settings-account', path: () => '/settings/account' }],
  '/settings/operators': [{ name: 'settings-operators', path: () => '/settings/operators', shows: 'tbody tr' }],
  '/settings/sessions': [{ name: 'settings-sessions', path: () => '/settings/sessions', shows: 'tbody tr' }],
  '/settings/api-tokens': [{ name: 'settings-api-tokens', path: () => '/settings/api-tokens', shows: 'tbody tr' }],
  '/settings/deployment': [{ name: 'settings-deployment', path: () => '/settings/deployment' }],
  '/sign-in': [{ name: 'sign-in', path: () => '/sign-in', as: 'nobody' }],
  '/set-up/[token]': [
    { name: 'set-up', path: ({ setUpPath }) => setUpPath, as: 'nobody', isFresh: true },
    { name: 'set-up-over', path: () => '/set-up/used', as: 'nobody' },
  ],
  '/invitation/[token]': [{ name: 'invitation', path: ({ invitationPath }) => invitationPath, as: 'nobody' }],
  '/reset/[token]': [{ name: 'reset', path: ({ resetPath }) => resetPath, as: 'nobody' }],
  '/docs/errors': [{ name: 'error-codes', path: () => '/docs/errors' }],
  'not-found': [{ name: 'not-found', path: () => '/no-such-page' }],
}

/** The two that the README shows, without the rest of a long page. */
export const readmePictures = [
  { view: 'overview', theme: 'dark' },
  { view: 'credential-use', theme: 'light' },
] as const
