/// Parameter values to and from Python objects.
#include <cstdint>
#include <variant>

#include "module.h"

namespace calotype::python {

namespace {

std::string type_name(const py::handle& object) {
  return py::str(py::type::handle_of(object).attr("__name__"));
}

ParamValue to_integer(const py::handle& object, const std::string& subject) {
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
  if (!number) throw py::error_already_set();
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow == 0) return std::int64_t{small};
  const unsigned long long large = PyLong_AsUnsignedLongLong(number.ptr());
  if (overflow < 0 || PyErr_Occurred()) {
    PyErr_Clear();
    throw py::value_error(subject + ": " + std::string(py::str(number)) +
                          " does not fit into 64 bits");
  }
  return std::uint64_t{large};
}

std::string to_text(const py::handle& object, const std::string& subject) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (!text) {
    PyErr_Clear();
    throw py::value_error(subject + ": expected a text that UTF-8 can hold, got " +
                          std::string(py::str(py::repr(object))));
  }
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

ParamValue to_param(const py::handle& object, const std::string& subject) {
  if (object.is_none()) return std::monostate{};
  if (PyBool_Check(object.ptr())) return object.ptr() == Py_True;
  if (PyUnicode_Check(object.ptr())) return to_text(object, subject);
  if (PyFloat_Check(object.ptr())) return PyFloat_AS_DOUBLE(object.ptr());
  // Scalars of NumPy and torch, which claim to be integers too.
  if (py::hasattr(object, "ndim") && py::hasattr(object, "item")) {
    if (py::int_(object.attr("ndim")).cast<std::int64_t>() != 0) {
      throw py::type_error(subject + ": expected a single value, got " + type_name(object) +
                           " of shape " + std::string(py::str(py::list(object.attr("shape")))));
    }
    const py::object item = object.attr("item")();
    if (!py::hasattr(item, "item")) return to_param(item, subject);
  }
  if (PyIndex_Check(object.ptr())) return to_integer(object, subject);
  if (py::hasattr(object, "__fspath__")) {
    const auto path = py::reinterpret_steal<py::object>(PyOS_FSPath(object.ptr()));
    if (!path) throw py::error_already_set();
    return PyUnicode_Check(path.ptr()) ? to_text(path, subject) : path.cast<std::string>();
  }
  if (py::hasattr(object, "__float__")) {
    const double number = PyFloat_AsDouble(object.ptr());
    if (PyErr_Occurred()) throw py::error_already_set();
    return number;
  }
  throw py::type_error(subject + ": expected bool, int, float, str or a path, got " +
                       type_name(object));
}

py::object from_param(const ParamValue& value) {
  struct Convert {
    py::object operator()(std::monostate) const { return py::none(); }
    py::object operator()(bool v) const { return py::bool_(v); }
    py::object operator()(std::int64_t v) const { return py::int_(v); }
    py::object operator()(std::uint64_t v) const { return py::int_(v); }
    py::object operator()(double v) const { return py::float_(v); }
    py::object operator()(const std::string& v) const { return py::str(v); }
  };
  return std::visit(Convert{}, value);
}

}  // namespace calotype::python
