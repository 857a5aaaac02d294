import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { metrics } from '@/lib/server/telemetry/metrics'
import { serverCommand } from '../setup/server-command'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const filesIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))

/** What a scrape can have: ours, with the parts of histograms, Node's own, and Prometheus's `up`. */
function knownMetrics(): Set<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const known = new Set(['up', ...registry.getMetricsAsArray().map(({ name }) => name)])
  for (const [name, { type }] of Object.entries(metrics)) {
    known.add(name)
    if (type === 'histogram') for (const part of ['bucket', 'sum', 'count']) known.add(`${name}_${part}`)
  }
  return known
}

/** The metric names of a PromQL expression. */
function namesIn(expression: string): string[] {
  return expression.match(/\b(?:countersign|process|nodejs)_[a-z0-9_]+|\bup\b/g) ?? []
}

type Labels = Readonly<Record<string, string>>

/** Of Kubernetes' shapes what is looked at here. */
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly selector: Labels & { readonly matchLabels: Labels }
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod }
  }
}
interface Pod {
  readonly securityContext: object
  readonly terminationGracePeriodSeconds: number
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
}
interface Container {
  readonly securityContext: object
  readonly env: readonly object[]
  readonly resources: { readonly limits: { readonly memory?: string } }
  readonly volumeMounts: readonly { readonly name: string }[]
  readonly livenessProbe: { readonly httpGet: object }
  readonly readinessProbe: { readonly httpGet: object }
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}
interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
}

describe('what is watched', () => {
  const dashboard = JSON.parse(read('deploy/grafana/countersign.json')) as Dashboard
  const alerts = parse(read('deploy/prometheus/alerts.yml')) as Alerts
  const rules = alerts.groups.flatMap((group) => group.rules)

  test('every metric that the dashboard and the alert rules name exists', () => {
    const known = knownMetrics()
    const expressions = [
      ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
      ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ]
    expect(expressions.length).toBeGreaterThan(25)
    for (const [where, expression] of expressions) {
      const names = namesIn(expression)
      expect(names, where).not.toEqual([])
      for (const name of names) expect(known, where).toContain(name)
    }
  })

  test('every metric of Countersign is on the dashboard and in the guide, and every alert in the guide', () => {
    const guide = read('docs/operate/metrics.md')
    const shown = new Set(dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr))))
    for (const [name, { type }] of Object.entries(metrics)) {
      const used = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`] : [name]
      expect(
        used.some((part) => shown.has(part)),
        name,
      ).toBe(true)
      expect(guide).toContain(`\`${name}\``)
    }
    for (const { alert } of rules) expect(guide).toContain(`\`${alert}\``)
  })
})

describe('what is deployed', () => {
  const settings = new Set(
    read('lib/server/settings.ts').match(/'(?:COUNTERSIGN_[A-Z_]+|DATABASE_URLS?|OTEL_[A-Z_]+)'/g),
  )

  test('sets no variable that the server does not know', () => {
    expect(settings.size).toBeGreaterThan(10)
    for (const file of [...filesIn('deploy'), ...filesIn('docs/operate')]) {
      // A file of the guide may speak of the rest of the project; what looks like a setting has to be one.
      for (const name of read(file).match(/\b(?:COUNTERSIGN_[A-Z][A-Z_]+|DATABASE_URLS?)\b/g) ?? []) {
        expect(settings, `${file}: ${name}`).toContain(`'${name}'`)
      }
    }
  })

  test('the image is built as the scripts build, holds what the server reads, and runs as nobody', () => {
    const dockerfile = read('deploy/docker/Dockerfile')
    const stages = dockerfile.split(/^FROM /m)
    const last = stages.at(-1)!
    expect(dockerfile).toContain('RUN node scripts/build.mjs')
    for (const [, program = ''] of dockerfile.matchAll(/node (\S+\.mjs)/g))
      expect(existsSync(path.join(root, program))).toBe(true)
    const copied = [...last.matchAll(/^COPY (.+)$/gm)].flatMap(([, words = '']) =>
      words
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    )
    const isBuilt = (source: string) => source.startsWith('/srv/countersign/')
    const inImage = copied.map((source) => source.replace('/srv/countersign/', ''))
    for (const needed of ['node_modules', '.next', 'dist', 'package.json', 'next.config.mjs', 'prisma/migrations']) {
      expect(inImage).toContain(needed)
    }
    for (const source of copied) if (!isBuilt(source)) expect(existsSync(path.join(root, source)), source).toBe(true)
    // Every package that the built programs import is one that `npm ci --omit=dev` installs.
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const parts = readdirSync(path.join(root, 'dist')).filter((name) => /^server(-.*)?\.mjs$/.test(name))
    expect(parts).toContain('server.mjs')
    for (const program of [...parts, 'admin.mjs', 'pglite-worker.mjs'].map((name) => `dist/${name}`)) {
      const imports = read(program).matchAll(/^import (?:.* from )?"([^"]+)"|\bimport\("([^"]+)"\)/gm)
      for (const [, fixed, late] of imports) {
        const [name = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(fixed ?? late ?? '') ?? []
        if (name !== '.' && !isBuiltin(name)) expect(Object.keys(dependencies), `${program}: ${name}`).toContain(name)
      }
    }
    expect(last).toMatch(/^USER 10001:10001$/m)
    expect(last).toMatch(/^HEALTHCHECK .*\n.*\/healthz/m)
    const entrypoint = /^ENTRYPOINT (.*)$/m.exec(last)?.[1] ?? ''
    expect(JSON.parse(entrypoint)).toEqual(['node', ...serverCommand])
    expect(last).not.toMatch(/^(?:RUN .*(?:npm|apt)|ADD )/m)
  })

  test('the manifests confine every container, probe what the server has, and select what they deploy', () => {
    const { resources } = parse(read('deploy/kubernetes/kustomization.yaml')) as { resources: string[] }
    const objects = resources.flatMap((file) =>
      parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((document) => document.toJS() as Manifest),
    )
    const kinds = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    for (const role of ['verification', 'console']) {
      expect(kinds).toEqual(
        expect.arrayContaining([
          `Deployment countersign-${role}`,
          `Service countersign-${role}`,
          `PodDisruptionBudget countersign-${role}`,
        ]),
      )
      const of = (kind: string) => objects.find((each) => each.kind === kind && each.metadata.name.endsWith(role))!.spec
      const spec = of('Deployment')
      const pod = spec.template.spec
      const { labels } = spec.template.metadata
      expect(spec.selector.matchLabels).toEqual(labels)
      expect(of('Service').selector).toEqual(labels)
      expect(of('PodDisruptionBudget').selector.matchLabels).toEqual(labels)
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 })
      for (const container of [...pod.initContainers, ...pod.containers]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(container.resources.limits.memory).toBeDefined()
        for (const { name } of container.volumeMounts) expect(pod.volumes.map((volume) => volume.name)).toContain(name)
      }
      const node = pod.containers[0]!
      expect(node.env).toContainEqual({ name: 'COUNTERSIGN_ROLE', value: role })
      expect(node.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
      expect(node.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10)
    }
    expect(kinds).toContain('NetworkPolicy countersign')
  })

  test('npm run up starts the server as every deployment does', () => {
    const [, list = ''] = /spawn\(process\.execPath, \[(.*)\], \{/.exec(read('scripts/up.mjs')) ?? []
    expect(list.split(', ')).toEqual(serverCommand.map((argument) => `'${argument}'`))
  })

  test('the systemd unit starts the built server, as its own account, on a file system that it cannot write', () => {
    const unit = read('deploy/systemd/countersign.service')
    for (const line of [
      'User=countersign',
      `ExecStart=/usr/bin/node ${serverCommand.join(' ')}`,
      'ProtectSystem=strict',
      'NoNewPrivileges=true',
      'CapabilityBoundingSet=',
      'StateDirectoryMode=0700',
    ]) {
      expect(unit.split('\n')).toContain(line)
    }
    // The server ends by itself within ten seconds; systemd waits longer.
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10)
  })

  test('nginx and Caddy take the examples for TLS as they stand', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'countersign-tls-'))
    try {
      const quiet = { stdio: 'pipe', encoding: 'utf8' } as const
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '1',
          '-subj',
          '/CN=countersign.example',
          '-keyout',
          `${folder}/privkey.pem`,
          '-out',
          `${folder}/fullchain.pem`,
        ],
        quiet,
      )
      const site = read('deploy/tls/nginx.conf').replaceAll('/etc/countersign/tls', folder)
      const whole = `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${[
        'client_body',
        'proxy',
        'fastcgi',
        'uwsgi',
        'scgi',
      ]
        .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
        .join(' ')}\n${site}\n}`
      writeFileSync(`${folder}/nginx.conf`, whole)
      const env = {
        ...process.env,
        PATH: `${process.env.PATH ?? ''}:/usr/sbin`,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
      }
      execFileSync('nginx', ['-t', '-c', `${folder}/nginx.conf`], { ...quiet, env })
      const adapted = execFileSync(
        'caddy',
        ['adapt', '--config', path.join(root, 'deploy/tls/Caddyfile'), '--adapter', 'caddyfile'],
        { ...quiet, env },
      )
      expect(adapted).toContain('"countersign.example"')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('the guides name commands, files and pages that exist', () => {
    const help = execFileSync(process.execPath, ['bin/admin.mjs', '--help'], { cwd: root, encoding: 'utf8' })
    for (const file of filesIn('docs/operate')) {
      const text = read(file)
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        if (!/^https?:/.test(target))
          expect(existsSync(path.resolve(root, path.dirname(file), target)), `${file}: ${target}`).toBe(true)
      }
      for (const [, command = ''] of text.matchAll(/bin\/admin\.mjs ([a-z-]+)/g)) {
        expect(help, `${file}: ${command}`).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
      }
      for (const [whole] of text.matchAll(/\bdeploy\/[\w./-]+\w/g))
        expect(existsSync(path.join(root, whole)), `${file}: ${whole}`).toBe(true)
      for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g)) {
        expect(Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)).toContain(script)
      }
    }
    const index = read('docs/README.md')
    for (const file of filesIn('docs').filter(
      (name) => name.endsWith('.md') && !/docs\/(?:README|adr\/\d|gateways\/)/.test(name),
    )) {
      expect(index, file).toContain(`(${path.relative('docs', file)})`)
    }
  })
})
