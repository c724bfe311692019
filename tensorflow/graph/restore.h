#pragma once

#ifdef __linux__
#include <tensorflow/core/protobuf/meta_graph.pb.h>

namespace ingot {

// Whether it has variables whose values are in a checkpoint.
bool RestoresVariables(const tensorflow::MetaGraphDef& meta_graph);

// What TensorFlow does to run a part of a graph once, it does as for a part that runs often, and goes over the whole graph
// and its functions for it: with the nodes that fill the variables that was four fifths of what it took to load a model.

// Puts the function that fills the variables into the graph itself, and leaves out the one that saves them. Does nothing
// unless that function reads and assigns and does nothing else, as those do that tf.saved_model.save and Keras write.
void InlineRestore(tensorflow::MetaGraphDef* meta_graph);

// Leaves nothing but what fills the variables, and returns the rest, for a session to be extended with after that. Returns
// nothing, and takes nothing, where there is more to be run before a model can answer, such as tables to be filled.
tensorflow::GraphDef TakeAllButRestore(tensorflow::MetaGraphDef* meta_graph);

}  // namespace ingot
#endif
