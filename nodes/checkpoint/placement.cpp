#include "checkpoint/placement.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>

#include <charconv>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// The operators that the models are made of, on one element.
bool try_cpu_float16() {
  try {
    const at::Tensor x = at::ones({1, 1, 1, 1}, at::kHalf);
    const at::Tensor y = at::group_norm(at::conv2d(x, x), 1);
    at::softmax(at::matmul(at::silu(y), y), -1);
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

std::string cuda_devices(int n) {
  if (n == 0) return "this machine (or this torch) has no CUDA device";
  return fmt::format("this machine has {} CUDA device{}", n, n == 1 ? "" : "s");
}

c10::Device cuda(std::string_view name, int index, const Machine& machine) {
  if (index < machine.cuda_devices) {
    return {c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index)};
  }
  throw Error(
      ErrorCode::run,
      fmt::format("device {} does not exist: {}", quote(name), cuda_devices(machine.cuda_devices)),
      machine.cuda_devices == 0 ? "use device \"cpu\" or \"auto\"" : "device numbers begin at 0");
}

c10::Device parse_device(std::string_view name, const Machine& machine) {
  if (name == "cpu") return c10::Device(c10::DeviceType::CPU);
  if (name == "auto") {
    return machine.cuda_devices > 0 ? cuda(name, 0, machine) : c10::Device(c10::DeviceType::CPU);
  }
  if (name == "cuda") return cuda(name, 0, machine);
  constexpr std::string_view kPrefix = "cuda:";
  if (name.starts_with(kPrefix)) {
    const std::string_view digits = name.substr(kPrefix.size());
    unsigned index = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (code == std::errc() && end == digits.data() + digits.size() && index < 128) {
      return cuda(name, static_cast<int>(index), machine);
    }
  }
  throw Error(
      ErrorCode::run,
      "device " + quote(name) + " is unknown: expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"");
}

c10::ScalarType automatic_dtype(bool cpu, ModelRole role, const Machine& machine) {
  if (cpu) return at::kFloat;
  if (role != ModelRole::autoencoder) return at::kHalf;
  return machine.cuda_bfloat16 ? at::kBFloat16 : at::kFloat;
}

}  // namespace

std::span<const std::pair<std::string_view, DTypeChoice>> EnumNames<DTypeChoice>::table() {
  static constexpr std::pair<std::string_view, DTypeChoice> kTable[] = {
      {"auto", DTypeChoice::automatic},
      {"float32", DTypeChoice::float32},
      {"float16", DTypeChoice::float16},
      {"bfloat16", DTypeChoice::bfloat16}};
  return kTable;
}

Machine this_machine() {
  static const bool cpu_float16 = try_cpu_float16();
  const int devices =
      at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  const bool cuda_bfloat16 =
      devices > 0 && at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  return {devices, cpu_float16, cuda_bfloat16};
}

Placement resolve_placement(std::string_view device, DTypeChoice dtype, ModelRole role,
                            const Machine& machine) {
  const c10::Device where = parse_device(device, machine);
  switch (dtype) {
    case DTypeChoice::automatic:
      return {where, automatic_dtype(where.is_cpu(), role, machine)};
    case DTypeChoice::float32:
      return {where, at::kFloat};
    case DTypeChoice::bfloat16:
      return {where, at::kBFloat16};
    case DTypeChoice::float16:
      break;
  }
  if (where.is_cpu() && !machine.cpu_float16) {
    throw Error(ErrorCode::run, "this torch cannot compute float16 on the CPU",
                "use dtype float32 or bfloat16");
  }
  return {where, at::kHalf};
}

}  // namespace calotype
