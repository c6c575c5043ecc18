/// Errors of the engine as the exceptions of calotype.errors.
#include <exception>
#include <list>
#include <mutex>
#include <utility>

#include "calotype/error.h"
#include "module.h"

namespace calotype::python {

namespace {

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::graph:
      return "graph";
    case ErrorCode::plugin:
      return "plugin";
    case ErrorCode::run:
      return "run";
    case ErrorCode::io:
      return "io";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

struct Cause {
  std::string text;
  py::object exception;
};
/// The last exceptions that nodes raised, newest first. Guarded by the GIL. Never destroyed: the
/// interpreter is gone by then.
std::list<Cause>& causes() {
  static auto* list = new std::list<Cause>;
  return *list;
}
constexpr std::size_t kMaxCauses = 16;

py::object take_cause(const std::string& text) {
  for (auto cause = causes().begin(); cause != causes().end(); ++cause) {
    if (text.find(cause->text) == std::string::npos) continue;
    py::object exception = std::move(cause->exception);
    causes().erase(cause);
    return exception;
  }
  return py::none();
}

py::object exception_of(const Error& error) {
  py::list diagnostics;
  for (const Diagnostic& d : error.diagnostics()) diagnostics.append(from_diagnostic(d));
  const std::string text = error.what();
  return py::module_::import("calotype.errors")
      .attr("from_core")(name_of(error.code()), diagnostics, text, take_cause(text));
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

void keep_cause(const std::string& text, py::error_already_set& error) {
  if (error.trace()) {
    PyException_SetTraceback(error.value().ptr(), error.trace().ptr());
  }
  causes().push_front({text, error.value()});
  if (causes().size() > kMaxCauses) causes().pop_back();
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
