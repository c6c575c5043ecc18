#pragma once
/// The parts of `calotype._core`, the Python module. Everything here runs with the GIL held unless
/// a comment says otherwise.
#include <pybind11/pybind11.h>

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "calotype/engine.h"
#include "calotype/given_values.h"

namespace calotype::python {

namespace py = pybind11;

/// A registry with what the bindings add to it.
struct PyRegistry {
  std::shared_ptr<Registry> registry;
  std::unique_ptr<GivenValues> given;
  std::vector<Diagnostic> problems;  ///< plugins that were refused
};

/// A value that Python holds. It keeps the registry, whose plugins may be needed to read it.
struct PyValue {
  OutputValue value;
  std::shared_ptr<PyRegistry> registry;
};

/// `None`, bool, int, float, str, path or anything with `__index__` or `__float__`. Throws
/// py::type_error naming `subject` for other types, py::value_error for integers beyond 64 bits.
ParamValue to_param(const py::handle& object, const std::string& subject);
py::object from_param(const ParamValue& value);
/// Text of a message; bytes that are no UTF-8, as paths may have, come as os.fsdecode gives them.
inline py::str to_str(std::string_view text) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "surrogateescape"));
}
/// As a dict with the fields of a Diagnostic.
py::dict from_diagnostic(const Diagnostic& diagnostic);
/// Raises `error` as its Python class, with the exception behind it as its `__cause__`. Does not
/// return.
[[noreturn]] void raise(const Error& error);

void bind_errors(py::module_& m);
void bind_graph(py::module_& m);
void bind_value(py::module_& m);
void bind_engine(py::module_& m);
void bind_python_node(py::module_& m);

}  // namespace calotype::python
