#pragma once
// From the dictionaries of a PyTorch file to tensors with dotted names.
#include <deque>
#include <map>
#include <string>

#include "formats/pickle_nodes.h"

namespace calotype::torch_format {

struct NamedTensor {
  std::string name;
  pickle::NodeId tensor;
};

struct Listing {
  std::map<std::string, std::string> metadata;
  std::deque<NamedTensor> tensors;  ///< in the order of the file
};

/// The tensors under `root`, which must be a dictionary, or a tuple or list of tensors: these are
/// named "0", "1" and so on by their places, and whatever else lies between is left out. When it
/// has a dictionary of tensors under "state_dict", "params_ema" or "params" (the first of these),
/// that one is listed and the others are left out. Dictionaries inside are flattened with dots;
/// lists, tuples and sets are left out. Metadata: numbers and texts of `root`, and
/// "unread_objects", the names of Python that the file mentions beyond those of tensors. Throws
/// Error(io): no dictionary, a name twice, an unreadable object that holds tensors, limits.
Listing list_tensors(const pickle::Nodes&, pickle::NodeId root, const std::string& file);

}  // namespace calotype::torch_format
