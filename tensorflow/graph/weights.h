#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tensorflow {
class GraphDef;
}

namespace ingot {

// Large constants of a graph, kept outside of it: whoever rewrites a graph copies all that is in it, dozens of times. The ops
// that stand for them find them as long as this lives.
class Weights {
 public:
  // Bytes. Smaller ones are copied quicker than they are looked for.
  static constexpr size_t kLarge = 1 << 20;

  Weights() = default;
  ~Weights();
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;

#ifdef __linux__
  // Takes those that are only multiplied with or looked up in: nothing is gained when they are known to be constant, and oneDNN
  // is slower then for batches of 8 and more. An op in their place, under their name, gives what they gave, on a processor.
  void TakeFrom(tensorflow::GraphDef* graph);
#endif

 private:
  std::vector<std::string> keys_;
};

}  // namespace ingot
