#include "raised_exception.h"

namespace calotype::python {

namespace {

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

std::shared_ptr<const void> cause_from(const py::error_already_set& error) {
  if (error.trace()) PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
  return {error.value().inc_ref().ptr(), [](const void* exception) {
            if (!Py_IsInitialized()) return;  // nobody is left who could free it
            const py::gil_scoped_acquire gil;
            Py_DECREF(static_cast<PyObject*>(const_cast<void*>(exception)));
          }};
}

py::object cause_of(const Error& error) {
  if (!error.cause()) return py::none();
  const void* const exception = error.cause().get();
  return py::reinterpret_borrow<py::object>(static_cast<PyObject*>(const_cast<void*>(exception)));
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
