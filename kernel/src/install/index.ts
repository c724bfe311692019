export {DISPLAY_NAME, installKernelspec, KERNEL_NAME, type KernelspecOptions} from './kernelspec.js';
