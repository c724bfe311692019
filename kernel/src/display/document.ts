import type {MimeBundle} from './seam.js';

const VEGA_SCHEMA = /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/;

/** A Vega or Vega-Lite specification, known by its `$schema`; JupyterLab draws it. A `toSpec` method gives one too. */
export function documentBundle(value: object): MimeBundle | undefined {
  const spec = 'toSpec' in value && typeof value.toSpec === 'function' ? (value.toSpec() as object) : value;
  const schema = '$schema' in spec && typeof spec.$schema === 'string' ? VEGA_SCHEMA.exec(spec.$schema) : null;
  if (!schema) {
    return undefined;
  }
  const [, language = '', version = ''] = schema;
  // What JupyterLab's own renderer is registered for; it draws the later versions' specifications as well.
  const known = language === 'vega' ? '5' : String(Math.min(5, Number(version)));
  return {
    'text/plain': `${language === 'vega' ? 'Vega' : 'Vega-Lite'} v${version} chart`,
    [`application/vnd.${language.replace('-', '')}.v${known}+json`]: spec,
  };
}

/** A DOM element of whatever DOM (Observable Plot gives an `<svg>` or a `<figure>`). */
export function elementBundle(value: object): MimeBundle | undefined {
  if (!('outerHTML' in value) || typeof value.outerHTML !== 'string' || !('nodeType' in value)) {
    return undefined;
  }
  const markup = value.outerHTML;
  return /^<svg[\s>]/.test(markup)
    ? {'text/plain': '[SVG]', 'image/svg+xml': withNamespace(markup)}
    : {'text/plain': `[${markup.slice(0, 40)}…]`, 'text/html': markup};
}

function withNamespace(svg: string): string {
  return svg.includes('xmlns=') ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
}
