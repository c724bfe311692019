#pragma once

#include <string>
#include <vector>

#include "../graph/owned.h"
#include "channel.h"

namespace ingot {

// Reads the tensors of a request: meta data of each (dtype i32, rank u32, bytes u64, sizes i64), then from the channel
// their values, straight into TensorFlow's memory. Strings are their lengths (u32) and then their bytes. What
// a failure leaves unread is skipped. False when the other end is closed.
bool ReadTensors(Channel* channel, MetaReader* meta, uint64_t data_bytes, std::vector<TensorPtr>* tensors,
                 Failure* failure);

// The same for an answer. Its parts point into the tensors, and into `strings` for those that are no plain memory.
Failure DescribeTensors(const std::vector<TensorPtr>& tensors, MetaWriter* meta, std::vector<std::string>* strings,
                        std::vector<Channel::Part>* parts);

}  // namespace ingot
