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
      .attr("from_core")(to_text(error.code()), diagnostics, error.what(), cause_of(error));
}

}  // namespace

py::dict from_diagnostic(const Diagnostic& d) {
  py::dict fields;
  fields["severity"] = d.severity == Severity::error ? "error" : "warning";
  fields["file"] = d.file;
  fields["line"] = d.pos.line;
  fields["column"] = d.pos.column;
  fields["excerpt"] = d.excerpt;
  fields["node"] = d.node;
  fields["port"] = d.port;
  fields["what"] = d.what;
  fields["expected"] = d.expected;
  fields["got"] = d.got;
  fields["hint"] = d.hint;
  fields["text"] = format(d);
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
