#pragma once

namespace ingot {

// Lets sessions whose config names the optimizer "ingot" have attention, layer normalisation and dense layers run as one op
// each, where TensorFlow's C++ can be linked. To be called before the first session.
void RegisterFusion();

}  // namespace ingot
