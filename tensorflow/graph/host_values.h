#pragma once

#include <tensorflow/c/c_api.h>

namespace ingot {

// Whether values of this type can leave TensorFlow's memory.
inline bool HasHostValues(TF_DataType dtype) {
  switch (dtype) {
    case TF_RESOURCE:
    case TF_VARIANT:
    case TF_QINT8:
    case TF_QUINT8:
    case TF_QINT32:
    case TF_QINT16:
    case TF_QUINT16:
      return false;
    default:
      return true;
  }
}

}  // namespace ingot
