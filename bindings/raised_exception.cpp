#include "raised_exception.h"

#include <utility>

namespace calotype::python {

namespace {

/// Owned. Plain, because a thread may end without the interpreter's lock.
thread_local PyObject* t_raised = nullptr;

/// Lone surrogates become escapes.
std::string utf8_of(const py::handle& text) {
  const auto bytes = py::reinterpret_steal<py::bytes>(
      PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes) {
    PyErr_Clear();
    return "?";
  }
  return bytes;
}

}  // namespace

void keep_raised(const py::error_already_set& error) {
  if (error.trace()) PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
  Py_XDECREF(std::exchange(t_raised, error.value().inc_ref().ptr()));
}

py::object take_raised() {
  if (!t_raised) return py::none();
  return py::reinterpret_steal<py::object>(std::exchange(t_raised, nullptr));
}

std::string text_of(const py::error_already_set& error) {
  const std::string name = utf8_of(error.type().attr("__name__"));
  const auto text = py::reinterpret_steal<py::object>(PyObject_Str(error.value().ptr()));
  if (!text) {
    PyErr_Clear();
    return name + " (its __str__ raised an exception too)";
  }
  const std::string shown = utf8_of(text);
  return shown.empty() ? name : name + ": " + shown;
}

}  // namespace calotype::python
