#pragma once

#include <cstddef>
#include <string>

namespace ingot {

// The fields `signature_def` of a serialized MetaGraphDef, as a MetaGraphDef of their own. The rest, the graph with
// its constants, can have 2 GB and is in the session already.
std::string SignaturesOf(const char* data, size_t bytes);

}  // namespace ingot
