export {startPlatform, type Platform} from './platform/platform.js';
