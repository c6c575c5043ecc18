/// Values as tensors and back. Memory is shared wherever the layout allows it.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <pybind11/stl.h>
#include <torch/csrc/utils/pybind.h>

#include <array>
#include <map>
#include <utility>

#include "calotype/types.h"
#include "calotype/types/tensor_io.h"
#include "calotype/value_io.h"
#include "module.h"
#include "stream_order.h"

namespace calotype::python {

namespace {

/// Port types whose values are one tensor, so that they need no detour over host memory.
struct TensorType {
  const char* name;
  std::int64_t channels;  ///< 0 = any
  Value (*make)(at::Tensor);
  at::Tensor (*read)(const Value&);
};

template <class T, at::Tensor T::*member>
constexpr TensorType tensor_type(const char* name, std::int64_t channels) {
  return {name, channels,
          [](at::Tensor t) {
            T value;
            value.*member = std::move(t);
            return Value::of(std::move(value));
          },
          [](const Value& v) { return v.as<T>().*member; }};
}

constexpr std::array kTensorTypes = {tensor_type<Image, &Image::pixels>("Image", 3),
                                     tensor_type<Mask, &Mask::alpha>("Mask", 1),
                                     tensor_type<Latent, &Latent::values>("Latent", 0),
                                     tensor_type<DepthMap, &DepthMap::values>("DepthMap", 1)};

const TensorType* find_tensor_type(std::string_view name) {
  for (const TensorType& type : kTensorTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::string describe(const at::Tensor& t) {
  std::string text = py::str(py::cast(t).attr("dtype"));
  text += " [";
  for (std::int64_t i = 0; i < t.dim(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(t.size(i));
  }
  return text + "]";
}

/// Throws py::value_error with the shape that was expected.
void check_shape(const TensorType& type, const at::Tensor& t) {
  const bool plain = t.layout() == at::kStrided && (t.is_cpu() || t.is_cuda());
  const bool fits = t.dim() == 4 && (type.channels == 0 || t.size(1) == type.channels);
  if (fits && t.scalar_type() == at::kFloat && t.numel() > 0 && plain) return;
  const std::string channels = type.channels == 0 ? "C" : std::to_string(type.channels);
  std::string got = describe(t);
  if (!plain) got += " on device " + t.device().str();
  throw py::value_error(std::string(type.name) + ": expected a tensor torch.float32 [B, " +
                        channels + ", H, W] of at least one element on a CPU or CUDA device, got " +
                        got);
}

std::shared_ptr<PyValue> from_tensor(const std::shared_ptr<PyRegistry>& registry,
                                     const std::string& port_type, const at::Tensor& tensor) {
  const TensorType* type = find_tensor_type(port_type);
  if (!type) {
    throw py::type_error("a value of type " + port_type +
                         " is not one tensor; give a dict of its tensors");
  }
  check_shape(*type, tensor);
  const at::Tensor packed = tensor.detach().contiguous();
  before_engine(packed);
  Value value = type->make(packed);
  return std::make_shared<PyValue>(PyValue{OutputValue(port_type, std::move(value)), registry});
}

std::shared_ptr<PyValue> from_tensors(const std::shared_ptr<PyRegistry>& registry,
                                      const std::string& port_type,
                                      const std::map<std::string, at::Tensor>& tensors,
                                      std::map<std::string, std::string> metadata) {
  TensorArchive archive;
  archive.metadata = std::move(metadata);
  for (const auto& [name, tensor] : tensors) archive.tensors.push_back(to_archive(name, tensor));
  const py::gil_scoped_release released;
  const PortType* type = registry->registry->find_port_type(port_type);
  if (!type) {
    const std::string near = suggest(port_type, registry->registry->port_type_names());
    throw Error(ErrorCode::graph, "no plugin has port type " + quote(port_type),
                near.empty() ? "" : "did you mean " + quote(near) + "?");
  }
  Value value = load_value(*type, archive);
  return std::make_shared<PyValue>(PyValue{OutputValue(port_type, std::move(value)), registry});
}

/// The same memory as an inference tensor: torch itself refuses to write into what others may hold.
at::Tensor read_only(const at::Tensor& tensor) {
  if (tensor.is_inference()) return tensor;
  const c10::InferenceMode guard;
  return at::empty({0}, tensor.options())
      .set_(tensor.storage(), tensor.storage_offset(), tensor.sizes(), tensor.strides());
}

at::Tensor shared(const ArchiveTensor& tensor) {
  const c10::InferenceMode guard;
  return to_tensor(tensor);
}

TensorArchive archive_of(const PyValue& v) {
  const py::gil_scoped_release released;
  return v.value.archive();
}

py::object tensor_of(const PyValue& v) {
  const TensorType* type = find_tensor_type(v.value.port_type());
  if (!type) {
    throw py::type_error("a value of type " + v.value.port_type() +
                         " is not one tensor; use tensors()");
  }
  Value value;
  {
    const py::gil_scoped_release released;
    value = v.value.value();
  }
  const at::Tensor tensor = read_only(type->read(value));
  after_engine(tensor);
  return py::cast(tensor);
}

py::dict tensors_of(const PyValue& v) {
  const TensorArchive archive = archive_of(v);
  py::dict tensors;
  for (const ArchiveTensor& t : archive.tensors) tensors[py::str(t.name)] = shared(t);
  return tensors;
}

py::object preview(const PyValue& v) {
  Preview picture;
  {
    const py::gil_scoped_release released;
    picture = preview_of(v.value.value());
  }
  if (picture.rgb.empty()) return py::none();
  return py::make_tuple(
      picture.width, picture.height,
      py::bytes(reinterpret_cast<const char*>(picture.rgb.data()), picture.rgb.size()));
}

}  // namespace

void bind_value(py::module_& m) {
  py::class_<PyValue, std::shared_ptr<PyValue>>(m, "Value", "A value of a port type; immutable.")
      .def_property_readonly("port_type", [](const PyValue& v) { return v.value.port_type(); })
      .def_property_readonly("registry", [](const PyValue& v) { return v.registry; })
      .def("tensor", &tensor_of)
      .def("tensors", &tensors_of)
      .def("metadata", [](const PyValue& v) { return archive_of(v).metadata; })
      .def("preview", &preview);
  m.def("value_from_tensor", &from_tensor, py::arg("registry"), py::arg("port_type"),
        py::arg("tensor"));
  m.def("value_from_tensors", &from_tensors, py::arg("registry"), py::arg("port_type"),
        py::arg("tensors"), py::arg("metadata"));
  py::list names;
  for (const TensorType& type : kTensorTypes) names.append(type.name);
  m.attr("tensor_types") = py::tuple(names);
}

}  // namespace calotype::python
