/// Operators on tensors of the simulated CUDA devices. They compute with torch's CPU kernels on
/// copies, and refuse, as CUDA's do, tensors of several devices.
#include <ATen/EmptyTensor.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include "simulated_cuda/current_device.h"
#include "simulated_cuda/device_memory.h"
#include "simulated_cuda/generator.h"

namespace simulated_cuda {

namespace {

using at::Tensor;

Tensor empty_memory_format(at::IntArrayRef size, std::optional<at::ScalarType> dtype,
                           std::optional<at::Layout> /*layout*/, std::optional<at::Device> device,
                           std::optional<bool> /*pin*/,
                           std::optional<at::MemoryFormat> memory_format) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_generic(size, &device_allocator(),
                                   c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   c10::dtype_or_default(dtype), memory_format);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                     std::optional<at::ScalarType> dtype, std::optional<at::Layout> /*layout*/,
                     std::optional<at::Device> device, std::optional<bool> /*pin*/) {
  const c10::OptionalDeviceGuard guard(device);
  return at::detail::empty_strided_generic(size, stride, &device_allocator(),
                                           c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           c10::dtype_or_default(dtype));
}

/// The same elements as a tensor of the CPU.
Tensor on_host(const Tensor& t) {
  if (!t.is_cuda()) return t;
  return at::from_blob(host_address(t.const_data_ptr()), t.sizes(), t.strides(),
                       t.options().device(at::kCPU));
}

Tensor& copy(Tensor& to, const Tensor& from, bool /*non_blocking*/) {
  note_kernel((to.is_cuda() ? to : from).device().index());
  on_host(to).copy_(on_host(from));
  return to;
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool /*non_blocking*/) {
  on_host(to).copy_(on_host(from));
  return to;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  to.resize_(from.sizes());
  on_host(to).copy_(on_host(from));
  return to;
}

const Tensor& resize(const Tensor& t, at::IntArrayRef size,
                     std::optional<at::MemoryFormat> memory_format) {
  if (t.sizes() == size) return t;
  TORCH_CHECK(t.numel() == 0, "only empty tensors are resized on a simulated device");
  const c10::DeviceGuard guard(t.device());
  const Tensor fresh = at::detail::empty_generic(size, &device_allocator(),
                                                 c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                                 t.scalar_type(), memory_format);
  t.unsafeGetTensorImpl()->set_storage_keep_dtype(fresh.storage());
  t.unsafeGetTensorImpl()->set_sizes_and_strides(fresh.sizes(), fresh.strides());
  return t;
}

at::Scalar local_scalar_dense(const Tensor& t) { return on_host(t).item(); }

Tensor& normal(Tensor& t, double mean, double std, std::optional<at::Generator> generator) {
  at::Generator ours = generator.value_or(default_generator(t.device().index()));
  TORCH_CHECK(ours.device() == t.device(), "expected a generator of ", t.device(),
              ", found one of ", ours.device());
  at::Generator host = host_generator(ours);
  on_host(t).normal_(mean, std, host);
  ours.set_state(host.get_state());
  return t;
}

void require_one_device(const char* op, at::TensorList tensors) {
  const Tensor* first = nullptr;
  for (const Tensor& t : tensors) {
    if (!t.defined() || (t.is_cpu() && t.dim() == 0)) continue;
    if (first == nullptr) first = &t;
    TORCH_CHECK(t.device() == first->device(), op,
                ": expected all tensors to be on the same device, but found at least two devices, ",
                first->device(), " and ", t.device());
  }
}

/// The backends' own convolutions have other operators than the CPU's.
Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                   at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                   bool transposed, at::IntArrayRef output_padding, int64_t groups) {
  const Tensor b = bias.value_or(Tensor());
  require_one_device("convolution", {input, weight, b});
  return at::convolution(input.cpu(), weight.cpu(), b.defined() ? b.cpu() : b, stride, padding,
                         dilation, transposed, output_padding, groups)
      .to(input.device());
}

void compute_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::string& name = op.schema().name();
  std::vector<Tensor> tensors;
  for (const c10::IValue& value : torch::jit::last(*stack, op.schema().arguments().size())) {
    if (value.isTensor()) tensors.push_back(value.toTensor());
    // Indices may be on the CPU.
    if (value.isTensorList() && !name.starts_with("aten::index")) {
      for (const Tensor& t : value.toTensorVector()) tensors.push_back(t);
    }
  }
  require_one_device(name.c_str(), tensors);
  at::native::cpu_fallback(op, stack, true);
}

TORCH_LIBRARY_IMPL(_, CUDA, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&compute_on_host>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", empty_memory_format);
  m.impl("empty_strided", empty_strided);
  m.impl("copy_", copy);
  m.impl("_copy_from", copy_from);
  m.impl("_copy_from_and_resize", copy_from_and_resize);
  m.impl("resize_", resize);
  m.impl("_local_scalar_dense", local_scalar_dense);
  m.impl("normal_", normal);
  m.impl("convolution", convolution);
  m.impl("view", at::native::view);
  m.impl("as_strided", at::native::as_strided_tensorimpl);
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("unfold", at::native::unfold);
  m.impl("set_.source_Storage_storage_offset", at::native::set_storage_cpu_);
}

}  // namespace

}  // namespace simulated_cuda
