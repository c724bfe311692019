export {dataset} from './data/index.js';
export {show} from './display/show.js';
