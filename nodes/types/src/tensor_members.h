#pragma once
// The hooks of a port type whose state is mainly tensors, any of which may be undefined.
#include <array>
#include <cstddef>

#include "calotype/error.h"
#include "calotype/port_type.h"
#include "calotype/types/tensor_io.h"
#include "saved_tensors.h"

namespace calotype {

template <class T>
struct TensorMember {
  const char* name;  ///< in an archive
  at::Tensor T::*member;
  TensorShape shape;
};

template <class T, std::size_t N>
using TensorMembers = std::array<TensorMember<T>, N>;

template <class T, std::size_t N>
MemoryUse memory_of(const T& value, const TensorMembers<T, N>& members) {
  MemoryUse use;
  for (const auto& [name, member, shape] : members) {
    const at::Tensor& t = value.*member;
    if (t.defined()) (t.is_cpu() ? use.host : use.device) += t.nbytes();
  }
  return use;
}

template <class T, std::size_t N>
TensorArchive archive_of(const T& value, const TensorMembers<T, N>& members) {
  TensorArchive archive;
  for (const auto& [name, member, shape] : members) {
    if ((value.*member).defined()) archive.tensors.push_back(to_archive(name, value.*member));
  }
  return archive;
}

/// Throws Error(io) when the first member is absent, which every value has, or as float_tensor
/// does.
template <class T, std::size_t N>
T read_members(const TensorArchive& archive, const TensorMembers<T, N>& members) {
  T value;
  for (const auto& [name, member, shape] : members) {
    if (const ArchiveTensor* t = archive.find(name)) value.*member = float_tensor(*t, shape);
  }
  if (!(value.*members.front().member).defined()) {
    throw Error(ErrorCode::io, "the archive has no tensor " + quote(members.front().name));
  }
  return value;
}

template <class T, std::size_t N>
T host_copy(T value, const TensorMembers<T, N>& members) {
  for (const auto& [name, member, shape] : members) {
    if ((value.*member).defined()) value.*member = (value.*member).cpu();
  }
  return value;
}

}  // namespace calotype
