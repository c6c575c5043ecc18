#include "calotype/types/tensor_io.h"

#include <cstdint>
#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::pair<DType, c10::ScalarType> kPairs[] = {
    {DType::boolean, at::kBool},
    {DType::u8, at::kByte},
    {DType::i8, at::kChar},
    {DType::i16, at::kShort},
    {DType::i32, at::kInt},
    {DType::i64, at::kLong},
    {DType::f16, at::kHalf},
    {DType::bf16, at::kBFloat16},
    {DType::f32, at::kFloat},
    {DType::f64, at::kDouble},
    {DType::c64, at::kComplexFloat},
    {DType::f8_e5m2, at::kFloat8_e5m2},
    {DType::f8_e4m3, at::kFloat8_e4m3fn},
    {DType::f8_e5m2fnuz, at::kFloat8_e5m2fnuz},
    {DType::f8_e4m3fnuz, at::kFloat8_e4m3fnuz},
};

}  // namespace

std::optional<c10::ScalarType> scalar_type(DType t) {
  for (const auto& [dtype, scalar] : kPairs) {
    if (dtype == t) return scalar;
  }
  return std::nullopt;
}

ArchiveTensor to_archive(std::string name, const at::Tensor& tensor) {
  const auto host = std::make_shared<at::Tensor>(tensor.detach().cpu().contiguous());
  ArchiveTensor out;
  out.name = std::move(name);
  for (const auto& [dtype, scalar] : kPairs) {
    if (scalar == host->scalar_type()) {
      out.dtype = dtype;
      out.shape = host->sizes().vec();
      out.bytes = {static_cast<const std::byte*>(host->const_data_ptr()), host->nbytes()};
      out.owner = host;
      return out;
    }
  }
  throw Error(ErrorCode::run, "a tensor of type " +
                                  std::string(c10::toString(host->scalar_type())) +
                                  " cannot be written to safetensors");
}

at::Tensor to_tensor(const ArchiveTensor& t) {
  const auto scalar = scalar_type(t.dtype);
  if (!scalar) {
    throw Error(ErrorCode::io,
                "tensor " + quote(t.name) + " has element type " +
                    std::string(dtype_name(t.dtype)) + ", which this program cannot compute with",
                "convert the file to F32, F16 or BF16");
  }
  const auto options = at::TensorOptions().dtype(*scalar);
  if (t.bytes.empty()) return at::empty(t.shape, options);
  t.verify();
  // from_blob never writes; the const_cast is its signature.
  auto* data = const_cast<std::byte*>(t.bytes.data());
  auto tensor = at::from_blob(
      data, t.shape, [owner = t.owner](void*) {}, options);
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(*scalar) == 0;
  return aligned ? tensor : tensor.clone();
}

}  // namespace calotype
