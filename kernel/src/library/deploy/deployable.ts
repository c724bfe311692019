import type {DeployableModel} from '../../comm/protocol.js';
import type {MimeBundle} from '../../display/seam.js';
import {escapeHtml} from '../display/html.js';
import {RICH, type Rich} from '../display/show.js';
import {contractOf} from './contract.js';
import {describe, registry} from './registry.js';
import {goldenSamples} from './samples.js';
import type {DeployableSpec} from './spec.js';

/** A model that the Deploy button offers. A cell that ends with it says so. */
export class Deployable implements Rich {
  constructor(readonly model: DeployableModel) {}

  [RICH](): MimeBundle {
    const {title, name, inputs, outputs} = this.model;
    const ports = `takes ${inputs.join(', ')} and gives ${outputs.join(', ')}`;
    return {
      'text/plain': `Ready to deploy: ${title} as "${name}"; ${ports}`,
      'text/html':
        `<p><strong>Ready to deploy:</strong> ${escapeHtml(title)} as <code>${escapeHtml(name)}</code></p>` +
        `<p>It ${escapeHtml(ports)}.</p>`,
    };
  }
}

/**
 * Offers a model to the Deploy button: what it serves, what it takes and gives in whose units, and some of your own data to
 * check it with. Tried on the samples at once, so that a mistake shows here and not after the click. The weights are those at
 * the time of the click.
 *
 * ```ts
 * ingot.deployable({
 *   name: 'gold',
 *   title: 'Gold price, 7 trading days ahead',
 *   serve: forecast,
 *   inputs: [{name: 'prices', kind: 'series', length: 60, unit: 'USD/oz', step: 'trading day'}],
 *   outputs: [{name: 'forecast', kind: 'forecast', horizon: 7, quantiles, unit: 'USD/oz'}],
 *   samples: test.inputs,
 *   data: [gold],
 *   training: run,
 * });
 * ```
 * @throws ContractError or Error that says what does not fit.
 */
export function deployable(spec: DeployableSpec): Deployable {
  contractOf(spec);
  goldenSamples(spec);
  registry.add(spec);
  return new Deployable(describe(spec));
}
