export {compile, uncompile} from './compile.js';
export type {CompileOptions} from './install.js';
export type {CompiledStep, StepOutputs} from './step.js';
