import {LabIcon} from '@jupyterlab/ui-components';

/** A cast bar of metal. */
export const ingotIcon = new LabIcon({
  name: 'ingot:ingot',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161"><path d="M7.6 5.5h8.8l1.3 4H6.3z"/><path d="M5.7 11.5h12.6l3.2 7.5h-19z"/></g>
</svg>`,
});

/** A bar of metal on its way up. */
export const deployIcon = new LabIcon({
  name: 'ingot:deploy',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161"><path d="M12 2l5.5 6H14v5h-4V8H6.5z"/><path d="M6 15h12l3 7H3z"/></g>
</svg>`,
});

/** Curves over an axis. */
export const curvesIcon = new LabIcon({
  name: 'ingot:curves',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161"><path d="M3 3h2v16h16v2H3z"/><path d="M7 5.5c1.5 5.800 4.500 9.300 13 10.300v-2C13 12.800 10.300 10 8.900 5z"/></g>
</svg>`,
});
