/** Parameters of the function that a cell becomes. */
export const RUNTIME = '__ingot';
export const SCOPE = '__ingot_scope';

/** In order. The first two are the kernel's; the others are what code of a CommonJS file expects. */
export const CELL_PARAMETERS = [RUNTIME, SCOPE, 'require', '__filename', '__dirname'] as const;
