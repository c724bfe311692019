"""Ends with an error unless TensorFlow finds all of the CUDA libraries that it opens by name; without them it reports no GPU.
No GPU is needed to know it."""
import ctypes
import importlib.util
import os
import sys

folder = os.path.dirname(importlib.util.find_spec('tensorflow').origin)
library = ctypes.CDLL(os.path.join(folder, 'libtensorflow_framework.so.2'))
# absl::Status TryDlopenCUDALibraries(): a pointer wide, 1 for OK, and returned where the caller says.
status = ctypes.c_void_p()
library._ZN3tsl8internal9DsoLoader22TryDlopenCUDALibrariesEv(ctypes.byref(status))
if status.value != 1:
    sys.exit(f'TensorFlow in {folder} does not find all libraries of CUDA. LD_DEBUG=libs shows what it looks for, and where.')
