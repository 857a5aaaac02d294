import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { describeProblems } from './describe-problems'
import { errorsOf, type Operation } from './operation'
import { operations } from './operations'
import { pathsServedOutside } from './openapi-outside'
import { permissionRoles } from './permissions'

/** The OpenAPI 3.1 document of everything under `/api/v1`. The same on every call. */
export function buildOpenapiDocument(): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of Object.values(operations)) {
    const method = operation.method.toLowerCase()
    paths[operation.path] = { ...paths[operation.path], [method]: describeOperation(operation) }
  }
  for (const [path, item] of Object.entries(pathsServedOutside)) paths[path] = { ...paths[path], ...item }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      description:
        'The second factor for machines. Every error is a problem document (RFC 9457) with a stable code. ' +
        'Lists are read page by page with opaque cursors. Unknown fields are refused.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ apiToken: [] }],
    tags: [
      { name: 'management', description: 'Everything that the admin command and the console do.' },
      { name: 'decisions', description: 'For gateways and services: may this request pass?' },
      { name: 'machines', description: 'Signed messages of machines; the agent speaks them.' },
    ],
    paths,
    components: {
      securitySchemes: {
        apiToken: { type: 'http', scheme: 'bearer', description: 'An API token, cst_…' },
        gatewayKey: {
          type: 'apiKey',
          in: 'header',
          name: 'Countersign-Gateway-Key',
          description: 'A gateway key, csg_…',
        },
      },
    },
  })
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { operationId, summary, permission, params, query, body, response } = operation
  const rights =
    permission === 'public'
      ? 'Needs no token.'
      : `Needs the permission ${permission}: ${permissionRoles[permission].join(', ')}.`
  return {
    operationId,
    tags: ['management'],
    summary,
    description: [operation.description, rights].filter((part) => part !== undefined).join('\n\n'),
    ...(permission === 'public' && { security: [] }),
    ...((params ?? query) && { requestParams: { ...(params && { path: params }), ...(query && { query }) } }),
    ...(body && {
      requestBody: {
        // A body whose fields may all be left away may be left away itself.
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: body } },
      },
    }),
    responses: {
      [String(response.status)]: {
        description: response.description,
        content: { 'application/json': { schema: response.schema } },
      },
      ...describeProblems(errorsOf(operation)),
    },
  }
}
