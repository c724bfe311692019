import type {FastifyInstance} from 'fastify';
import type {ModelManager} from '../lifecycle/manager.js';
import {openApi} from './openapi.js';

/** /openapi.json for tools, /docs for people. */
export function docsRoutes(app: FastifyInstance, models: Pick<ModelManager, 'names'>): void {
  app.get('/openapi.json', async () => openApi(models.names));
  app.get('/docs', async (request, reply) => {
    const page = docsPage(openApi(models.names) as Document, models.names, request.headers.host ?? 'localhost');
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(page);
  });
}

interface Document {
  readonly info: {readonly title: string; readonly description: string};
  readonly paths: Readonly<Record<string, Readonly<Record<string, {readonly summary?: string}>>>>;
}

const METHODS = ['get', 'post'] as const;

function docsPage({info, paths}: Document, models: readonly string[], host: string): string {
  const rows = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter(method => item[method]).map(
      method =>
        `<tr><td>${method.toUpperCase()}</td><td><code>${escape(path)}</code></td>` +
        `<td>${escape(item[method]?.summary ?? '')}</td></tr>`,
    ),
  );
  const served = models.map(
    name => `<li><code>curl http://${escape(host)}/v1/models/${escape(name)}/metadata</code></li>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(info.title)}</title>
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}td{padding:.2rem .8rem .2rem 0}</style>
<h1>${escape(info.title)}</h1><p>${escape(info.description)} <code>/openapi.json</code> is this page for tools.</p>
<h2>Models</h2><ul>${served.join('')}</ul><h2>Paths</h2><table>${rows.join('')}</table></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
