import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Express, Response } from 'express';
import { type DialectName, dialectNames } from './dialects/dialect.ts';
import { type DocumentOptions, openApiDocument } from './openapi/document.ts';
import { send } from './respond.ts';

/** Of the viewer's package, no more than it needs; everything else there is not served. */
const viewerFiles: readonly string[] = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-32x32.png',
];

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Keyledger API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="viewer"></div>
<noscript>This page needs JavaScript. The document itself is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/swagger-ui-standalone-preset.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const choices = [
  { name: 'all dialects', url: 'openapi.json' },
  ...dialectNames.map((name) => ({ name, url: `openapi/${name}.json` })),
];

/** Nothing here leaves this server: no validator, no fonts, and tokens are not kept. */
const start = `SwaggerUIBundle({
  urls: ${JSON.stringify(choices)},
  dom_id: '#viewer',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  persistAuthorization: false,
});
`;

/** The viewer sets styles by script, which `style-src` does not concern; its pictures are data. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Paths this server answers itself, of which no endpoint may be. */
export const docsPaths = ['/docs', '/openapi.json', ...dialectNames.map((name) => `/openapi/${name}.json`)];

/** The OpenAPI document, each dialect's part of it, and a viewer that works without the internet. */
export function mountDocs(app: Express, options: Omit<DocumentOptions, 'dialect'>): void {
  const made = new Map<DialectName | undefined, Promise<Buffer>>();
  const sendDocument = async (response: Response, dialect: DialectName | undefined): Promise<void> => {
    const document = made.get(dialect) ?? textOf({ ...options, dialect });
    made.set(dialect, document);
    response.setHeader('Cache-Control', 'no-cache');
    send(response, 'application/json; charset=utf-8', await document);
  };
  app.get('/openapi.json', (_request, response) => sendDocument(response, undefined));
  for (const name of dialectNames) {
    app.get(`/openapi/${name}.json`, (_request, response) => sendDocument(response, name));
  }
  mountViewer(app);
}

async function textOf(options: DocumentOptions): Promise<Buffer> {
  return Buffer.from(JSON.stringify(await openApiDocument(options)));
}

function mountViewer(app: Express): void {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  app.get('/docs', (request, response) => {
    if (request.path.endsWith('/')) {
      response.redirect(308, '../docs');
      return;
    }
    response.setHeader('Content-Security-Policy', policy);
    send(response, 'text/html; charset=utf-8', Buffer.from(page));
  });
  app.get('/docs/start.js', (_request, response) =>
    send(response, 'text/javascript; charset=utf-8', Buffer.from(start)),
  );
  for (const name of viewerFiles) {
    app.get(`/docs/${name}`, (_request, response) => {
      response.setHeader('Cache-Control', 'public, max-age=3600');
      response.sendFile(name, { root });
    });
  }
}
