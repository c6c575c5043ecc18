/// Errors of the engine as the exceptions of calotype.errors.
#include <exception>

#include "calotype/error.h"
#include "module.h"
#include "raised_exception.h"

namespace calotype::python {

namespace {

py::object exception_of(const Error& error) {
  py::list diagnostics;
  for (const Diagnostic& d : error.diagnostics()) diagnostics.append(from_diagnostic(d));
  return py::module_::import("calotype.errors")
      .attr("from_core")(to_text(error.code()), diagnostics, to_str(error.what()), cause_of(error));
}

}  // namespace

py::dict from_diagnostic(const Diagnostic& d) {
  py::dict fields;
  fields["severity"] = d.severity == Severity::error ? "error" : "warning";
  fields["file"] = to_str(d.file);
  fields["line"] = d.pos.line;
  fields["column"] = d.pos.column;
  fields["excerpt"] = to_str(d.excerpt);
  fields["node"] = to_str(d.node);
  fields["port"] = to_str(d.port);
  fields["what"] = to_str(d.what);
  fields["expected"] = to_str(d.expected);
  fields["got"] = to_str(d.got);
  fields["hint"] = to_str(d.hint);
  fields["text"] = to_str(format(d));
  return fields;
}

void raise(const Error& error) {
  const py::object exception = exception_of(error);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

void bind_errors(py::module_&) {
  py::register_local_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const Error& error) {
      const py::object exception = exception_of(error);
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
    }
  });
}

}  // namespace calotype::python
