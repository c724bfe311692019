export {PositionEmbedding, positionEmbedding} from './position.js';
export {QuantileHead, quantileHead, type QuantileHeadOptions} from './quantile-head.js';
export {TransformerBlock, transformerBlock, type TransformerBlockOptions} from './transformer-block.js';
